"""What every encoder shares: its depth, and the small steps most of them end in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from components.errors import ShapeError
from components.fields import hints
from components.registry import Concept

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor

Form = Literal["map", "tokens", "sequence", "vector", "ids"]
Activation = Literal[
    "relu", "gelu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "linear"
]

Dropout = Annotated[
    float,
    Field(
        ge=0,
        le=0.9,
        description="Share of the features set to zero in training, after each block.",
        json_schema_extra=hints(step=0.05),
    ),
]
Projection = Annotated[
    int,
    Field(
        ge=0,
        le=65536,
        description="Width of a dense layer at the end of the branch; 0 leaves it out.",
        json_schema_extra=hints(step=16, unit="units"),
    ),
]
EmbeddingWidth = Annotated[
    int,
    Field(
        ge=1,
        le=16384,
        description="Width of the vector each token id is looked up as.",
        json_schema_extra=hints(step=8, unit="features", forms=("tokens",), title="Embedding"),
    ),
]


class Encoder(Concept):
    """Turns one input into features. At depth 0 the input passes through and no layer is made."""

    takes: ClassVar[frozenset[Form]]
    """Forms of input it can read."""
    rank: ClassVar[int] = 50
    """Its place in lists; the lowest that takes an input's form is that form's default."""

    depth: int = Field(1, ge=0, le=8, description="Blocks of layers; 0 passes the input through.")

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        """Write the layers once, from the input's tensor to the branch's features."""
        raise NotImplementedError

    def features(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        """The branch's features: its layers, or the input itself, ids as floats, at depth 0."""
        if self.depth:
            return self.layers(k, x, given)
        return k.ops.cast(x, "float32") if given.cardinality else x


def dropped(k: Keras, x: Tensor, rate: float, name: str) -> Tensor:
    """`x` behind a Dropout layer, where the rate is not zero."""
    return k.Dropout(rate, name=name)(x) if rate else x


def projected(k: Keras, x: Tensor, units: int, activation: str) -> Tensor:
    """`x` behind the branch's closing dense layer, where it has one."""
    return k.Dense(units, activation=activation, name="projection")(x) if units else x


def flattened(k: Keras, x: Tensor, field: str) -> Tensor:
    """`x` as one vector. Raises `ShapeError` where a length is open."""
    if None in x.shape[1:]:
        raise ShapeError(
            "Flatten needs a fixed length.",
            f"{field} = flatten on steps of any number",
            "Give the input a length, or read it out by average or max.",
            (field,),
        )
    return k.Flatten(name="flatten")(x)


def embedded(k: Keras, x: Tensor, given: Input, width: int) -> Tensor:
    """Token ids as vectors; anything else as it is. (T,) -> (T, width)."""
    if given.form != "tokens":
        return x
    return k.Embedding(given.cardinality, width, name="embedding")(x)
