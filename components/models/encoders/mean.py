"""The mean over the features of a vector."""

from components.models.encoders import base
from components.models.encoders.base import Keras, Tensor, number


class Mean(base.Encoder):
    """The mean over the features, without weights. (d,) -> (1,). Source: keras.ops.mean.

    It does what the merge `average` does for several inputs, within one. It is an operation of
    Keras: a raw TensorFlow function such as `tf.expand_dims` does not take a symbolic Keras tensor,
    `keras.ops` does.
    """

    title = "Mean over features"
    takes = frozenset({"vector"})
    source = "keras.ops.mean"
    good_for = (
        "readings of one quantity; a layer Average joins several tensors, and a raw function such "
        "as tf.expand_dims takes no symbolic Keras tensor, but keras.ops does"
    )
    weak_at = "features with different meanings, because only their mean remains"
    rank = 40

    depth: int = number(1, 0, 1, "1 takes the mean, 0 passes the input through.")

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        return k.ops.mean(x, axis=-1, keepdims=True)
