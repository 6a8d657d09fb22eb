"""A stack of dense layers for feature vectors."""

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor
from components.models.language import blocks


class Dense(base.Encoder):
    """`depth` Dense layers, with optional normalisation. (d,) -> (units,).

    Source: keras.layers.Dense.
    """

    title = "Dense"
    takes = frozenset({"vector"})
    source = "keras.layers.Dense; Rosenblatt 1958"
    good_for = "features of any kind that have no order"
    weak_at = "deep stacks, whose gradients vanish; products of features"
    rank = 10

    units: base.EachUnits = 64
    activation: base.Activation = Field("relu", description="Activation of each layer.")
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0
    last_activation: base.StackEnd = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        return blocks.dense_stack(k, x, self, last=self.last_activation)
