"""A sequence as a strip of time and features, with what an attention reads of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.inspection.layer_pictures.base import (
    LayerPicture,
    LayerView,
    PictureBox,
    bars,
    image,
)
from components.render.signed_colors import signed_pixels


class Strip(LayerPicture):
    """Time to the right, features downwards, the sign and size as colour."""

    title = "Strip"
    rank = 60
    all_of_it: ClassVar[str] = (
        "Time runs to the right, a row is a feature. Bars below: how much attention reads each "
        "step, if the layer has any."
    )
    kind: Literal["strip"] = "strip"

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Sequences (steps, features)."""
        return layer.values.ndim == 2

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """The strip, and bars of attention in its lowest third."""
        read = layer.attention
        high = box.height if read is None else 0.62 * box.height
        pixels = signed_pixels(layer.values.T, layer.largest, layer.theme)
        drawn = image(pixels, PictureBox(box.left, box.top, box.width, high))
        if read is None:
            return drawn
        below = PictureBox(box.left, box.top + 0.68 * box.height, box.width, 0.32 * box.height)
        most = max(float(read.max()), 1e-9)
        return drawn + bars(read, most, layer.theme, below, layer.theme.ink)
