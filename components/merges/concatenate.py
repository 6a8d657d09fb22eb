"""Concatenation of the features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Concatenate(Merge):
    """[h1; ...; hM] along the last axis. (..., d_m) each -> (..., sum of d_m)."""

    title: ClassVar[str] = "Concatenate"
    contract: ClassVar[Contract] = Contract(equal="all but the last axis")
    formula: ClassVar[str] = r"[h_1;\, h_2;\, \dots;\, h_M]"
    source: ClassVar[str] = "keras.layers.Concatenate"
    wins: ClassVar[str] = "the default: it loses nothing and takes any widths"
    loses: ClassVar[str] = "products of features, because a linear head only adds"
    cost: ClassVar[str] = "only the memory of the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "additive"})
    rank: ClassVar[int] = 10

    kind: Literal["concatenate"] = "concatenate"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Concatenate()(xs)
