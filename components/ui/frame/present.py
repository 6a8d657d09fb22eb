"""Projector mode, `?present=1` in the address: one picture a page, in letters a room can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from itertools import product
from math import ceil
from pathlib import Path

import streamlit as st

from components.core.graph import Graph
from components.render.diagram import depth
from components.render.diagram_svg import page_size, smallest
from components.render.options import DiagramOptions, Direction, Level
from components.render.palette import Theme
from components.ui.charts.charts import Option
from components.ui.charts.large_charts import enlarged
from components.ui.widgets import html_parts
from components.ui.widgets.html_parts import Figure
from components.ui.widgets.viewer import viewer

PARAMETER = "present"
LETTERS = 20.0
"""Pixels of the smallest letters."""
ROOM = (1220.0, 540.0)
"""Width and height of a picture on a screen of 1280 × 720."""
TALL = 4000
"""Pixels of a picture's height; the stylesheet cuts it to what the screen has left."""
STYLE = f"<style>{Path(__file__).with_name('present.css').read_text(encoding='utf-8')}</style>"
LEVELS: Sequence[Level] = ("layers", "blocks")
_DIRECTIONS: tuple[Direction, ...] = ("horizontal", "vertical")
_COLUMNS = (2, 3, 4, 5)
_SHOWN = ((True, True), (True, False), (False, False))
"""Whether layers have their shapes, and their parameters and activations."""


def on() -> bool:
    """Whether the address asks for it."""
    return st.query_params.get(PARAMETER) == "1"


def heading(title: str, figures: Iterable[Figure] = ()) -> None:
    """What the picture shows, and at most three figures beside it."""
    cells = html_parts.figures(figures)
    st.html(f'<div class="present-head"><h2>{escape(title)}</h2>{cells}</div>')


def diagram(
    draw: Callable[[DiagramOptions], str],
    graph: Graph,
    theme: Theme,
    words: str,
    *,
    levels: Sequence[Level] = LEVELS,
    room: tuple[float, float] = ROOM,
) -> None:
    """A diagram with as many details as fit; what has too many parts even so is panned."""
    svg = most_detailed(draw, options(graph, theme, levels), room)
    with st.container(key="present_picture"):
        viewer(
            svg,
            words,
            None,
            lambda _: None,
            key="present_diagram",
            height=TALL,
            letters=LETTERS,
        )


def chart(option: Option, alt: str) -> None:
    """A chart that takes the rest of the screen. It is drawn as SVG: sharp at each size."""
    with st.container(key="present_picture"):
        st.echarts_chart(
            enlarged(option, LETTERS),
            key="present_chart",
            height=TALL,
            renderer="svg",
            theme=None,
            alt=alt,
        )


def nothing(text: str) -> None:
    """What a page says that has no picture yet."""
    st.html(f'<p class="present-nothing">{escape(text)}</p>')


def options(graph: Graph, theme: Theme, levels: Sequence[Level]) -> Iterator[DiagramOptions]:
    """All ways to draw a diagram, those with more details first, then those in columns or rows."""
    for level, (shapes, numbers), direction in product(levels, _SHOWN, _DIRECTIONS):
        yield DiagramOptions(direction, shapes, numbers, numbers, theme.name, level, dense=True)
    plain = DiagramOptions("vertical", False, False, False, theme.name, levels[-1], dense=True)
    long = depth(graph, plain)
    for columns, direction in product(_COLUMNS, _DIRECTIONS):
        if (fold := ceil(long / columns)) > 1:
            yield replace(plain, direction=direction, fold=fold)


def most_detailed(
    draw: Callable[[DiagramOptions], str],
    choices: Iterable[DiagramOptions],
    room: tuple[float, float],
) -> str:
    """The first picture whose letters are large enough where it is seen whole, else the last one
    of those with the largest letters."""
    best, largest = "", 0.0
    for choice in choices:
        svg = draw(choice)
        size = letters(svg, room)
        if size >= LETTERS:
            return svg
        if size >= largest:
            best, largest = svg, size
    return best


def letters(svg: str, room: tuple[float, float]) -> float:
    """Pixels of a picture's smallest letters where it just fits into a room."""
    width, height = page_size(svg)
    return smallest(svg) * min(room[0] / width, room[1] / height)
