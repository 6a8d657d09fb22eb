"""Look ids up in a table of vectors, and pool them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import Activation, Dropout, Encoder, Form, dropped, flattened
from components.fields import hints

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor


class Embedding(Encoder):
    """An Embedding, pooled over the steps, then `depth - 1` Dense layers. (T,) or (1,) -> (units,).

    Source: keras.layers.Embedding; the bag of vectors of Joulin 2016.
    """

    title: ClassVar[str] = "Embedding"
    takes: ClassVar[frozenset[Form]] = frozenset({"tokens", "ids"})
    rank: ClassVar[int] = 5

    kind: Literal["embedding"] = "embedding"
    units: int = Field(
        32,
        ge=1,
        le=65536,
        description="Width of the vector each id is looked up as, and of the layers behind it.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    pooling: Literal["average", "max", "flatten"] = Field(
        "average",
        description="How the vectors of all steps become one.",
        json_schema_extra=hints(forms=("tokens",)),
    )
    activation: Activation = Field("relu", description="Of the dense layers behind, from depth 2.")
    dropout: Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        x = k.Embedding(given.cardinality, self.units, name="embedding")(x)
        if given.form == "ids" or self.pooling == "flatten":
            x = flattened(k, x, "pooling")
        elif self.pooling == "average":
            x = k.GlobalAveragePooling1D(name="average")(x)
        else:
            x = k.GlobalMaxPooling1D(name="maximum")(x)
        x = dropped(k, x, self.dropout, "dropout_1")
        for i in range(2, self.depth + 1):
            x = k.Dense(self.units, activation=self.activation, name=f"dense_{i}")(x)
            x = dropped(k, x, self.dropout, f"dropout_{i}")
        return x
