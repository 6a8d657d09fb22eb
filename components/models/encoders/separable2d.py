"""Depthwise-separable convolutional blocks."""

from components.models.encoders._maps import MapStack
from components.models.encoders.base import Keras, Tensor, number
from components.models.language import blocks


class Separable2D(MapStack):
    """Blocks with a filter for each channel, then a mix of channels. (H, W, C) -> (features,).

    Source: keras.layers.SeparableConv2D; Howard 2017, section 3.1, without the activation between.
    """

    title = "Separable Conv2D"
    source = "keras.layers.SeparableConv2D; Howard 2017"
    good_for = "wide stacks on small machines: about a ninth of the weights at 3 × 3"
    weak_at = "a first layer on one to three channels, where it saves little"
    rank = 14

    depth_multiplier: int = number(
        1, 1, 8, "Filters for each channel, before the channels are mixed."
    )

    def _block(self, k: Keras, x: Tensor, filters: int, i: int) -> Tensor:
        y = k.SeparableConv2D(
            filters,
            self.kernel_size,
            padding="same",
            depth_multiplier=self.depth_multiplier,
            activation=blocks.own_activation(self),
            name=f"separable_conv2d_{i}",
            **self._strides,
        )(x)
        return blocks.norm_and_activation(k, y, self, i)
