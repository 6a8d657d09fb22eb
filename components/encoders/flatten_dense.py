"""Dense layers on all pixels."""

from typing import Literal

from pydantic import Field

from components.core import blocks
from components.core.recorder import Keras
from components.core.tensors import Tensor
from components.encoders import base


class FlattenDense(base.Encoder):
    """Flatten, then `depth` Dense layers. (H, W, C) -> (units,).

    Source: keras.layers.Flatten; the two-layer network in the comparison of LeCun 1998.
    """

    title = "Flatten and dense"
    takes = frozenset({"map"})
    source = "keras.layers.Flatten; LeCun, Bottou, Bengio and Haffner 1998"
    good_for = "tiny pictures whose parts are always in the same place"
    weak_at = "objects at changing positions; large pictures, with weights for each pixel"
    rank = 18

    kind: Literal["flatten_dense"] = "flatten_dense"
    units: base.EachUnits = 64
    activation: base.Activation = Field("relu", description="Activation of each layer.")
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0
    last_activation: base.StackEnd = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        flat = blocks.flatten(k, x, "kind")
        return blocks.dense_stack(k, flat, self, last=self.last_activation)
