"""Several comparisons of two vectors, side by side."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors


class Comparator(Merge):
    """[h1 . h2; h1 * h2; abs(h1 - h2); h1 W h2]. Two vectors (d,) -> (2d + 2,).

    Source: the comparator combiner of Ludwig, where W is a random matrix; here it is trained.
    """

    title = "Comparator"
    family = "comparison"
    plain = "Puts several comparisons of two vectors side by side."
    contract = Contract(ranks=(1,), at_most=2)
    formula = r"[h_1^{\top} h_2;\, h_1 \odot h_2;\, \lvert h_1 - h_2 \rvert;\, h_1^{\top} W h_2]"
    weights = r"d^2"
    source = "Ludwig's comparator combiner, Molino, Dudin and Miryala 2019"
    good_for = "products of features and similarity, by several comparisons side by side"
    weak_at = "wide sources, because W grows with the square of the width"
    cost = "grows with the square of the width, for W"
    traits = frozenset({"products", "comparison"})
    rank = 100

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        one, other = xs
        dot = k.Dot(axes=-1, name="dot")(xs)
        product = k.Multiply(name="product")(xs)
        distance = k.ops.abs(k.Subtract(name="difference")(xs))
        turned = k.Dense(one.shape[-1], use_bias=False, name="turned")(one)
        bilinear = k.Dot(axes=-1, name="bilinear")([turned, other])
        return k.Concatenate(name="compared")([dot, product, distance, bilinear])
