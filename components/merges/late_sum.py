"""Each source makes its own logits, and the logits are added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class LateSum(Merge):
    """Sum of g_m(h_m), one linear layer a source. (d_m,) each -> (outputs,).

    Each source alone makes logits; a head that reads the sum stays additive in the sources.
    Source: additive ensembles; keras.layers.Dense and Add.
    """

    title: ClassVar[str] = "Late sum of logits"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"\sum_m g_m(h_m), \quad g_m(h_m) = W_m h_m + b_m"
    weights: ClassVar[str] = r"K \sum_m (d_m + 1)"
    source: ClassVar[str] = "additive ensemble; keras.layers.Dense and Add"
    wins: ClassVar[str] = "additive signals; the contribution of each source can be read"
    loses: ClassVar[str] = "xor and all products, because sources meet only in the sum"
    cost: ClassVar[str] = "grows with K times the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"additive", "late"})
    rank: ClassVar[int] = 130

    kind: Literal["late_sum"] = "late_sum"
    outputs: int = Field(
        8,
        ge=1,
        le=65536,
        description="Logits each source gives: one is enough for a binary head, a multiclass head "
        "wants as many as it has classes.",
        json_schema_extra=hints(unit="logits"),
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        logits = [
            k.Dense(self.outputs, name=f"logits_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        return k.Add(name="sum")(logits)
