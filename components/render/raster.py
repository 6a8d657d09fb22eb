"""An SVG as PNG: drawn by resvg, with our font and no other."""

from __future__ import annotations

import struct
from zlib import crc32

from components.render import fonts

_HEAD = 33
"""Bytes of a PNG up to the end of its first chunk."""


def png(svg: str, scale: float, dots_per_inch: float) -> bytes:
    """A PNG of `scale` × 96 / 72 pixels a point, which says with how many dots it is printed."""
    from resvg_py import svg_to_bytes

    data = svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        dpi=96,
        skip_system_fonts=True,
        font_files=[str(fonts.REGULAR), str(fonts.BOLD)],
    )
    return data[:_HEAD] + _density(dots_per_inch) + data[_HEAD:]


def _density(dots_per_inch: float) -> bytes:
    """The chunk that says how many dots a metre has."""
    dots = round(dots_per_inch / 0.0254)
    chunk = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    return struct.pack(">I", 9) + chunk + struct.pack(">I", crc32(chunk))
