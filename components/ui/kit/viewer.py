"""A diagram to zoom, pan and click. The view stays the same while the model changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from components.ui.kit import inline_component

_HTML = """
<div class="viewer">
  <div class="stage" role="group" tabindex="0"></div>
  <div class="tools">
    <button class="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
    <button class="out" title="Zoom out (−)" aria-label="Zoom out">−</button>
    <button class="fit" title="Show all (0)" aria-label="Show all">⤢</button>
  </div>
</div>
"""
_component = inline_component.component("viewer", _HTML, Path(__file__).parent)


def viewer(
    svg: str,
    caption: str,
    selected: str | None,
    on_select: Callable[[str], None],
    *,
    key: str,
    height: int,
    plain: bool = False,
) -> None:
    """Show an SVG whose layers are `<g class="node">` with ids.

    A click calls `on_select` with the layer's id, or with an empty text if no layer was hit. A
    `plain` viewer has no buttons.
    """

    def chosen() -> None:
        clicked = inline_component.trigger_value(key, "select")
        if clicked is not None:
            on_select(clicked)

    _component(
        key=key,
        data={
            "svg": svg,
            "caption": caption,
            "selected": selected,
            "height": height,
            "plain": plain,
        },
        height=height,
        on_select_change=chosen,
    )
