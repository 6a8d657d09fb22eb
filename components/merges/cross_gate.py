"""One source gates the features of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Role, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class CrossGate(Merge):
    """sigmoid(W1 h1) * W2 h2. (d1,) and (d2,) -> (units,). Source: Kiela 2018, its gated model."""

    title: ClassVar[str] = "Cross gate"
    contract: ClassVar[Contract] = Contract(
        equal="nothing", roles=(Role("gates"), Role("is filtered"))
    )
    formula: ClassVar[str] = r"\sigma(W_1 h_1) \odot W_2 h_2"
    weights: ClassVar[str] = r"k (d_1 + d_2 + 2)"
    source: ClassVar[str] = "Kiela, Grave, Joulin and Mikolov 2018"
    wins: ClassVar[str] = "one source that decides which features of the other matter"
    loses: ClassVar[str] = "content of the gating source, which only gates"
    cost: ClassVar[str] = "grows with k times the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"gates", "products", "conditions"})
    rank: ClassVar[int] = 210

    kind: Literal["cross_gate"] = "cross_gate"
    units: int = Field(
        64,
        ge=1,
        le=65536,
        description="Width of the gate and of the gated features.",
        json_schema_extra=hints(step=8, unit="units"),
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        gating, filtered = xs
        gate = k.Dense(self.units, activation="sigmoid", name=f"gate_{self.sources[0]}")(gating)
        hidden = k.Dense(self.units, name=f"hidden_{self.sources[1]}")(filtered)
        return k.Multiply(name="filtered")([gate, hidden])
