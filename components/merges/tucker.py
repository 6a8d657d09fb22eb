"""Projections joined by a core tensor of low rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Tucker(Merge):
    """P sum_r(M_r tanh(U h1) * N_r tanh(V h2)). (d1,) and (d2,) -> (units,).

    The core is t x t x t, a sum of `factors` products. Source: Ben-younes 2017, section 3.
    """

    title: ClassVar[str] = "Tucker fusion (MUTAN)"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,), at_most=2)
    formula: ClassVar[str] = (
        r"P \sum_r \left(M_r \tanh(U h_1)\right) \odot \left(N_r \tanh(V h_2)\right)"
    )
    weights: ClassVar[str] = r"t(d_1 + d_2 + 2) + 2 r t (t + 1) + k(t + 1)"
    source: ClassVar[str] = "Ben-younes, Cadene, Cord and Thome 2017"
    wins: ClassVar[str] = "products, with separate settings for width and rank"
    loses: ClassVar[str] = "additive signals; simple products, which need fewer layers"
    cost: ClassVar[str] = "grows with t times the sum of widths, and with r times t²"
    traits: ClassVar[frozenset[Trait]] = frozenset({"products"})
    rank: ClassVar[int] = 350

    kind: Literal["tucker"] = "tucker"
    hidden: int = Field(
        64,
        ge=1,
        le=1024,
        description="Width t of the projections and of each side of the core.",
        json_schema_extra=hints(step=8, unit="units", title="Core width"),
    )
    factors: int = Field(
        5,
        ge=1,
        le=64,
        description="Rank r of the core.",
        json_schema_extra=hints(title="Core rank", unit="factors"),
    )
    units: int = Field(
        64,
        ge=1,
        le=1024,
        description="Output width.",
        json_schema_extra=hints(step=8, unit="units"),
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        sides = []
        for s, x in zip(self.sources, xs, strict=True):
            hidden = k.Dense(self.hidden, activation="tanh", name=f"hidden_{s}")(x)
            sides.append(k.Dense(self.factors * self.hidden, name=f"core_{s}")(hidden))
        products = k.Multiply(name="products")(sides)
        by_factor = k.Reshape((self.factors, self.hidden), name="by_factor")(products)
        core: Tensor = k.ops.sum(by_factor, axis=1)
        return k.Dense(self.units, name="output")(core)
