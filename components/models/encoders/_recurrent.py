"""Base class of LSTM, GRU and Bidirectional."""

from collections.abc import Callable
from typing import Annotated

from components.models.encoders import base
from components.models.encoders.base import EachLayer, Field, Keras, PerLayer, Tensor, hints
from components.models.language import blocks


class Recurrent(base.Encoder):
    """`depth` recurrent layers, then a readout of the last. (T, d) -> (units,)."""

    takes = frozenset({"tokens", "sequence"})

    embedding: base.EmbeddingWidth = 64
    units: Annotated[PerLayer, EachLayer(16384)] = Field(
        64,
        description="Width of the recurrent layers: one number, or one for each, such as 64, 32.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    dropout: base.Dropout = 0.0
    normalization: base.Normalization = "none"
    readout: base.StateReadout = "last"
    projection: base.Projection = 0
    activation: base.Activation = Field(
        "relu",
        description="Activation of the projection. The cells keep tanh and sigmoid.",
        json_schema_extra=hints(when="projection"),
    )

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        x = base.embed(k, x, incoming, self.embedding)
        for i, units in enumerate(blocks.per_layer(self.units, self.depth, "units"), start=1):
            steps = i < self.depth or self.readout != "last"
            y = self._recurrent(k, units, steps, i)(x, mask=k.mask(x))
            x = k.copy_mask(y, x) if steps else y
            x = blocks.normalize(k, x, self.normalization, f"normalization_{i}")
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return blocks.finish(k, x, self)

    def _recurrent(self, k: Keras, units: int, steps: bool, i: int) -> Callable[..., Tensor]:
        """Return the layer of block `i`, which has the name of the encoder's class in Keras.

        With `steps` it returns the states of all steps.
        """
        arguments = {"return_sequences": True} if steps else {}
        kind = type(self).__name__
        layer: Callable[..., Tensor] = getattr(k, kind)(
            units, name=f"{kind.lower()}_{i}", **arguments
        )
        return layer
