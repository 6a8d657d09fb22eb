"""The mean over the features of a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import Encoder, EncoderInput, Form

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Mean(Encoder):
    """The mean over the features, without weights. (d,) -> (1,). Source: keras.ops.mean.

    It does what the merge `average` does for several inputs, within one. It is an operation of
    Keras: a raw TensorFlow function such as `tf.expand_dims` does not take a symbolic Keras tensor,
    `keras.ops` does.
    """

    title: ClassVar[str] = "Mean over features"
    takes: ClassVar[frozenset[Form]] = frozenset({"vector"})
    source: ClassVar[str] = "keras.ops.mean"
    wins: ClassVar[str] = (
        "readings of one quantity; a layer Average joins several tensors, and a raw function such "
        "as tf.expand_dims takes no symbolic Keras tensor, but keras.ops does"
    )
    loses: ClassVar[str] = "features with different meanings, because only their mean remains"
    rank: ClassVar[int] = 40

    kind: Literal["mean"] = "mean"
    depth: int = Field(1, ge=0, le=1, description="1 takes the mean, 0 passes the input through.")

    def layers(self, k: Keras, x: Tensor, incoming: EncoderInput) -> Tensor:
        mean: Tensor = k.ops.mean(x, axis=-1, keepdims=True)
        return mean
