"""Dilated causal convolutions."""

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor, number
from components.models.language import blocks


class TCN(base.Encoder):
    """Residual blocks of two causal Conv1D, dilated by 2^(i-1) in block i. (T, d) -> (filters,).

    A step sees itself and 2 (kernel_size - 1) (2^depth - 1) earlier ones.
    Source: Bai, Kolter and Koltun 2018, section 3, with a choice of normalisation.
    """

    title = "TCN"
    takes = frozenset({"tokens", "sequence"})
    source = "Bai, Kolter and Koltun 2018"
    good_for = "long series, because each block doubles how far back a step sees"
    weak_at = "steps beyond its reach; short series, where an LSTM has fewer weights"
    rank = 32

    embedding: base.EmbeddingWidth = 64
    filters: base.Filters = 64
    kernel_size: int = number(3, 1, 31, "Kernel length.", unit="steps")
    activation: base.Activation = Field(
        "relu", description="Activation of the convolutions and the projection."
    )
    normalization: base.Normalization = "none"
    dropout: base.Dropout = 0.0
    readout: base.StateReadout = "last"
    projection: base.Projection = 0
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        x = base.embed(k, x, incoming, self.embedding)
        for i in range(1, self.depth + 1):
            x = self._block(k, x, i)
        return blocks.finish(k, x, self, self.projection_activation)

    def _block(self, k: Keras, x: Tensor, i: int) -> Tensor:
        y = self._convolved(k, self._convolved(k, x, i, "a"), i, "b")
        if x.shape[-1] != self.filters:
            x = k.copy_mask(k.Conv1D(self.filters, 1, name=f"shortcut_{i}")(x), x)
        summed = k.copy_mask(k.Add(name=f"sum_{i}")([y, x]), x)
        return blocks.activate(k, summed, self.activation, f"activation_{i}")

    def _convolved(self, k: Keras, x: Tensor, i: int, part: str) -> Tensor:
        y = k.Conv1D(
            self.filters,
            self.kernel_size,
            padding="causal",
            dilation_rate=2 ** (i - 1),
            activation=blocks.own_activation(self),
            name=f"conv1d_{i}{part}",
        )(k.fill_padding(x))
        y = blocks.norm_and_activation(k, k.copy_mask(y, x), self, f"{i}{part}")
        return blocks.add_dropout(k, y, self.dropout, f"dropout_{i}{part}")
