"""Self-attention over the steps of a sequence."""

import math
from typing import Literal

from components.models.encoders import base
from components.models.encoders._attention import TransformerBlocks, with_learned_positions
from components.models.encoders.base import Field, Keras, ShapeError, Tensor
from components.models.language import blocks

LONGEST_WAVE = 10000
"""Steps of the longest sinusoid, divided by 2 pi: Vaswani 2017, section 3.5."""


class Transformer(TransformerBlocks):
    """Positions, `depth` blocks of self-attention, then a readout. (T, d) -> (units,).

    Token ids are embedded at width `units`; features of another width are projected to it. With
    learned positions, raises `ShapeError` at an open length.
    Source: Vaswani 2017; normalisation first as in Xiong 2020.
    """

    title = "Transformer"
    takes = frozenset({"tokens", "sequence"})
    source = "Vaswani 2017; Xiong 2020"
    good_for = "relations between steps at any distance, with much data"
    weak_at = "few samples; long inputs, because its cost grows with the square of the steps"
    rank = 34

    positions: Literal["sinusoidal", "learned", "none"] = Field(
        "sinusoidal",
        description="How a step knows its position: `sinusoidal` adds fixed waves, at any length; "
        "`learned` adds a learned vector for each position, at a fixed length.",
    )
    readout: base.SequenceReadout = "average"
    projection: base.Projection = 0
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        x = self._entered(k, x, incoming)
        if incoming.form == "tokens" and self.positions == "sinusoidal":
            # Keras starts embeddings small; waves of height 1 would drown them.
            x = k.copy_mask(k.ops.multiply(x, math.sqrt(self.units)), x)
        x = self._with_positions(k, x)
        return blocks.finish(k, self._blocks(k, x), self, self.projection_activation)

    def _entered(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        """Bring the steps to the width of the blocks."""
        x = base.embed(k, x, incoming, self.units)
        if x.shape[-1] == self.units:
            return x
        return k.copy_mask(k.Dense(self.units, name="entry")(x), x)

    def _with_positions(self, k: Keras, x: Tensor) -> Tensor:
        if self.positions == "none":
            return x
        if self.positions == "sinusoidal":
            return k.copy_mask(k.Add(name="placed")([x, _waves(k, x)]), x)
        if x.shape[1] is None:
            raise ShapeError(
                "Learned positions need a fixed length: there is one vector for each position.",
                "positions = learned on steps of any number",
                "Give the input a length, or choose sinusoidal positions.",
                ("positions",),
            )
        return with_learned_positions(k, x)


def _waves(k: Keras, x: Tensor) -> Tensor:
    """Return sin and cos of p / L^(2i/d) in turn, for step p and pair i. (T, d) -> (T, d)."""
    with k.annotate(hidden="mask"):
        position = k.ops.expand_dims(
            k.ops.cast(k.ops.subtract(blocks.step_numbers(k, x), 1), "float32"), -1
        )
        ones = k.ops.ones_like(k.ops.take(x, [0], axis=1))
        feature = k.ops.subtract(k.ops.cumsum(ones, axis=-1), 1.0)
        falling = LONGEST_WAVE ** (-2 / x.shape[-1])
        frequency = k.ops.power(falling, k.ops.floor_divide(feature, 2.0))
        quarter = k.ops.multiply(k.ops.mod(feature, 2.0), math.pi / 2)
        angle = k.ops.add(k.ops.multiply(position, frequency), quarter)
    return k.ops.sin(angle)
