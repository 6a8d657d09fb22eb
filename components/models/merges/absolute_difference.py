"""Absolute difference of two sources, feature by feature."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors


class AbsoluteDifference(Merge):
    """abs(h1 - h2), elementwise. Two equal shapes -> the same shape."""

    title = "Absolute difference"
    family = "comparison"
    plain = "Measures how far apart two sources are at each position."
    contract = Contract(at_most=2)
    formula = r"\lvert h_1 - h_2 \rvert"
    source = "Siamese networks, Koch 2015; keras.layers.Subtract and keras.ops.abs"
    good_for = "similarity of two sources"
    weak_at = "conditions; which source is larger, because the sign is lost"
    cost = "one subtraction per number"
    traits = frozenset({"no weights", "comparison"})
    rank = 80

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        return k.ops.abs(k.Subtract(name="difference")(xs))
