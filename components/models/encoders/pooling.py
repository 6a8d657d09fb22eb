"""Pooling over steps or positions, without weights."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor
from components.models.language import blocks


class Pooling(base.Encoder):
    """Mean or maximum over all steps or positions, then `depth - 1` Dense layers. (T, d) -> (d,).

    Padded steps are left out. Tokens are pooled by the encoder `embedding`.
    Source: keras.layers.GlobalAveragePooling1D; the deep averaging network of Iyyer 2015.
    """

    title = "Pooling"
    takes = frozenset({"sequence", "map"})
    source = "keras.layers.GlobalAveragePooling1D; Iyyer, Manjunatha, Boyd-Graber and Daumé 2015"
    good_for = "ready-made word vectors, and the maps or sequences of a merge"
    weak_at = "order and position, which it does not see"
    rank = 40

    pooling: Literal["average", "max", "both"] = Field(
        "average", description="Pooling over all steps or positions. `both` joins mean and maximum."
    )
    units: base.UnitsBehind = 64
    activation: base.ActivationBehind = "relu"
    normalization: base.NormalizationBehind = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        if self.pooling == "both":
            x = k.Concatenate(name="both")([blocks.average(k, x), blocks.maximum(k, x)])
        else:
            x = blocks.apply_readout(k, x, self.pooling)
        return blocks.dense_stack(k, x, self, first=2)
