"""Residual dense blocks."""

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor
from components.models.language import blocks


class ResidualDense(base.Encoder):
    """`depth` blocks of two Dense layers that are added to their input. (d,) -> (units,).

    A block is x + W2 f(W1 norm(x)). Features of another width first go through a Dense layer of
    width `units`.
    Source: Gorishniy 2021, section 3.2 (ResNet for tables).
    """

    title = "Residual dense"
    takes = frozenset({"vector"})
    source = "Gorishniy, Rubachev, Khrulkov and Babenko 2021"
    good_for = "tables with many rows, in stacks of three or more blocks"
    weak_at = "few samples, because each block has two layers where one may be enough"
    rank = 20

    units: base.Units = 64
    activation: base.Activation = Field(
        "relu", description="Activation between the two layers of each block."
    )
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        if x.shape[-1] != self.units:
            x = k.Dense(self.units, name="entry")(x)
        for i in range(1, self.depth + 1):
            y = blocks.normalize(k, x, self.normalization, f"normalization_{i}")
            y = k.Dense(self.units, activation=self.activation, name=f"dense_{i}a")(y)
            y = k.Dense(self.units, name=f"dense_{i}b")(y)
            y = blocks.add_dropout(k, y, self.dropout, f"dropout_{i}")
            x = k.Add(name=f"sum_{i}")([x, y])
        return x
