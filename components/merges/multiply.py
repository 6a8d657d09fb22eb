"""The Hadamard product."""

from collections.abc import Sequence
from typing import Literal

from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.merges.base import Contract, Merge


class Multiply(Merge):
    """h1 * ... * hM, elementwise. Equal shapes -> the same shape."""

    title = "Multiply"
    family = "product"
    plain = "Multiplies the numbers at the same position."
    contract = Contract()
    formula = r"h_1 \odot h_2 \odot \dots \odot h_M"
    source = "keras.layers.Multiply"
    good_for = "xor, products of features, conditions and similarity, with no weights"
    weak_at = "sources that may be silent, because one at zero hides all others"
    cost = "one product per number and source"
    traits = frozenset({"no weights", "products"})
    rank = 40

    kind: Literal["multiply"] = "multiply"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Multiply()(xs)
