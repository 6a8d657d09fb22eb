"""Colour scale for numbers on both sides of 0, and pictures of arrays in it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.models.drawing.palette import Theme

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Inks:
    """Colors for the low end, the middle and the high end of a scale."""

    low: str
    middle: str
    high: str


LIGHT_INKS = Inks("#1D4ED8", "#F8FAFC", "#C2410C")
DARK_INKS = Inks("#7DB4FF", "#1A2130", "#FDA561")


def inks_of(theme: Theme) -> Inks:
    """Return the scale for the background of a theme."""
    return DARK_INKS if theme.name == "dark" else LIGHT_INKS


def colored(values: NDArray[np.floating[Any]], inks: Sequence[str]) -> RGB:
    """Return the colors (…, 3) of values from 0 to 1, interpolated between neighboring inks."""
    stops = np.array([[int(ink[at : at + 2], 16) for at in (1, 3, 5)] for ink in inks])
    positions = np.linspace(0, 1, len(inks))
    mixed = [np.interp(values, positions, stops[:, channel]) for channel in range(3)]
    pixels: RGB = np.rint(np.stack(mixed, axis=-1)).astype(np.uint8)
    return pixels


def mixed(low: str, high: str, share: float) -> str:
    """Return the colour at a share, 0 to 1, of the way between two."""
    return "#{:02X}{:02X}{:02X}".format(*colored(np.array(share), (low, high)))


def signed_pixels(values: NDArray[np.floating[Any]], bound: float, theme: Theme) -> RGB:
    """Return the colors (…, 3) of values from `-bound` to `bound`."""
    inks = inks_of(theme)
    return colored((values / (bound or 1.0) + 1) / 2, (inks.low, inks.middle, inks.high))


def png_address(pixels: RGB) -> str:
    """Encode pixels (height, width, 3) as the address of an image."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
