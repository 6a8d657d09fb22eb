"""The inner product of two vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Dot(Merge):
    """h1 . h2, or their cosine. Two vectors (d,) -> (1,)."""

    title: ClassVar[str] = "Dot product"
    contract: ClassVar[Contract] = Contract(ranks=(1,), at_most=2)
    formula: ClassVar[str] = r"h_1^{\top} h_2"
    source: ClassVar[str] = "keras.layers.Dot"
    wins: ClassVar[str] = "similarity of two embeddings"
    loses: ClassVar[str] = "everything except similarity, because one number remains"
    cost: ClassVar[str] = "one multiply-add per number"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "products", "comparison"})
    rank: ClassVar[int] = 90

    kind: Literal["dot"] = "dot"
    normalize: bool = Field(
        False, description="Divide by the lengths: the cosine similarity, in [-1, 1]."
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        return k.Dot(axes=-1, normalize=self.normalize)(xs)
