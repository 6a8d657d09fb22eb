"""HTML that responds to clicks and whose figure can be saved as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from components.app.parts.widgets import inline_component

SAVES = (
    '<div class="saves" role="group" aria-label="Save the figure">'
    '<button data-save="svg" title="Save the figure as SVG">SVG</button>'
    '<button data-save="png" title="Save the figure as PNG">PNG</button></div>'
)
"""Buttons that save the `svg` of a clickable element in the browser."""
GO = '<span data-go="1">Opening …</span>'
"""Element that clicks itself as soon as it is drawn."""

_component = inline_component.component(
    "clickable", '<div class="clickable"></div>', Path(__file__).parent, with_clipboard=True
)


def clickable(
    html: str,
    *,
    key: str,
    on_pick: Callable[[str], None] | None = None,
    svg: str = "",
    name: str = "figure",
) -> None:
    """Show HTML; a click on an element with `data-pick` calls `on_pick` with its value.

    The page keeps the element while its HTML changes, so that nothing flickers. `SAVES` saves `svg`
    in a file called `name`.
    """

    def picked() -> None:
        value = inline_component.trigger_value(key, "pick")
        if value and on_pick is not None:
            on_pick(value)

    _component(key=key, data={"html": html, "svg": svg, "name": name}, on_pick_change=picked)
