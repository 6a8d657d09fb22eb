"""Each source predicts separately, and a layer weighs the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Stacking(Merge):
    """W [g_1(h1); ...; g_M(hM)] + b, one expert layer a source. (d_m,) each -> (outputs,).

    All of it is trained at once; Wolpert trains the experts first. Source: Wolpert 1992.
    """

    title: ClassVar[str] = "Stacking"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"W [g_1(h_1);\, \dots;\, g_M(h_M)] + b"
    weights: ClassVar[str] = r"K \sum_m (d_m + 1) + K (M K + 1)"
    source: ClassVar[str] = "Wolpert 1992, with experts and combiner trained together"
    wins: ClassVar[str] = "uneven experts, each right on some classes only"
    loses: ClassVar[str] = "products of features, because each expert reads one source"
    cost: ClassVar[str] = "grows with K times the sum of widths, and with K² times M"
    traits: ClassVar[frozenset[Trait]] = frozenset({"additive", "late"})
    rank: ClassVar[int] = 140

    kind: Literal["stacking"] = "stacking"
    outputs: int = Field(
        8,
        ge=1,
        le=4096,
        description="Predictions each expert makes: one is enough for a binary head, a multiclass "
        "head wants as many as it has classes.",
        json_schema_extra=hints(unit="outputs"),
    )
    activation: Literal["sigmoid", "softmax", "linear"] = Field(
        "sigmoid",
        description="Of the experts. softmax: shares that add up to 1, of two outputs or more; "
        "linear: logits.",
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        experts = [
            k.Dense(self.outputs, activation=self.activation, name=f"expert_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        predictions = k.Concatenate(name="predictions")(experts)
        return k.Dense(self.outputs, name="stacked")(predictions)
