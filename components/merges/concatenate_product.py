"""All sources side by side, and their product with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class ConcatenateProduct(Merge):
    """[h1; ...; hM; h1 * ... * hM] along the last axis. (..., d) each -> (..., (M + 1) d).

    Source: the heuristic matching of Mou 2016, without its difference.
    """

    title: ClassVar[str] = "Concatenate and product"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"[h_1;\, \dots;\, h_M;\, h_1 \odot \dots \odot h_M]"
    source: ClassVar[str] = "Mou, Men, Li, Xu, Zhang, Yan and Jin 2016, without the difference"
    wins: ClassVar[str] = "a cheap all-rounder: sums and products of two sources, no weights"
    loses: ClassVar[str] = "products of unlike features; of many sources only the product of all"
    cost: ClassVar[str] = "the memory of M + 1 widths, and one product per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "additive", "products"})
    rank: ClassVar[int] = 15

    kind: Literal["concatenate_product"] = "concatenate_product"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        product = k.Multiply(name="product")(xs)
        return k.Concatenate(name="beside")([*xs, product])
