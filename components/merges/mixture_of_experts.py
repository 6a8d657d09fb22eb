"""An expert for each source, and a gate that weighs the experts for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Activation
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class MixtureOfExperts(Merge):
    """Sum of softmax(W [h1; ...; hM] + b)_m g_m(h_m). (d_m,) each -> (units,).

    One number a sample and source is the gate; each expert is a dense layer that reads its source
    alone, the gate reads all. Source: Jacobs 1991.
    """

    title: ClassVar[str] = "Mixture of experts"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"\sum_m \mathrm{softmax}(W [h_1; \dots; h_M] + b)_m \, g_m(h_m)"
    weights: ClassVar[str] = r"k \sum_m (d_m + 1) + M \left(\sum_m d_m + 1\right)"
    source: ClassVar[str] = "Jacobs, Jordan, Nowlan and Hinton 1991"
    wins: ClassVar[str] = "samples with one reliable source each; the gate shows which"
    loses: ClassVar[str] = "signals spread over all sources in each sample"
    cost: ClassVar[str] = "grows with k + M times the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"gates", "late"})
    rank: ClassVar[int] = 150

    kind: Literal["mixture_of_experts"] = "mixture_of_experts"
    units: int = Field(
        64,
        ge=1,
        le=65536,
        description="Width of each expert.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    activation: Activation = Field("relu", description="Activation of the experts.")

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        seen = k.Concatenate(name="seen")(xs)
        gate = k.Dense(len(xs), activation="softmax", name="gate")(seen)
        gate = k.Reshape((len(xs), 1), name="by_source")(gate)
        experts = [
            k.Dense(self.units, activation=self.activation, name=f"expert_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        stacked: Tensor = k.ops.stack(experts, axis=1)
        weighted = k.Multiply(name="gated")([gate, stacked])
        mixed: Tensor = k.ops.sum(weighted, axis=1)
        return mixed
