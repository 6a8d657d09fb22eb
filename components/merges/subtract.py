"""The difference of two sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Subtract(Merge):
    """h1 - h2, elementwise. Two equal shapes -> the same shape."""

    title: ClassVar[str] = "Subtract"
    contract: ClassVar[Contract] = Contract(at_most=2)
    formula: ClassVar[str] = r"h_1 - h_2"
    source: ClassVar[str] = "keras.layers.Subtract"
    wins: ClassVar[str] = "comparisons where the direction matters"
    loses: ClassVar[str] = "similarity, which needs the size of the difference"
    cost: ClassVar[str] = "one subtraction per number"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "additive", "comparison"})
    rank: ClassVar[int] = 70

    kind: Literal["subtract"] = "subtract"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Subtract()(xs)
