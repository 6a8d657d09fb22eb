"""A vector with a one at the id and zeros elsewhere."""

from components.models.encoders import base
from components.models.encoders.base import Keras, ShapeError, Tensor
from components.models.language import blocks

MOST_CATEGORIES = 10_000
"""Limit above which one-hot batches are megabytes of zeros, which an embedding avoids."""


class OneHot(base.Encoder):
    """A vector with a one at the id, then `depth - 1` Dense layers. (1,) -> (categories,).

    Raises `ShapeError` for more than 10,000 categories. Source: keras.ops.one_hot.
    """

    title = "One-hot"
    takes = frozenset({"ids"})
    source = "keras.ops.one_hot"
    good_for = "few categories, wide features, weights that can be read"
    weak_at = "many categories, because it does not know which are alike"
    rank = 20

    units: base.UnitsBehind = 64
    activation: base.ActivationBehind = "relu"
    normalization: base.NormalizationBehind = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        if incoming.cardinality > MOST_CATEGORIES:
            raise ShapeError(
                f"A one-hot vector may have at most {MOST_CATEGORIES:,} categories.",
                f"{incoming.cardinality:,} categories",
                "Choose the encoder Embedding, which looks ids up, or use fewer categories.",
                ("kind",),
            )
        y = k.ops.one_hot(k.ops.squeeze(x, axis=-1), incoming.cardinality)
        return blocks.dense_stack(k, y, self, first=2)
