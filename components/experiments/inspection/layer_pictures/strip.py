"""Sequence as a strip of time and features, with the attention to each step."""

from typing import ClassVar

from components.experiments.inspection.layer_pictures.base import (
    LayerPicture,
    LayerView,
    PictureBox,
)


class Strip(LayerPicture):
    """Strip with time to the right and features downwards; the colour shows sign and size."""

    rank = 60
    all_of_it: ClassVar[str] = (
        "Time runs to the right, a row is a feature. Bars below: how much attention reads each "
        "step, if the layer has any."
    )

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept sequences (steps, features)."""
        return layer.values.ndim == 2

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw the strip, with bars of attention in the lowest third."""
        read, pixels = layer.attention, layer.pixels(layer.values.T)
        if read is None:
            return box.image(pixels)
        bars = layer.bars(read, float(read.max()), box.part(0.68, 0.32), layer.theme.ink)
        return box.part(0.0, 0.62).image(pixels) + bars
