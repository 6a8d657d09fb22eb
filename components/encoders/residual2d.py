"""Residual convolutional blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from components.encoders._maps import MapStack
from components.encoders.base import activate, norm_and_activation, normalize, own_activation

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Residual2D(MapStack):
    """Blocks of two Conv2D whose result is added to what they read. (H, W, C) -> (features,).

    Where a block changes width or size, a 1 × 1 convolution brings what it read to the same.
    Source: He, Zhang, Ren and Sun 2016, figure 2 and equation 2.
    """

    title: ClassVar[str] = "Residual Conv2D"
    source: ClassVar[str] = "He, Zhang, Ren and Sun 2016"
    wins: ClassVar[str] = "deep stacks: gradients pass by the blocks unhindered"
    loses: ClassVar[str] = "few samples or tiny pictures, where a plain stack does with less"
    rank: ClassVar[int] = 12

    kind: Literal["residual2d"] = "residual2d"

    def _block(self, k: Keras, x: Tensor, filters: int, i: int) -> Tensor:
        made = k.Conv2D(
            filters,
            self.kernel_size,
            padding="same",
            activation=own_activation(self),
            name=f"conv2d_{i}a",
            **self._strides,
        )(x)
        made = norm_and_activation(k, made, self, f"{i}a")
        made = k.Conv2D(filters, self.kernel_size, padding="same", name=f"conv2d_{i}b")(made)
        made = normalize(k, made, self.normalization, f"normalization_{i}b")
        if self._strides or x.shape[-1] != filters:
            x = k.Conv2D(filters, 1, name=f"shortcut_{i}", **self._strides)(x)
        return activate(k, k.Add(name=f"sum_{i}")([made, x]), self.activation, f"activation_{i}")
