"""Inner product of two vectors."""

from components.models.merges.base import Contract, Field, Keras, Merge, Tensor, Tensors


class Dot(Merge):
    """h1 . h2, or their cosine. Two vectors (d,) -> (1,)."""

    title = "Dot product"
    family = "comparison"
    plain = "Measures how alike two vectors are, in one number."
    contract = Contract(ranks=(1,), at_most=2)
    formula = r"h_1^{\top} h_2"
    source = "keras.layers.Dot"
    good_for = "conditions, with no weights"
    weak_at = "inner products and missing inputs, because one number remains"
    cost = "one multiply-add per number"
    traits = frozenset({"no weights", "products", "comparison"})
    rank = 90

    normalize: bool = Field(
        False, description="Divide by the lengths: the cosine similarity, in [-1, 1]."
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        return k.Dot(axes=-1, normalize=self.normalize)(xs)
