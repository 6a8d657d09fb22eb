"""Blocks that both transformers share."""

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor, number, width
from components.models.language import blocks


class TransformerBlocks(base.Encoder):
    """`depth` pre-norm transformer blocks. (T, units) -> (T, units).

    Source: Vaswani 2017, with the normalisation first as in Xiong 2020, figure 1b.
    """

    units: int = width(64, 4096, "Width of each step inside the blocks.")
    heads: int = number(
        4, 1, 32, "Number of attention heads. Together they have the width `units`."
    )
    feed_forward: int = number(
        4, 1, 8, "Width of the dense layer in each block, as a multiple of `units`.", unit="× units"
    )
    activation: base.Activation = Field(
        "gelu", description="Activation of the dense layer in each block, and of the projection."
    )
    dropout: base.Dropout = 0.0

    def _blocks(self, k: Keras, x: Tensor) -> Tensor:
        for i in range(1, self.depth + 1):
            x = self._added(k, x, self._attended(k, x, i), f"attended_{i}")
            x = self._added(k, x, self._fed(k, x, i), f"fed_{i}")
        return k.copy_mask(k.LayerNormalization(name="normalization")(x), x)

    def _attended(self, k: Keras, x: Tensor, i: int) -> Tensor:
        normal = k.LayerNormalization(name=f"attention_normalization_{i}")(x)
        attention = k.MultiHeadAttention(
            self.heads, max(1, self.units // self.heads), name=f"attention_{i}"
        )
        y = attention(normal, normal, value_mask=k.mask(x))
        return blocks.add_dropout(k, y, self.dropout, f"attention_dropout_{i}")

    def _fed(self, k: Keras, x: Tensor, i: int) -> Tensor:
        normal = k.LayerNormalization(name=f"feed_normalization_{i}")(x)
        wide = self.feed_forward * self.units
        y = k.Dense(wide, activation=self.activation, name=f"feed_{i}")(normal)
        y = k.Dense(self.units, name=f"feed_back_{i}")(y)
        return blocks.add_dropout(k, y, self.dropout, f"feed_dropout_{i}")

    def _added(self, k: Keras, x: Tensor, y: Tensor, name: str) -> Tensor:
        return k.copy_mask(k.Add(name=name)([x, y]), x)


def with_learned_positions(k: Keras, x: Tensor) -> Tensor:
    """Add to each step a learned vector for its position. (T, d) -> (T, d), of a fixed T."""
    steps, width = x.shape[1:]
    with k.annotate(hidden="mask"):
        positions = k.ops.subtract(blocks.step_numbers(k, x), 1)
    vectors = k.Embedding(steps, width, name="positions")(positions)
    return k.copy_mask(k.Add(name="placed")([x, vectors]), x)
