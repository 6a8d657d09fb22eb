"""Functions that write common layers: dense blocks, readouts, pooling and masks of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from components.core.errors import ShapeError
from components.core.fields import PerLayer
from components.core.recorder import Keras, Tensor
from components.core.text import plural

LOWEST = -1e9
"""The value of padded steps when a maximum is taken."""


class BlockOptions(Protocol):
    """Fields of encoders with blocks."""

    @property
    def activation(self) -> str: ...

    @property
    def normalization(self) -> str: ...

    @property
    def dropout(self) -> float: ...


class StackOptions(BlockOptions, Protocol):
    """Fields of encoders with a stack of dense layers."""

    @property
    def depth(self) -> int: ...

    @property
    def units(self) -> PerLayer: ...


class ReadoutOptions(Protocol):
    """Fields of encoders that end in a readout."""

    @property
    def activation(self) -> str: ...

    @property
    def readout(self) -> str: ...

    @property
    def projection(self) -> int: ...


def add_dropout(k: Keras, x: Tensor, rate: float, name: str) -> Tensor:
    """`x` after a Dropout layer, unless the rate is zero."""
    return k.copy_mask(k.Dropout(rate, name=name)(x), x) if rate else x


def normalize(k: Keras, x: Tensor, kind: str, name: str) -> Tensor:
    """`x` after BatchNormalization or LayerNormalization, unless the kind is `none`."""
    if kind == "none":
        return x
    if kind == "layer":
        return k.copy_mask(k.LayerNormalization(name=name)(x), x)
    return k.copy_mask(k.BatchNormalization(name=name)(x, mask=k.mask(x)), x)


def activate(k: Keras, x: Tensor, activation: str, name: str) -> Tensor:
    """`x` after an Activation layer, unless it is linear."""
    return x if activation == "linear" else k.copy_mask(k.Activation(activation, name=name)(x), x)


def activation_at(index: int, depth: int, activation: str, last: str) -> str:
    """The activation of a layer of a stack: the last one may have its own, from depth 2."""
    return last if index == depth > 1 and last != "same" else activation


def own_activation(like: BlockOptions, activation: str = "") -> str | None:
    """The activation inside a layer: none if a normalisation comes in between.

    It is that of `like`, unless another one is given.
    """
    return (activation or like.activation) if like.normalization == "none" else None


def norm_and_activation(
    k: Keras, x: Tensor, like: BlockOptions, index: str | int, activation: str = ""
) -> Tensor:
    """`x` after normalisation and activation; unchanged if the layer itself activates.

    The activation is that of `like`, unless another one is given.
    """
    if like.normalization == "none":
        return x
    x = normalize(k, x, like.normalization, f"normalization_{index}")
    return activate(k, x, activation or like.activation, f"activation_{index}")


def per_layer(value: PerLayer, count: int, field: str) -> tuple[int, ...]:
    """A number for each of `count` layers. Raises `ShapeError` for a list of another length."""
    if isinstance(value, int):
        return (value,) * count
    if count and len(value) != count:
        raise ShapeError(
            f"A list of {field} needs one number for each layer.",
            f"{plural(len(value), 'number')} for {plural(count, 'layer')}",
            f"Write {plural(count, 'number')}, or one for all layers.",
            (field,),
        )
    return value


def filters_of(filters: PerLayer, widen: bool, depth: int) -> tuple[int, ...]:
    """The filters of each block; with `widen` each has twice as many as the one before.

    Raises `ShapeError` for a list that is to be widened, or that has another length.
    """
    if not widen:
        return per_layer(filters, depth, "filters")
    if not isinstance(filters, int):
        raise ShapeError(
            "`widen` can only double one number of filters.",
            "a list of filters",
            "Turn `widen` off, or write one number of filters.",
            ("widen",),
        )
    return tuple(filters * 2**i for i in range(depth))


def dense_stack(
    k: Keras,
    x: Tensor,
    like: StackOptions,
    first: int = 1,
    *,
    units: PerLayer | None = None,
    last: str = "same",
) -> Tensor:
    """`x` after dense blocks number `first` to `depth`. (..., d) -> (..., units).

    If `first` is above 1, `x` comes from another kind of block, whose dropout is added here.
    `units` stands for those of `like`. From depth 2, the last block has the activation `last`,
    unless that is `same`.
    """
    if first > 1:
        x = add_dropout(k, x, like.dropout, f"dropout_{first - 1}")
    blocks = range(first, like.depth + 1)
    widths = per_layer(like.units if units is None else units, len(blocks), "units")
    for i, width in zip(blocks, widths, strict=False):
        activation = activation_at(i, like.depth, like.activation, last)
        inside = own_activation(like, activation)
        y = k.copy_mask(k.Dense(width, activation=inside, name=f"dense_{i}")(x), x)
        y = norm_and_activation(k, y, like, i, activation)
        x = add_dropout(k, y, like.dropout, f"dropout_{i}")
    return x


def flatten(k: Keras, x: Tensor, field: str) -> Tensor:
    """`x` as one vector, padding as zeros. Raises `ShapeError` at an open length."""
    if None in x.shape[1:]:
        raise ShapeError(
            "Flatten needs a fixed length.",
            f"{field} = flatten on steps of any number",
            "Set the input's length, or choose the readout average or max.",
            (field,),
        )
    return k.Flatten(name="flatten")(k.fill_padding(x))


def average(k: Keras, x: Tensor, name: str = "average") -> Tensor:
    """The mean over all steps that hold data, or over a map. (T, d) or (H, W, d) -> (d,)."""
    if len(x.shape) == 4:
        return k.GlobalAveragePooling2D(name=name)(x)
    return k.GlobalAveragePooling1D(name=name)(x, mask=k.mask(x))


def maximum(k: Keras, x: Tensor) -> Tensor:
    """The maximum over all steps that hold data, or over a map. (T, d) or (H, W, d) -> (d,)."""
    if len(x.shape) == 4:
        return k.GlobalMaxPooling2D(name="maximum")(x)
    return k.GlobalMaxPooling1D(name="maximum")(k.fill_padding(x, LOWEST))


def minimum(k: Keras, x: Tensor) -> Tensor:
    """The minimum over all steps that hold data. (T, d) -> (d,)."""
    return k.ops.min(k.fill_padding(x, -LOWEST), axis=1)


def max_pool(k: Keras, x: Tensor, size: int, name: str) -> Tensor:
    """The maximum of every `size` steps, of those that hold data. (T, d) -> (T / size, d).

    Steps left over at the end are dropped as Keras does, but kept where there is padding, since
    nobody knows then where the data ends.
    """
    if not k.has_mask(x):
        return k.MaxPooling1D(size, name=name)(x)
    # Keras would put half of what is missing in front, and so move the windows with the length.
    more = [[0, 0], [0, size - 1], [0, 0]]
    with k.annotate(hidden="bypass"):
        whole = k.ops.pad(k.fill_padding(x, LOWEST), more, constant_values=LOWEST)
    y = k.MaxPooling1D(size, name=name)(whole)

    def steps() -> Tensor:
        held = k.ops.pad(k.ops.cast(k.mask_column(x), "float32"), more)
        kept = k.ops.max_pool(held, size, strides=size, padding="valid")
        return k.ops.squeeze(k.ops.not_equal(kept, 0.0), axis=-1)

    return k.fill_padding(k.set_mask(y, steps))


def apply_readout(k: Keras, x: Tensor, how: str) -> Tensor:
    """A sequence or a map by one of the readouts: flatten, average, max, last, or left as it is."""
    if how == "flatten":
        return flatten(k, x, "readout")
    if how == "average":
        return average(k, x)
    if how == "last" and len(x.shape) == 3:
        return step_at(k, x, "last")
    return maximum(k, x) if how == "max" else x


def finish(k: Keras, x: Tensor, like: ReadoutOptions, activation: str = "same") -> Tensor:
    """`x` after the readout, and the dense layer at the end of the branch if it has one.

    That layer has the activation of `like`, unless another one is given.
    """
    x = apply_readout(k, x, like.readout)
    if not like.projection:
        return x
    own = like.activation if activation == "same" else activation
    dense = k.Dense(like.projection, activation=own, name="projection")
    return k.copy_mask(dense(x), x)


def step_numbers(k: Keras, x: Tensor) -> Tensor:
    """The number of each step, from 1. (T,) or (T, d) -> (T,), whole numbers."""
    with k.annotate(hidden="mask"):
        steps = x if len(x.shape) == 2 else k.ops.max(x, axis=-1)
        numbers = k.ops.cumsum(k.ops.ones_like(steps, dtype="int32"), axis=1)
    return numbers


def step_at(k: Keras, x: Tensor, end: Literal["first", "last"]) -> Tensor:
    """The first or the last step that holds data. (T, d) -> (d,)."""
    mask = k.mask(x)
    if mask is None:
        return k.ops.take(x, 0 if end == "first" else -1, axis=1)
    with k.annotate(hidden="mask"):
        held = k.ops.cast(mask, "int32")
        number = held if end == "first" else k.ops.multiply(held, step_numbers(k, mask))
        index = k.ops.expand_dims(k.ops.argmax(number, axis=1, keepdims=True), axis=-1)
    step = k.ops.take_along_axis(x, index, axis=1)
    with k.annotate(hidden="bypass"):
        step = k.ops.squeeze(step, axis=1)
    return step


def keep_one_step(k: Keras, held: Tensor) -> Tensor:
    """A mask (batch, steps) whose first step counts where no other does."""
    index = k.ops.cumsum(k.ops.cast(k.ops.ones_like(held), "int32"), axis=1)
    none = k.ops.logical_not(k.ops.any(held, axis=1, keepdims=True))
    return k.ops.logical_or(held, k.ops.logical_and(none, k.ops.equal(index, 1)))


def any_mask(k: Keras, masks: Sequence[Tensor | None]) -> Tensor:
    """A mask that holds where any of several of the same length does."""
    first, *rest = [mask for mask in masks if mask is not None]
    for mask in rest:
        first = k.ops.logical_or(first, mask)
    return first


def any_present(k: Keras, there: Sequence[Tensor]) -> Tensor:
    """Return 1 for a sample that has any of several inputs, else 0, (1,)."""
    if len(there) == 1:
        return there[0]
    with k.annotate(hidden="mask"):
        return k.ops.max(k.ops.concatenate(list(there), axis=1), axis=1, keepdims=True)


def one(k: Keras, x: Tensor) -> Tensor:
    """A one for each sample, of the rank of `x`. (..., d) -> (1, ..., 1).

    A Dense layer of n units without bias that reads it holds n trainable numbers, and gives them
    to every sample. Pictures leave the one out: nothing of `x` but the size of the batch goes in.
    """
    axes = list(range(1, len(x.shape)))
    with k.annotate(hidden="mask"):
        ones = k.ops.ones_like(k.ops.mean(x, axis=axes, keepdims=True))
    return ones
