"""A convolutional stack along the steps of a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import (
    Activation,
    Dropout,
    EmbeddingWidth,
    Encoder,
    Form,
    Projection,
    dropped,
    embedded,
    flattened,
    projected,
)
from components.errors import ShapeError
from components.fields import hints

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor


class Conv1D(Encoder):
    """`depth` blocks of Conv1D and MaxPooling1D, then a readout. (T, d) -> (features,).

    Token ids are embedded first. Raises `ShapeError` where a kernel or a pool is longer than the
    sequence it meets. Source: keras.layers.Conv1D; Kim 2014 for text.
    """

    title: ClassVar[str] = "Conv1D"
    takes: ClassVar[frozenset[Form]] = frozenset({"tokens", "sequence"})
    rank: ClassVar[int] = 30

    kind: Literal["conv1d"] = "conv1d"
    embedding: EmbeddingWidth = 64
    filters: int = Field(
        64,
        ge=1,
        le=4096,
        description="Filters of each block.",
        json_schema_extra=hints(step=8, unit="filters"),
    )
    kernel_size: int = Field(
        3, ge=1, le=31, description="Steps the kernel sees.", json_schema_extra=hints(unit="steps")
    )
    padding: Literal["same", "valid", "causal"] = Field(
        "same", description="causal: a step sees only itself and earlier ones."
    )
    pool: int = Field(
        2, ge=1, le=8, description="Max pooling behind each convolution; 1 leaves it out."
    )
    activation: Activation = Field("relu", description="Of the convolutions and the projection.")
    dropout: Dropout = 0.0
    readout: Literal["average", "max", "flatten"] = Field(
        "average", description="How the last sequence becomes a vector."
    )
    projection: Projection = 0

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        x = embedded(k, x, given, self.embedding)
        for i in range(1, self.depth + 1):
            self._fits(x, i)
            x = k.Conv1D(
                self.filters,
                self.kernel_size,
                padding=self.padding,
                activation=self.activation,
                name=f"conv1d_{i}",
            )(x)
            if self.pool > 1:
                x = k.MaxPooling1D(self.pool, name=f"pooling_{i}")(x)
            x = dropped(k, x, self.dropout, f"dropout_{i}")
        if self.readout == "flatten":
            x = flattened(k, x, "readout")
        elif self.readout == "average":
            x = k.GlobalAveragePooling1D(name="average")(x)
        else:
            x = k.GlobalMaxPooling1D(name="maximum")(x)
        return projected(k, x, self.projection, self.activation)

    def _fits(self, x: Tensor, block: int) -> None:
        steps = x.shape[1]
        shrink = self.kernel_size - 1 if self.padding == "valid" else 0
        if steps is not None and steps - shrink < self.pool:
            raise ShapeError(
                "A sequence must be at least as long as the kernel and the pool that read it.",
                f"block {block}: {steps} steps, kernel {self.kernel_size}, pool {self.pool}, "
                f"padding {self.padding}",
                "Use fewer blocks, a smaller kernel or pool, or padding `same`.",
                ("depth",) if block > 1 else ("kernel_size",),
            )
