"""The mean of all sources, projected to one width."""

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


class ProjectAggregate(Merge):
    """The mean of W_m h_m. (d_m,) each -> (units,).

    Source: the project_aggregate combiner of Ludwig, without the layers after it.
    """

    title: ClassVar[str] = "Project and average"
    contract: ClassVar[Contract] = Contract(equal="nothing", ranks=(1,))
    formula: ClassVar[str] = r"\frac{1}{M} \sum_m W_m h_m"
    weights: ClassVar[str] = r"p \sum_m (d_m + 1)"
    source: ClassVar[str] = "Ludwig's project_aggregate combiner"
    wins: ClassVar[str] = "many sources of any widths, because the output stays narrow"
    loses: ClassVar[str] = "products of features; without an activation it is a single linear layer"
    cost: ClassVar[str] = "grows with p times the sum of widths"
    traits: ClassVar[frozenset[Trait]] = frozenset({"additive"})
    rank: ClassVar[int] = 120

    kind: Literal["project_aggregate"] = "project_aggregate"
    units: int = Field(
        64,
        ge=1,
        le=65536,
        description="Width each source is projected to.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    activation: Activation = Field(
        "linear", description="Activation of each projection, before the mean. Ludwig uses linear."
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        projected = [
            k.Dense(self.units, activation=self.activation, name=f"projection_{s}")(x)
            for s, x in zip(self.sources, xs, strict=True)
        ]
        return k.Average(name="mean")(projected)
