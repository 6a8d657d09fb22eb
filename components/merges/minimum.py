"""The smallest value."""

from collections.abc import Sequence
from typing import Literal

from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.merges.base import Contract, Merge


class Minimum(Merge):
    """min over the sources, elementwise. Equal shapes -> the same shape."""

    title = "Minimum"
    family = "extreme"
    plain = "Keeps the smallest number at each position."
    contract = Contract()
    formula = r"\min_m h_m"
    source = "keras.layers.Minimum"
    good_for = "xor; all-of rules, because all sources must be large"
    weak_at = "inner products; large signals, because only the smallest source learns from a sample"
    cost = "one comparison per number and source"
    traits = frozenset({"no weights"})
    rank = 60

    kind: Literal["minimum"] = "minimum"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Minimum()(xs)
