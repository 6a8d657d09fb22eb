"""What a Dense layer reads that holds trainable numbers and depends on no source."""

from components.core.recorder import Keras
from components.core.tensors import Tensor


def one(k: Keras, x: Tensor) -> Tensor:
    """A one for each sample, of the rank of `x`. (..., d) -> (1, ..., 1).

    A Dense layer of n units without bias that reads it holds n trainable numbers, and gives them
    to every sample. Pictures leave the one out: nothing of `x` but the size of the batch goes in.
    """
    axes = list(range(1, len(x.shape)))
    with k.annotate(hidden="mask"):
        ones = k.ops.ones_like(k.ops.mean(x, axis=axes, keepdims=True))
    return ones
