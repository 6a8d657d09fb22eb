"""A convolutional stack on feature maps."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, ShapeError, Tensor, number
from components.models.language import blocks


class Conv2D(base.Encoder):
    """`depth` blocks of Conv2D and MaxPooling2D, then a readout. (H, W, C) -> (features,).

    Raises `ShapeError` if a kernel or a pool is larger than its input map.
    Source: keras.layers.Conv2D; the stack of LeCun 1998.
    """

    title = "Conv2D"
    takes = frozenset({"map"})
    source = "keras.layers.Conv2D; LeCun 1998"
    good_for = "small pictures, with few blocks"
    weak_at = "deep stacks; large pictures, whose flattened map needs most of the weights"
    rank = 10

    filters: base.EachFilters = 32
    widen: bool = Field(False, description="Double the number of filters in each further block.")
    kernel_size: int = number(3, 1, 15, "Side of the square kernel.", unit="px")
    padding: Literal["valid", "same"] = Field(
        "valid", description="`valid` shrinks the map by the kernel, `same` pads it with zeros."
    )
    convolutions: base.Convolutions = 1
    pool: int = number(2, 1, 8, "Max pooling at the end of each block. 1 turns it off.")
    activation: base.Activation = Field(
        "relu", description="Activation of the convolutions and the projection."
    )
    dropout: base.Dropout = 0.0
    normalization: base.Normalization = "none"
    readout: base.MapReadout = "flatten"
    projection: base.Projection = 64
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        widths = blocks.filters_of(self.filters, self.widen, self.depth)
        for i, filters in enumerate(widths, start=1):
            self._fits(x, i)
            for index in base.convolution_names(self.convolutions, i):
                x = self._convolved(k, x, filters, index)
            if self.pool > 1:
                x = k.MaxPooling2D(self.pool, name=f"pooling_{i}")(x)
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return blocks.finish(k, x, self, self.projection_activation)

    def _convolved(self, k: Keras, x: Tensor, filters: int, index: str) -> Tensor:
        y = k.Conv2D(
            filters,
            self.kernel_size,
            padding=self.padding,
            activation=blocks.own_activation(self),
            name=f"conv2d_{index}",
        )(x)
        return blocks.norm_and_activation(k, y, self, index)

    def _fits(self, x: Tensor, block: int) -> None:
        side = min(x.shape[1], x.shape[2])
        shrink = self.convolutions * (self.kernel_size - 1) if self.padding == "valid" else 0
        if side - shrink < self.pool:
            raise ShapeError(
                "The map is smaller than the kernel or the pool that reads it.",
                f"block {block}: map {x.shape[1]} × {x.shape[2]}, kernel {self.kernel_size}, "
                f"pool {self.pool}, padding {self.padding}",
                "Use fewer blocks, a smaller kernel or pool, or padding `same`.",
                ("depth",) if block > 1 else ("kernel_size",),
            )
