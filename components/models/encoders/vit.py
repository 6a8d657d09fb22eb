"""A patch transformer: a small ViT."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders._attention import TransformerBlocks, with_learned_positions
from components.models.encoders.base import Field, Keras, ShapeError, Tensor, number
from components.models.language import blocks


class ViT(TransformerBlocks):
    """Square patches as steps, `depth` blocks of self-attention, a readout. (H, W, C) -> (units,).

    Pixels at the right and lower edge that fill no complete patch are left out. Raises `ShapeError`
    where a patch is larger than the map.
    Source: Dosovitskiy 2021, equations 1 to 4, pooled as in its appendix D.3.
    """

    title = "Patch transformer"
    takes = frozenset({"map"})
    source = "Dosovitskiy 2021"
    good_for = "relations between distant parts of a picture, with much data"
    weak_at = "few samples, where convolutions need less data; many small patches"
    rank = 16

    patch: int = number(4, 1, 64, "Side of the square patches.", unit="px")
    positions: Literal["learned", "none"] = Field(
        "learned", description="Add a learned vector for the position of each patch."
    )
    readout: Literal["average", "max", "flatten", "sequence", "map"] = Field(
        "average",
        description="How the patches become a vector. `sequence` and `map` keep them, "
        "for mid fusion.",
    )
    projection: base.Projection = 0
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        self._fits(x)
        patches = k.Conv2D(self.units, self.patch, strides=self.patch, name="patches")(x)
        steps = patches.shape[1] * patches.shape[2]
        y = k.Reshape((steps, self.units), name="steps")(patches)
        if self.positions == "learned":
            y = with_learned_positions(k, y)
        y = self._blocks(k, y)
        if self.readout == "map":
            y = k.Reshape(tuple(patches.shape[1:]), name="map")(y)
        return blocks.finish(k, y, self, self.projection_activation)

    def _fits(self, x: Tensor) -> None:
        height, width = x.shape[1:3]
        if self.patch > min(height, width):
            raise ShapeError(
                "The map is smaller than one patch.",
                f"map {height} × {width}, patches of {self.patch} × {self.patch}",
                f"Use patches of {min(height, width)} or less.",
                ("patch",),
            )
