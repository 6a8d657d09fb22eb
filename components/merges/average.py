"""The mean."""

from collections.abc import Sequence
from typing import Literal

from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.merges.base import Contract, Merge


class Average(Merge):
    """(h1 + ... + hM) / M, elementwise. Equal shapes -> the same shape."""

    title = "Average"
    family = "sum"
    plain = "Takes the mean of the numbers at the same position."
    contract = Contract()
    formula = r"\frac{1}{M} \sum_m h_m"
    source = "keras.layers.Average"
    good_for = "noisy copies of one signal, and missing inputs, with no weights"
    weak_at = "products of features, because with a linear head it only adds"
    cost = "one addition per number and source"
    traits = frozenset({"no weights", "additive"})
    rank = 30

    kind: Literal["average"] = "average"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Average()(xs)
