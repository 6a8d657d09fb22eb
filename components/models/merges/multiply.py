"""Elementwise (Hadamard) product."""

from components.models.merges.base import OneLayer


class Multiply(OneLayer):
    """h1 * ... * hM, elementwise. Equal shapes -> the same shape."""

    title = "Multiply"
    family = "product"
    plain = "Multiplies the numbers at the same position."
    formula = r"h_1 \odot h_2 \odot \dots \odot h_M"
    source = "keras.layers.Multiply"
    good_for = "xor, products of features, conditions and similarity, with no weights"
    weak_at = "sources that may be silent, because one at zero hides all others"
    cost = "one product per number and source"
    traits = frozenset({"no weights", "products"})
    rank = 40
