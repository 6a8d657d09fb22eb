"""Tensor fusion plus a dense layer, at a cost linear in the widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class LowRankFusion(Merge):
    """sum_r w_r * prod_m(F_m^r [1; h_m]) + b. (d_m,) each -> (units,). Liu 2018, section 3.2.

    The column of F_m that meets the one is the bias of the dense layer on source m; the weights of
    the factors are those of the authors' code.
    """

    title: ClassVar[str] = "Low-rank fusion"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"\sum_r w_r \bigodot_m \left(F_m^{(r)} [1; h_m]\right) + b"
    weights: ClassVar[str] = r"r k \sum_m (d_m + 1) + r + k"
    source: ClassVar[str] = "Liu, Shen, Lakshminarasimhan, Liang, Zadeh and Morency 2018"
    wins: ClassVar[str] = "products of three or more sources, where tensor fusion gets too large"
    loses: ClassVar[str] = "products of high rank; plain sums, which it learns indirectly"
    cost: ClassVar[str] = "grows with r times k times the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"products", "additive"})
    rank: ClassVar[int] = 320

    kind: Literal["low_rank_fusion"] = "low_rank_fusion"
    units: int = Field(
        64,
        ge=1,
        le=1024,
        description="Output width.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    factors: int = Field(
        4,
        ge=1,
        le=64,
        description="Rank r: number of products of projections summed for each unit.",
        json_schema_extra=hints(title="Rank", unit="factors"),
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        projected = [
            k.Dense(self.units * self.factors, name=f"factors_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        products = k.Multiply(name="products")(projected)
        by_unit = k.Reshape((self.units, self.factors), name="by_unit")(products)
        return k.EinsumDense("bkr,r->bk", self.units, bias_axes="k", name="weighted_sum")(by_unit)
