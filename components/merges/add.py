"""The sum."""

from collections.abc import Sequence
from typing import Literal

from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.merges.base import Contract, Merge


class Add(Merge):
    """h1 + ... + hM, elementwise. Equal shapes -> the same shape."""

    title = "Add"
    family = "sum"
    plain = "Adds the numbers at the same position."
    contract = Contract()
    formula = r"\sum_m h_m"
    source = "keras.layers.Add"
    good_for = "redundant and additive signals, with no weights"
    weak_at = "products of features, because with a linear head it only adds"
    cost = "one addition per number and source"
    traits = frozenset({"no weights", "additive"})
    rank = 20

    kind: Literal["add"] = "add"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Add()(xs)
