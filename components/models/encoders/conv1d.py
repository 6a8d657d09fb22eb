"""A convolutional stack over the steps of a sequence."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, ShapeError, Tensor, number
from components.models.language import blocks


class Conv1D(base.Encoder):
    """`depth` blocks of Conv1D and MaxPooling1D, then a readout. (T, d) -> (features,).

    Token ids are embedded first. Raises `ShapeError` if a kernel or a pool is longer than its
    input sequence. Source: keras.layers.Conv1D; Kim 2014 for text.
    """

    title = "Conv1D"
    takes = frozenset({"tokens", "sequence"})
    source = "keras.layers.Conv1D; Kim 2014"
    good_for = "short patterns at any position; fast, because all steps run at once"
    weak_at = "relations between steps that are farther apart than kernels and pools reach"
    rank = 30

    embedding: base.EmbeddingWidth = 64
    filters: base.EachFilters = 64
    kernel_size: int = number(3, 1, 31, "Kernel length.", unit="steps")
    padding: Literal["same", "valid", "causal"] = Field(
        "same", description="With `causal`, a step sees only itself and earlier steps."
    )
    convolutions: base.Convolutions = 1
    pool: int = number(2, 1, 8, "Max pooling at the end of each block. 1 turns it off.")
    activation: base.Activation = Field(
        "relu", description="Activation of the convolutions and the projection."
    )
    dropout: base.Dropout = 0.0
    normalization: base.Normalization = "none"
    readout: base.SequenceReadout = "average"
    projection: base.Projection = 0
    projection_activation: base.ProjectionActivation = "same"

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        x = base.embed(k, x, incoming, self.embedding)
        for i, filters in enumerate(blocks.per_layer(self.filters, self.depth, "filters"), start=1):
            self._fits(x, i)
            for index in base.convolution_names(self.convolutions, i):
                x = self._convolved(k, x, filters, index)
            if self.pool > 1:
                x = blocks.max_pool(k, x, self.pool, f"pooling_{i}")
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return blocks.finish(k, x, self, self.projection_activation)

    def _convolved(self, k: Keras, x: Tensor, filters: int, index: str) -> Tensor:
        y = k.Conv1D(
            filters,
            self.kernel_size,
            padding=self.padding,
            activation=blocks.own_activation(self),
            name=f"conv1d_{index}",
        )(k.fill_padding(x))
        if self.padding == "valid":
            _whole_windows(k, y, x, self.kernel_size)
        else:
            k.copy_mask(y, x)
        return blocks.norm_and_activation(k, y, self, index)

    def _fits(self, x: Tensor, block: int) -> None:
        steps = x.shape[1]
        shrink = self.convolutions * (self.kernel_size - 1) if self.padding == "valid" else 0
        if steps is not None and steps - shrink < self.pool:
            raise ShapeError(
                "The sequence is shorter than the kernel or the pool that reads it.",
                f"block {block}: {steps} steps, kernel {self.kernel_size}, pool {self.pool}, "
                f"padding {self.padding}",
                "Use fewer blocks, a smaller kernel or pool, or padding `same`.",
                ("depth",) if block > 1 else ("kernel_size",),
            )


def _whole_windows(k: Keras, y: Tensor, x: Tensor, kernel: int) -> None:
    """Mask windows that reach into the padding where no zeros are added: they hold no data."""

    def steps() -> Tensor:
        gaps = k.ops.cast(k.ops.logical_not(k.mask_column(x)), "float32")
        reached = k.ops.max_pool(gaps, kernel, strides=1, padding="valid")
        return blocks.keep_one_step(k, k.ops.squeeze(k.ops.equal(reached, 0.0), axis=-1))

    if k.has_mask(x):
        k.set_mask(y, steps)
