"""Base class of the deeper stacks on feature maps."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor, number
from components.models.language import blocks


class MapStack(base.Encoder):
    """`depth` blocks that may each halve the map, then a readout. (H, W, C) -> (features,).

    Maps are padded with zeros, so that any size fits: a side of 1 stays 1.
    """

    takes = frozenset({"map"})

    filters: base.EachFilters = 32
    widen: bool = Field(False, description="Double the number of filters in each further block.")
    kernel_size: int = number(3, 1, 15, "Side of the square kernel.", unit="px")
    shrink: Literal["stride", "pool", "none"] = Field(
        "stride",
        description="How each block halves the map: a stride of 2, max pooling at its end, or not "
        "at all.",
    )
    activation: base.Activation = Field(
        "relu", description="Activation of the blocks and the projection."
    )
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0
    readout: base.MapReadout = "average"
    projection: base.Projection = 0
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        widths = blocks.filters_of(self.filters, self.widen, self.depth)
        for i, filters in enumerate(widths, start=1):
            x = self._block(k, x, filters, i)
            if self.shrink == "pool":
                x = k.MaxPooling2D(2, padding="same", name=f"pooling_{i}")(x)
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return blocks.finish(k, x, self, self.projection_activation)

    def _block(self, k: Keras, x: Tensor, filters: int, i: int) -> Tensor:
        """Build block `i`, up to its pooling. (H, W, C) -> (H', W', filters)."""
        raise NotImplementedError

    @property
    def _strides(self) -> dict[str, int]:
        return {"strides": 2} if self.shrink == "stride" else {}
