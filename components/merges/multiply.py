"""The Hadamard product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Multiply(Merge):
    """h1 * ... * hM, elementwise. Equal shapes -> the same shape."""

    title: ClassVar[str] = "Multiply"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"h_1 \odot h_2 \odot \dots \odot h_M"
    source: ClassVar[str] = "keras.layers.Multiply"
    wins: ClassVar[str] = "products of features: xor, conditions, matching"
    loses: ClassVar[str] = "redundant and additive signals; one source at zero hides all others"
    cost: ClassVar[str] = "one product per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "products"})
    rank: ClassVar[int] = 40

    kind: Literal["multiply"] = "multiply"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Multiply()(xs)
