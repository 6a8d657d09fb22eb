"""Feature maps as pictures, the strongest channels first."""

import math
from typing import ClassVar

import numpy as np

from components.experiments.inspection.layer_pictures.base import (
    LARGE,
    LayerPicture,
    LayerView,
    PictureBox,
)


class Maps(LayerPicture):
    """One picture for each channel; the colour shows sign and size."""

    rank = 50
    all_of_it: ClassVar[str] = (
        "Each picture is a channel, the strongest first; of more than 32, the strongest 32."
    )

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept maps (height, width, channels)."""
        return layer.values.ndim == 3

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw as many channels as fit: one row in a small box, several in a large one."""
        shown = layer.values if layer.before is None else layer.before
        order = np.argsort(-np.abs(shown).mean(axis=(0, 1)), kind="stable")
        high, wide = layer.values.shape[:2]
        rows = 1 if box.height < LARGE else _rows(len(order), box, wide / high)
        side = box.height / rows - (2 if rows > 1 else 0)
        across = min(side * wide / high, box.width)
        columns = max(1, int((box.width + 3) // (across + 3)))
        parts = []
        for number, channel in enumerate(order[: rows * columns]):
            row, column = divmod(number, columns)
            where = PictureBox(
                box.left + column * (across + 3), box.top + row * (side + 2), across, side
            )
            pixels = layer.pixels(layer.values[..., channel])
            parts.append(where.image(pixels, f"channel {channel + 1}"))
        return "".join(parts)


def _rows(count: int, box: PictureBox, ratio: float) -> int:
    """Return the smallest number of rows in which all channels fit."""
    for rows in range(1, count + 1):
        side = box.height / rows
        if rows * (box.width // (side * ratio + 3)) >= count:
            return rows
    return max(1, math.isqrt(count))
