"""Base class of encoders, and the types of their common fields."""

from typing import Annotated, ClassVar, Literal, Protocol, get_args

from pydantic import Field as Field

from components.base.errors import ShapeError as ShapeError
from components.models.language.fields import (
    EachLayer as EachLayer,
)
from components.models.language.fields import (
    PerLayer as PerLayer,
)
from components.models.language.fields import (
    hints as hints,
)
from components.models.language.fields import (
    number as number,
)
from components.models.language.fields import (
    width as width,
)
from components.models.language.recorder import Keras as Keras
from components.models.language.recorder import Tensor as Tensor
from components.models.language.registry import Concept

Form = Literal["map", "tokens", "sequence", "vector", "ids"]
FORMS: frozenset[Form] = frozenset(get_args(Form))
Activation = Literal[
    "relu", "gelu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "linear"
]

LastActivation = Literal["same", Activation]

ProjectionActivation = Annotated[
    LastActivation,
    Field(
        description="Activation of the projection. `same` is that of the layers before it.",
        json_schema_extra=hints(when="projection"),
    ),
]
StackEnd = Annotated[
    LastActivation,
    Field(
        description="Activation of the last layer, from depth 2. `same` is that of the layers "
        "before it.",
        json_schema_extra=hints(when="depth=2|3|4|5|6|7|8"),
    ),
]

Normalization = Annotated[
    Literal["none", "batch", "layer"],
    Field(
        description="`batch` normalises each feature over the samples, `layer` each sample over "
        "its features."
    ),
]
SequenceReadout = Annotated[
    Literal["average", "max", "flatten", "sequence"],
    Field(
        description="How the last steps become a vector. `sequence` keeps the steps, for mid "
        "fusion."
    ),
]
StateReadout = Annotated[
    Literal["last", "average", "max", "sequence"],
    Field(
        description="The last state, or the states of all steps pooled. `sequence` keeps all "
        "steps, for mid fusion."
    ),
]
MapReadout = Annotated[
    Literal["flatten", "average", "max", "map"],
    Field(description="How the last map becomes a vector. `map` keeps the map, for mid fusion."),
]
Dropout = Annotated[
    float,
    number(
        ...,
        0,
        0.9,
        "Share of features set to zero during training, after each block. 0 turns it off.",
        step=0.05,
    ),
]
Projection = Annotated[
    int,
    number(
        ...,
        0,
        65536,
        "Width of a dense layer at the end of the branch. 0 leaves it out.",
        step=16,
        unit="units",
    ),
]
EmbeddingWidth = Annotated[
    int,
    number(
        ...,
        1,
        16384,
        "Width of the vector for each token id.",
        step=8,
        unit="features",
        forms=("tokens",),
        title="Embedding",
    ),
]
Filters = Annotated[int, number(..., 1, 4096, "Filters of each block.", step=8, unit="filters")]
Convolutions = Annotated[
    int, number(..., 1, 4, "Convolutions in each block, one after another, before its pooling.")
]
_EACH = "one number, or one for each, such as 32, 16, 8."
EachFilters = Annotated[
    PerLayer,
    EachLayer(4096),
    Field(
        description=f"Filters of the blocks: {_EACH}",
        json_schema_extra=hints(step=8, unit="filters"),
    ),
]
EachUnits = Annotated[
    PerLayer,
    EachLayer(65536),
    Field(
        description=f"Width of the layers: {_EACH}", json_schema_extra=hints(step=8, unit="units")
    ),
]
Units = Annotated[int, width(..., 65536, "Width of each layer.")]
_BEHIND = "depth=2|3|4|5|6|7|8"
UnitsBehind = Annotated[
    PerLayer,
    EachLayer(65536, first=2),
    Field(
        description=f"Width of the dense layers after it, from depth 2: {_EACH}",
        json_schema_extra=hints(step=8, unit="units", when=_BEHIND),
    ),
]
ActivationBehind = Annotated[
    Activation,
    Field(
        description="Activation of the dense layers after it, from depth 2.",
        json_schema_extra=hints(when=_BEHIND),
    ),
]
NormalizationBehind = Annotated[
    Normalization,
    Field(
        description="Normalisation of the dense layers after it, from depth 2. `batch` normalises "
        "each feature over the samples, `layer` each sample over its features.",
        json_schema_extra=hints(when=_BEHIND),
    ),
]


class EncoderInput(Protocol):
    """Source of an encoder: an input, or the output of a merge."""

    @property
    def form(self) -> Form: ...

    @property
    def cardinality(self) -> int:
        """Number of ids, for inputs of ids; otherwise 0."""
        ...


class Encoder(Concept):
    """Layers that turn one input into features; none at depth 0, where the input passes through."""

    takes: ClassVar[frozenset[Form]]
    """Forms of input that it reads."""
    source: ClassVar[str]
    """Paper or Keras layer."""
    good_for: ClassVar[str]
    weak_at: ClassVar[str]

    depth: int = number(1, 0, 8, "Number of blocks of layers. 0 passes the input through.")

    def layers(self, k: Keras, x: Tensor, incoming: EncoderInput) -> Tensor:
        """Write the layers once, from the input's tensor to the branch's features."""
        raise NotImplementedError

    def features(self, k: Keras, x: Tensor, incoming: EncoderInput) -> Tensor:
        """Return the branch's features; at depth 0 the input itself, with ids as floats."""
        if self.depth:
            return self.layers(k, x, incoming)
        if not incoming.cardinality:
            return x
        return k.ops.cast(x, "float32")


def embed(k: Keras, x: Tensor, incoming: EncoderInput, width: int) -> Tensor:
    """Embed token ids as vectors; leave anything else unchanged. (T,) -> (T, width)."""
    if incoming.form != "tokens":
        return x
    return k.copy_mask(k.Embedding(incoming.cardinality, width, name="embedding")(x), x)


def convolution_names(count: int, block: int) -> list[str]:
    """Return the suffixes of a block's convolutions: `2` for one, `2a`, `2b` … for more."""
    return [f"{block}{letter}" for letter in "abcd"[:count]] if count > 1 else [str(block)]
