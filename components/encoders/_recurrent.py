"""The stack that LSTM and GRU share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import (
    Activation,
    Dropout,
    EmbeddingWidth,
    Encoder,
    Form,
    Projection,
    dropped,
    embedded,
    projected,
)
from components.fields import hints

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor


class Recurrent(Encoder):
    """`depth` recurrent layers, then a readout of the last. (T, d) -> (units,)."""

    takes: ClassVar[frozenset[Form]] = frozenset({"tokens", "sequence"})
    layer: ClassVar[str]

    embedding: EmbeddingWidth = 64
    units: int = Field(
        64,
        ge=1,
        le=16384,
        description="Width of each recurrent layer.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    dropout: Dropout = 0.0
    readout: Literal["last", "average", "max"] = Field(
        "last", description="The last state, or the states of all steps pooled."
    )
    projection: Projection = 0
    activation: Activation = Field(
        "relu",
        description="Of the projection; the cells keep tanh and sigmoid.",
        json_schema_extra=hints(when="projection"),
    )

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        x = embedded(k, x, given, self.embedding)
        make = getattr(k, self.layer)
        for i in range(1, self.depth + 1):
            steps = i < self.depth or self.readout != "last"
            name = f"{self.layer.lower()}_{i}"
            arguments = {"return_sequences": True} if steps else {}
            x = make(self.units, name=name, **arguments)(x)
            x = dropped(k, x, self.dropout, f"dropout_{i}")
        if self.readout == "average":
            x = k.GlobalAveragePooling1D(name="average")(x)
        elif self.readout == "max":
            x = k.GlobalMaxPooling1D(name="maximum")(x)
        return projected(k, x, self.projection, self.activation)
