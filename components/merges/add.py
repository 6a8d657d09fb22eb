"""The sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Add(Merge):
    """h1 + ... + hM, elementwise. Equal shapes -> the same shape."""

    title: ClassVar[str] = "Add"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"\sum_m h_m"
    source: ClassVar[str] = "keras.layers.Add"
    wins: ClassVar[str] = "redundant and additive signals, at no cost in width"
    loses: ClassVar[str] = "products: with a linear head it cannot learn xor"
    cost: ClassVar[str] = "one addition per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "additive"})
    rank: ClassVar[int] = 20

    kind: Literal["add"] = "add"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Add()(xs)
