"""The largest value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Maximum(Merge):
    """max over the sources, elementwise. Equal shapes -> the same shape."""

    title: ClassVar[str] = "Maximum"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"\max_m h_m"
    source: ClassVar[str] = "keras.layers.Maximum"
    wins: ClassVar[str] = "any-of detectors: one active source is enough"
    loses: ClassVar[str] = "sums; only the largest source learns from a sample"
    cost: ClassVar[str] = "one comparison per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights"})
    rank: ClassVar[int] = 50

    kind: Literal["maximum"] = "maximum"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Maximum()(xs)
