"""Projector mode, `?present=1` in the address: the same page in letters readable across a room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from math import ceil
from pathlib import Path

import streamlit as st

from components.app.streamlit_edge import dom
from components.models.drawing.diagram import depth
from components.models.drawing.diagram_svg import page_size, smallest
from components.models.drawing.options import DiagramOptions, Direction, Level
from components.models.drawing.readable import excess, first_readable
from components.models.language.graph import Graph

PARAMETER = "present"
LETTERS = 20.0
"""Pixels of the smallest letters."""
ROOM = (1220.0, 520.0)
"""Width and height of a picture on a screen of 1280 × 720."""
TALL = 4000
"""Height of a picture in pixels; the stylesheet cuts it to the space left on the screen."""
STYLE = f"<style>{dom.read(Path(__file__).with_name('projector.css'))}</style>"
TOO_WIDE = 1000.0
"""Penalty for a picture wider than the screen over one that is only too high."""
_DIRECTIONS: tuple[Direction, ...] = ("horizontal", "vertical")
_COLUMNS = (2, 3, 4, 5)
_SHOWN = ((True, True), (True, False), (False, False))
"""Options of detail: shapes on layers, and their parameters and activations."""


def on() -> bool:
    """Return `True` if the address asks for projector mode."""
    return st.query_params.get(PARAMETER) == "1"


def draw_readable(
    draw: Callable[[DiagramOptions], str],
    graph: Graph,
    options: DiagramOptions,
    *,
    levels: Iterable[Level] = (),
    space: tuple[float, float] = ROOM,
) -> str:
    """Draw a diagram for the page; on a projector, with as much detail as is readable.

    `levels` are other levels of detail allowed on a projector, the most detailed first.
    """
    if not on():
        return draw(options)
    return readable(draw, choices(graph, options, [*levels] or [options.level]), space)


def choices(
    graph: Graph, options: DiagramOptions, levels: Iterable[Level]
) -> Iterator[DiagramOptions]:
    """Yield all ways to draw a diagram: the most detailed first, then those in columns or rows."""
    plain = options
    for level, (shapes, numbers), direction in product(levels, _SHOWN, _DIRECTIONS):
        numbered = replace(options, parameters=numbers, activations=numbers)
        plain = replace(numbered, level=level, shapes=shapes, direction=direction, dense=True)
        yield plain
    long = depth(graph, plain)
    for columns, direction in product(_COLUMNS, _DIRECTIONS):
        if (fold := ceil(long / columns)) > 1:
            yield replace(plain, direction=direction, fold=fold)


def readable(
    draw: Callable[[DiagramOptions], str],
    choices: Iterable[DiagramOptions],
    space: tuple[float, float],
) -> str:
    """Return the first picture with letters that are large enough when it is shown whole.

    Otherwise return the lowest picture that is not too wide, or the least oversized one.
    """

    def over(svg: str) -> float:
        size, scale = page_size(svg), LETTERS / smallest(svg)
        return excess(size, space, scale) + TOO_WIDE * (size[0] * scale > space[0])

    return first_readable(map(draw, choices), over)[0]
