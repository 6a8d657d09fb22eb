"""Distance of two vectors, as one number."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors

SMALLEST = 1e-7
"""Smallest sum of squares: the gradient of the root stays finite if two vectors are equal."""


class EuclideanDistance(Merge):
    """||h1 - h2||. Two vectors (d,) -> (1,). Squares that sum to less than 1e-7 count as 1e-7."""

    title = "Euclidean distance"
    family = "comparison"
    plain = "Measures how far apart two vectors are, in one number."
    contract = Contract(ranks=(1,), at_most=2)
    formula = r"\lVert h_1 - h_2 \rVert_2"
    source = "Siamese networks, Hadsell, Chopra and LeCun 2006"
    good_for = "matching by a distance that a shared encoder learns, according to its authors"
    weak_at = "what is no distance, because one number remains"
    cost = "one multiply-add per number"
    traits = frozenset({"no weights", "comparison"})
    rank = 85

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        squares = k.ops.square(k.Subtract(name="difference")(xs))
        total = k.ops.sum(squares, axis=-1, keepdims=True)
        return k.ops.sqrt(k.ops.maximum(total, SMALLEST))
