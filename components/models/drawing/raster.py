"""SVG as PNG: drawn by resvg, with our font and no other."""

from __future__ import annotations

import struct
from zlib import crc32

from components.models.drawing import fonts

DOTS = 192
"""Dots per inch of a picture in its natural size."""
_HEAD = 33
"""Bytes of a PNG up to the end of its first chunk."""


def png(svg: str) -> bytes:
    """Draw a PNG of 192 dots per inch, with that resolution in the file for printing."""
    from resvg_py import svg_to_bytes

    data = svg_to_bytes(
        svg_string=svg,
        zoom=DOTS / 96,
        dpi=96,
        skip_system_fonts=True,
        font_files=[str(fonts.REGULAR), str(fonts.BOLD)],
    )
    return data[:_HEAD] + _density() + data[_HEAD:]


def _density() -> bytes:
    """Return the PNG chunk with the resolution in dots per metre."""
    dots = round(DOTS / 0.0254)
    chunk = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    return struct.pack(">I", 9) + chunk + struct.pack(">I", crc32(chunk))
