"""Parts of SVGs that this project writes itself: the page and its texts."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from components.models.drawing import fonts
from components.models.drawing.palette import Theme


def svg_page(width: float, height: float, label: str, parts: Iterable[str], theme: Theme) -> str:
    """Return a whole SVG on the theme's background; `label` is its alternative text."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'font-family="{fonts.FAMILIES}">\n'
        f'<rect width="100%" height="100%" fill="{theme.page}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def svg_text(
    x: float,
    y: float,
    text: str,
    colour: str,
    size: float,
    anchor: str = "start",
    *,
    bold: bool = False,
    italic: bool = False,
) -> str:
    """Write one line of text; `y` is its baseline."""
    style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" '
        f'text-anchor="{anchor}"{style}>{escape(text)}</text>'
    )


def svg_rect(
    left: float, top: float, width: float, height: float, fill: str, more: str = ""
) -> str:
    """Write a filled rectangle; `more` has other attributes, after a space."""
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(width, 0.1):.1f}" '
        f'height="{max(height, 0.1):.1f}" fill="{fill}"{more}/>'
    )


def svg_address(svg: str) -> str:
    """Return an SVG as the address of an image."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
