"""Mean of the sources."""

from components.models.merges._presence import presences
from components.models.merges.base import Keras, OneLayer, Tensor, Tensors


class Average(OneLayer):
    """(h1 + ... + hM) / M, elementwise. Equal shapes -> the same shape.

    Where sources may be missing, it is the mean of those that a sample has.
    """

    title = "Average"
    family = "sum"
    plain = "Takes the mean of the numbers at the same position."
    formula = r"\frac{1}{M} \sum_m h_m"
    source = "keras.layers.Average"
    good_for = "noisy copies of one signal, and missing inputs, with no weights"
    weak_at = "products of features, because with a linear head it only adds"
    cost = "one addition per number and source"
    traits = frozenset({"no weights", "additive"})
    leaves_out = True
    rank = 30

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        there = presences(k, xs)
        if not there:
            return super().layers(k, xs)
        with k.annotate(hidden="mask"):
            count = k.ops.sum(k.ops.concatenate(there, axis=1), axis=1, keepdims=True)
            shares = [k.ops.divide(each, count) for each in there]
            if (axes := len(xs[0].shape) - 1) > 1:
                shares = [k.ops.reshape(each, (-1, *[1] * axes)) for each in shares]
        parts = zip(self.sources, xs, shares, strict=True)
        return k.Add(name="sum")([k.Multiply(name=f"share_{s}")([x, p]) for s, x, p in parts])
