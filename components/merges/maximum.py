"""The largest value."""

from collections.abc import Sequence
from typing import Literal

from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.merges.base import Contract, Merge


class Maximum(Merge):
    """max over the sources, elementwise. Equal shapes -> the same shape."""

    title = "Maximum"
    family = "extreme"
    plain = "Keeps the largest number at each position."
    contract = Contract()
    formula = r"\max_m h_m"
    source = "keras.layers.Maximum"
    good_for = "xor; any-of rules, because one large source is enough"
    weak_at = "conditions; small signals, because only the largest source learns from a sample"
    cost = "one comparison per number and source"
    traits = frozenset({"no weights"})
    rank = 50

    kind: Literal["maximum"] = "maximum"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Maximum()(xs)
