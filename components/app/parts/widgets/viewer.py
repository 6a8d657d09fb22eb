"""A diagram to zoom, pan and click. The view stays the same while the model changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Literal

from components.app.parts.widgets import inline_component, projector
from components.models.analysis import model_view
from components.models.architecture.architecture import Architecture
from components.models.drawing.caption import text as caption_of
from components.models.drawing.diagram_svg import page_size, smallest
from components.models.drawing.options import DiagramOptions, Direction
from components.models.drawing.readable import excess, first_readable

_HTML = """
<div class="viewer">
  <div class="stage" role="group" tabindex="0"></div>
  <div class="map" title="Map: click where to look" aria-hidden="true" hidden></div>
  <div class="tools">
    <button class="in" title="Zoom in (+, or Ctrl and wheel)" aria-label="Zoom in">+</button>
    <button class="out" title="Zoom out (−, or Ctrl and wheel)" aria-label="Zoom out">−</button>
    <button class="fit" title="Show all (0)" aria-label="Show all">⤢</button>
  </div>
</div>
"""
SMALLEST = 9.0
"""Pixels of the smallest letters at first; a picture that does not fit then can be panned."""
LARGEST = 2.2
"""Largest initial scale, in pixels per point of the picture."""
_component = inline_component.component("viewer", _HTML, Path(__file__).parent)


def small_diagram(
    architecture: Architecture,
    options: DiagramOptions,
    *,
    key: str,
    height: int,
    selected: str | None = None,
    on_select: Callable[[str], None] = lambda _: None,
) -> None:
    """Show a plain viewer of an architecture, without numbers on its layers."""
    small = replace(options, shapes=False, parameters=False, activations=False)
    svg = model_view.svg(architecture, small)
    words = caption_of(model_view.model_view(architecture).graph)
    viewer(svg, words, selected, on_select, key=key, height=height, plain=True)


def readable_scale(svg: str, letters: float = SMALLEST) -> float:
    """Return the pixels per point of the picture at which its smallest letters can be read."""
    return letters / smallest(svg)


def opening_look(
    draw: Callable[[DiagramOptions], str],
    options: DiagramOptions,
    directions: Iterable[Direction],
    space: tuple[float, float],
) -> DiagramOptions:
    """Return the first look that shows the whole picture readably; else the smallest one."""

    def over(look: DiagramOptions) -> float:
        svg = draw(look)
        return excess(page_size(svg), space, readable_scale(svg))

    looks = (
        replace(options, direction=direction, dense=dense)
        for dense, direction in product((False, True), directions)
    )
    return first_readable(looks, over)[0]


def viewer(
    svg: str,
    caption: str,
    selected: str | None = None,
    on_select: Callable[[str], None] = lambda _: None,
    *,
    key: str,
    height: int,
    plain: bool = False,
) -> None:
    """Show an SVG whose layers are `<g class="node">` with ids.

    A click calls `on_select` with the layer's id, or with an empty text if no layer was hit. A
    `plain` viewer has no buttons and shows the whole picture, even if its letters are small. In any
    other, the smallest letters are readable at first, on a projector also from afar.
    """
    letters = SMALLEST
    height_css: int | Literal["content"] = height
    if projector.on() and not plain:
        height, letters, height_css = projector.TALL, projector.LETTERS, "content"

    def chosen() -> None:
        clicked = inline_component.trigger_value(key, "select")
        if clicked is not None:
            on_select(clicked)

    data = {
        "svg": svg,
        "caption": caption,
        "selected": selected,
        "height": height,
        "plain": plain,
        "readable": 0 if plain else readable_scale(svg, letters),
        "largest": LARGEST * letters / SMALLEST,
    }
    _component(key=key, data=data, height=height_css, on_select_change=chosen)
