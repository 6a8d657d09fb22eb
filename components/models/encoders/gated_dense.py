"""Dense layers with a gate for each feature."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor, hints
from components.models.language import blocks


class GatedDense(base.Encoder):
    """`depth` Dense layers, each with a learned gate of its features. (d,) -> (units,).

    Gates of the inputs, f(W (x * sigmoid(V x))): squeeze-and-excitation, Hu 2018, equation 3, with
    one layer. Gates of the outputs, W x * sigmoid(V x): gated linear units, Dauphin 2017, equation
    1.
    """

    title = "Gated dense"
    takes = frozenset({"vector"})
    source = "Hu, Shen and Sun 2018; Dauphin, Fan, Auli and Grangier 2017"
    good_for = "features that matter only in some samples; products of features"
    weak_at = "few samples, because each gate reads all features"
    rank = 30

    gates: Literal["inputs", "outputs"] = Field(
        "inputs",
        description="`inputs` scales each feature before the dense layer; `outputs` scales the "
        "output of a linear layer (a gated linear unit).",
    )
    units: base.EachUnits = 64
    activation: base.Activation = Field(
        "relu",
        description="Activation of each layer.",
        json_schema_extra=hints(when="gates=inputs"),
    )
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        for i, units in enumerate(blocks.per_layer(self.units, self.depth, "units"), start=1):
            x = self._block(k, x, units, i)
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return x

    def _block(self, k: Keras, x: Tensor, units: int, i: int) -> Tensor:
        inputs = self.gates == "inputs"
        width = x.shape[-1] if inputs else units
        gate = k.Dense(width, activation="sigmoid", name=f"gate_{i}")(x)
        if inputs:
            x = k.Multiply(name=f"gated_{i}")([x, gate])
        x = k.Dense(units, name=f"dense_{i}")(x)
        x = blocks.normalize(k, x, self.normalization, f"normalization_{i}")
        if inputs:
            return blocks.activate(k, x, self.activation, f"activation_{i}")
        return k.Multiply(name=f"gated_{i}")([x, gate])
