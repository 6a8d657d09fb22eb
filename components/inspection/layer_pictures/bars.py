"""A vector as bars."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.inspection.layer_pictures.base import LayerPicture, LayerView, PictureBox, bars


class Bars(LayerPicture):
    """A bar for each number: above 0 and below."""

    title = "Bars"
    rank = 200
    all_of_it: ClassVar[str] = "Each bar is a number of the vector; of very many, the largest ones."
    kind: Literal["bars"] = "bars"

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Any other layer is a vector."""
        return True

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Bars on the scale of the layer over all samples."""
        return bars(layer.values.ravel(), layer.largest, layer.theme, box)
