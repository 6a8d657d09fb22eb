"""Concatenation of all sources and their product."""

from components.models.merges.base import Keras, Merge, Tensor, Tensors


class ConcatenateProduct(Merge):
    """[h1; ...; hM; h1 * ... * hM] along the last axis. (..., d) each -> (..., (M + 1) d).

    Source: the heuristic matching of Mou 2016, without its difference.
    """

    title = "Concatenate and product"
    family = "product"
    plain = "Puts the sources and their product side by side."
    formula = r"[h_1;\, \dots;\, h_M;\, h_1 \odot \dots \odot h_M]"
    source = "Mou, Men, Li, Xu, Zhang, Yan and Jin 2016, without the difference"
    good_for = (
        "products of features and similarity, with no weights; sources that also count by "
        "themselves, because they stay beside their product"
    )
    weak_at = (
        "products of unlike features, because it multiplies position by position; products of "
        "some of many sources, because it has only that of all"
    )
    cost = "the memory of M + 1 widths, and one product per number and source"
    traits = frozenset({"no weights", "products"})
    rank = 15

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        product = k.Multiply(name="product")(xs)
        return k.Concatenate(name="beside")([*xs, product])
