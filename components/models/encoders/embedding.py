"""A vector for each id, and pooling over the steps."""

from typing import Annotated, Literal

from components.models.encoders import base
from components.models.encoders.base import EachLayer, Field, Keras, PerLayer, Tensor, hints
from components.models.language import blocks


class Embedding(base.Encoder):
    """An Embedding, pooled over the steps, then `depth - 1` Dense layers. (T,) or (1,) -> (units,).

    With pooling `sequence` the steps stay, (T,) -> (T, units), and the layers read each step alone.
    Source: keras.layers.Embedding; the bag of vectors of Joulin 2016.
    """

    title = "Embedding"
    takes = frozenset({"tokens", "ids"})
    source = "keras.layers.Embedding; Joulin, Grave, Bojanowski and Mikolov 2016"
    good_for = "topic and sentiment, where single words decide; ids with much data each"
    weak_at = "word order; rare ids, whose vectors are hardly trained"
    rank = 5

    units: Annotated[PerLayer, EachLayer(65536)] = Field(
        32,
        description="Width of the vector for each id, and of the layers after it: one number, or "
        "one for each, such as 32, 16, 8.",
        json_schema_extra=hints(step=8, unit="units"),
    )
    pooling: Literal["average", "max", "flatten", "sequence"] = Field(
        "average",
        description="How the vectors of all steps become one. `sequence` keeps them, "
        "for mid fusion.",
        json_schema_extra=hints(forms=("tokens",)),
    )
    activation: base.ActivationBehind = "relu"
    normalization: base.NormalizationBehind = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        width, *behind = blocks.per_layer(self.units, self.depth, "units")
        x = k.copy_mask(k.Embedding(incoming.cardinality, width, name="embedding")(x), x)
        if incoming.form == "ids" or self.pooling == "flatten":
            x = blocks.flatten(k, x, "pooling")
        else:
            x = blocks.apply_readout(k, x, self.pooling)
        return blocks.dense_stack(k, x, self, first=2, units=tuple(behind))
