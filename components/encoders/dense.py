"""A stack of dense layers for feature vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import Activation, Dropout, Encoder, Form, dropped
from components.fields import hints

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor


class Dense(Encoder):
    """`depth` Dense layers. (d,) -> (units,). Source: keras.layers.Dense."""

    title: ClassVar[str] = "Dense"
    takes: ClassVar[frozenset[Form]] = frozenset({"vector"})
    rank: ClassVar[int] = 10

    kind: Literal["dense"] = "dense"
    units: int = Field(
        64,
        ge=1,
        le=65536,
        description="Width of each layer.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    activation: Activation = Field("relu", description="Activation of each layer.")
    dropout: Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        for i in range(1, self.depth + 1):
            x = k.Dense(self.units, activation=self.activation, name=f"dense_{i}")(x)
            x = dropped(k, x, self.dropout, f"dropout_{i}")
        return x
