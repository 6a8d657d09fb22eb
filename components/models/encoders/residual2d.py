"""Residual convolutional blocks."""

from components.models.encoders._maps import MapStack
from components.models.encoders.base import Keras, Tensor
from components.models.language import blocks


class Residual2D(MapStack):
    """Blocks of two Conv2D whose output is added to their input. (H, W, C) -> (features,).

    If a block changes width or size, a 1 × 1 convolution does the same to its input.
    Source: He, Zhang, Ren and Sun 2016, figure 2 and equation 2.
    """

    title = "Residual Conv2D"
    source = "He, Zhang, Ren and Sun 2016"
    good_for = "deep stacks, because gradients bypass the blocks"
    weak_at = "few samples or tiny pictures, where a plain stack needs fewer weights"
    rank = 12

    def _block(self, k: Keras, x: Tensor, filters: int, i: int) -> Tensor:
        y = k.Conv2D(
            filters,
            self.kernel_size,
            padding="same",
            activation=blocks.own_activation(self),
            name=f"conv2d_{i}a",
            **self._strides,
        )(x)
        y = blocks.norm_and_activation(k, y, self, f"{i}a")
        y = k.Conv2D(filters, self.kernel_size, padding="same", name=f"conv2d_{i}b")(y)
        y = blocks.normalize(k, y, self.normalization, f"normalization_{i}b")
        if self._strides or x.shape[-1] != filters:
            x = k.Conv2D(filters, 1, name=f"shortcut_{i}", **self._strides)(x)
        return blocks.activate(
            k, k.Add(name=f"sum_{i}")([y, x]), self.activation, f"activation_{i}"
        )
