"""The smallest value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Minimum(Merge):
    """min over the sources, elementwise. Equal shapes -> the same shape."""

    title: ClassVar[str] = "Minimum"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"\min_m h_m"
    source: ClassVar[str] = "keras.layers.Minimum"
    wins: ClassVar[str] = "all-of detectors: all sources must be active"
    loses: ClassVar[str] = "sums; only the smallest source learns from a sample"
    cost: ClassVar[str] = "one comparison per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights"})
    rank: ClassVar[int] = 60

    kind: Literal["minimum"] = "minimum"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Minimum()(xs)
