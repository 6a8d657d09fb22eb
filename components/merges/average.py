"""The mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Average(Merge):
    """(h1 + ... + hM) / M, elementwise. Equal shapes -> the same shape."""

    title: ClassVar[str] = "Average"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"\frac{1}{M} \sum_m h_m"
    source: ClassVar[str] = "keras.layers.Average"
    wins: ClassVar[str] = "noisy copies of one signal; degrades gently when a source is missing"
    loses: ClassVar[str] = "products, and sources of unequal value"
    cost: ClassVar[str] = "one addition per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "additive"})
    rank: ClassVar[int] = 30

    kind: Literal["average"] = "average"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Average()(xs)
