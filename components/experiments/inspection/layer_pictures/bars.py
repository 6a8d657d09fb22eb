"""Bars of a vector."""

from typing import ClassVar

from components.experiments.inspection.layer_pictures.base import (
    LayerPicture,
    LayerView,
    PictureBox,
)


class Bars(LayerPicture):
    """Bar for each number, above or below 0, on the scale of the layer over all samples."""

    rank = 200
    all_of_it: ClassVar[str] = "Each bar is a number of the vector; of very many, the largest ones."

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept any layer: the output is drawn as a vector."""
        return True

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        return layer.bars(layer.values.ravel(), layer.outputs.kept.largest, box)
