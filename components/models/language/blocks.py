"""Functions that add common layers: dense blocks, readouts, pooling and masks of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from components.base.errors import ShapeError
from components.base.text import plural
from components.models.language.fields import PerLayer
from components.models.language.recorder import Keras, Tensor

LOWEST = -1e9
"""Value of padded steps when a maximum is taken."""


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
    """Apply a Dropout layer to `x`, unless the rate is zero."""
    return k.copy_mask(k.Dropout(rate, name=name)(x), x) if rate else x


def normalize(k: Keras, x: Tensor, kind: str, name: str) -> Tensor:
    """Apply BatchNormalization or LayerNormalization to `x`, unless the kind is `none`."""
    if kind == "none":
        return x
    if kind == "layer":
        return k.copy_mask(k.LayerNormalization(name=name)(x), x)
    return k.copy_mask(k.BatchNormalization(name=name)(x, mask=k.mask(x)), x)


def activate(k: Keras, x: Tensor, activation: str, name: str) -> Tensor:
    """Apply an Activation layer to `x`, unless it is linear."""
    return x if activation == "linear" else k.copy_mask(k.Activation(activation, name=name)(x), x)


def activation_at(index: int, depth: int, activation: str, last: str) -> str:
    """Return the activation of a layer in a stack; from depth 2, the last may have its own."""
    return last if index == depth > 1 and last != "same" else activation


def own_activation(like: BlockOptions, activation: str = "") -> str | None:
    """Return the activation inside a layer; `None` if a normalisation follows the layer.

    It is that of `like`, unless another one is given.
    """
    return (activation or like.activation) if like.normalization == "none" else None


def norm_and_activation(
    k: Keras, x: Tensor, like: BlockOptions, index: str | int, activation: str = ""
) -> Tensor:
    """Apply normalisation and activation to `x`; unchanged if the layer itself activates.

    The activation is that of `like`, unless another one is given.
    """
    if like.normalization == "none":
        return x
    x = normalize(k, x, like.normalization, f"normalization_{index}")
    return activate(k, x, activation or like.activation, f"activation_{index}")


def per_layer(value: PerLayer, count: int, field: str) -> tuple[int, ...]:
    """Return a number for each of `count` layers. Raises `ShapeError` if a list does not fit."""
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
    """Return the filters of each block; with `widen`, each block has twice as many as the last.

    Raises `ShapeError` if `widen` is used with a list, or if a list has another length.
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
    """Apply dense blocks number `first` to `depth` to `x`. (..., d) -> (..., units).

    If `first` is above 1, `x` comes from another kind of block, whose dropout is added here.
    `units` replaces those of `like`. From depth 2, the last block has the activation `last`, unless
    that is `same`.
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
    """Flatten `x` to one vector, with padding as zeros. Raises `ShapeError` if a length is open."""
    if None in x.shape[1:]:
        raise ShapeError(
            "Flatten needs a fixed length.",
            f"{field} = flatten on steps of any number",
            "Set the input's length, or choose the readout average or max.",
            (field,),
        )
    return k.Flatten(name="flatten")(k.fill_padding(x))


def average(k: Keras, x: Tensor, name: str = "average") -> Tensor:
    """Return the mean over all steps that hold data, or over a map. (T, d) or (H, W, d) -> (d,)."""
    if len(x.shape) == 4:
        return k.GlobalAveragePooling2D(name=name)(x)
    return k.GlobalAveragePooling1D(name=name)(x, mask=k.mask(x))


def maximum(k: Keras, x: Tensor) -> Tensor:
    """Return the maximum over the steps that hold data, or over a map.

    (T, d) or (H, W, d) -> (d,).
    """
    if len(x.shape) == 4:
        return k.GlobalMaxPooling2D(name="maximum")(x)
    return k.GlobalMaxPooling1D(name="maximum")(k.fill_padding(x, LOWEST))


def minimum(k: Keras, x: Tensor) -> Tensor:
    """Return the minimum over all steps that hold data. (T, d) -> (d,)."""
    return k.ops.min(k.fill_padding(x, -LOWEST), axis=1)


def max_pool(k: Keras, x: Tensor, size: int, name: str) -> Tensor:
    """Return the maximum over windows of `size` steps, without padding. (T, d) -> (T / size, d).

    Steps left over at the end are dropped, as in Keras. With a mask they are kept, because the end
    of the data is unknown.
    """
    if not k.has_mask(x):
        return k.MaxPooling1D(size, name=name)(x)
    # Keras would add half of the padding in front, so the windows would depend on the length.
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
    """Apply one of the readouts to a sequence or a map: flatten, average, max, last, or none."""
    if how == "flatten":
        return flatten(k, x, "readout")
    if how == "average":
        return average(k, x)
    if how == "last" and len(x.shape) == 3:
        return step_at(k, x, "last")
    return maximum(k, x) if how == "max" else x


def finish(k: Keras, x: Tensor, like: ReadoutOptions, activation: str = "same") -> Tensor:
    """Apply the readout to `x`, and the dense layer at the end of the branch, if there is one.

    That layer has the activation of `like`, unless another one is given.
    """
    x = apply_readout(k, x, like.readout)
    if not like.projection:
        return x
    own = like.activation if activation == "same" else activation
    dense = k.Dense(like.projection, activation=own, name="projection")
    return k.copy_mask(dense(x), x)


def step_numbers(k: Keras, x: Tensor) -> Tensor:
    """Return the number of each step, from 1. (T,) or (T, d) -> (T,), whole numbers."""
    with k.annotate(hidden="mask"):
        steps = x if len(x.shape) == 2 else k.ops.max(x, axis=-1)
        numbers = k.ops.cumsum(k.ops.ones_like(steps, dtype="int32"), axis=1)
    return numbers


def step_at(k: Keras, x: Tensor, end: Literal["first", "last"]) -> Tensor:
    """Return the first or the last step that holds data. (T, d) -> (d,)."""
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
    """Set the first step of a mask (batch, steps) to true in samples where no step is."""
    index = k.ops.cumsum(k.ops.cast(k.ops.ones_like(held), "int32"), axis=1)
    none = k.ops.logical_not(k.ops.any(held, axis=1, keepdims=True))
    return k.ops.logical_or(held, k.ops.logical_and(none, k.ops.equal(index, 1)))


def any_mask(k: Keras, masks: Sequence[Tensor | None]) -> Tensor:
    """Return a mask that is true where any of several masks of the same length is."""
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


def constant_one(k: Keras, x: Tensor) -> Tensor:
    """Return a one for each sample, with the rank of `x`. (..., d) -> (1, ..., 1).

    A Dense layer of n units without bias that reads it holds n trainable numbers, which are the
    same for every sample. Pictures leave the one out: it depends on `x` only by the batch size.
    """
    axes = list(range(1, len(x.shape)))
    with k.annotate(hidden="mask"):
        ones = k.ops.ones_like(k.ops.mean(x, axis=axes, keepdims=True))
    return ones
