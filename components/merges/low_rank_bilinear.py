"""Products of projections, read by one more projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class LowRankBilinear(Merge):
    """P(s(U h1) * s(V h2)). (d_m,) each -> (units,). Kim 2017, section 3.

    With three sources and more all projections are multiplied.
    """

    title: ClassVar[str] = "Low-rank bilinear (MLB)"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"P\left(\sigma(U h_1) \odot \sigma(V h_2)\right)"
    weights: ClassVar[str] = r"p \sum_m (d_m + 1) + k(p + 1)"
    source: ClassVar[str] = "Kim, On, Lim, Kim, Ha and Zhang 2017"
    wins: ClassVar[str] = "products of features, with far fewer weights than bilinear"
    loses: ClassVar[str] = "additive signals; many sources, whose product tends to zero"
    cost: ClassVar[str] = "grows with p times the sum of widths plus k"
    traits: ClassVar[frozenset[Trait]] = frozenset({"products"})
    rank: ClassVar[int] = 330

    kind: Literal["low_rank_bilinear"] = "low_rank_bilinear"
    hidden: int = Field(
        128,
        ge=1,
        le=4096,
        description="Rank p: width of the projections that are multiplied.",
        json_schema_extra=hints(step=8, unit="units", title="Rank"),
    )
    units: int = Field(
        64,
        ge=1,
        le=1024,
        description="Output width.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    activation: Literal["tanh", "sigmoid", "relu", "linear"] = Field(
        "tanh", description="Activation of the projections, before they are multiplied."
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        projected = [
            k.Dense(self.hidden, activation=self.activation, name=f"hidden_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        products = k.Multiply(name="products")(projected)
        return k.Dense(self.units, name="output")(products)
