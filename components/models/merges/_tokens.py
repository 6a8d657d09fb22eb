"""Helpers for merges with attention: steps on one axis, learned tokens and transformer blocks."""

from typing import Annotated

from components.models.merges.base import Keras, Tensor, Tensors, number, width

Heads = Annotated[
    int,
    number(
        ...,
        1,
        32,
        "Attention heads; each is width / heads wide, rounded down, 2 at least.",
        unit="heads",
    ),
]
Units = Annotated[int, width(..., 1024, "Width each source is projected to.")]
FeedForward = Annotated[
    int,
    number(
        ...,
        0,
        4096,
        "Width of the dense layer after each attention. 0 leaves it out.",
        step=16,
        unit="units",
    ),
]


def as_steps(k: Keras, source: str, x: Tensor) -> Tensor:
    """Return a sequence unchanged, and a vector as a sequence of one step. (d,) -> (1, d)."""
    if len(x.shape) == 3:
        return x
    return k.Reshape((1, x.shape[-1]), name=f"step_{source}")(x)


def project(k: Keras, source: str, x: Tensor, units: int) -> Tensor:
    """Project a source to steps of a given width. (T, d) or (d,) -> (T, units)."""
    return k.copy_mask(k.Dense(units, name=f"project_{source}")(as_steps(k, source, x)), x)


def concat_steps(k: Keras, xs: Tensors) -> Tensor:
    """Join the steps of all sequences, with their masks. (T_m, d) each -> (sum of T_m, d)."""
    row = k.ops.concatenate(xs, axis=1)
    if any(k.has_mask(x) for x in xs):
        k.set_mask(row, lambda: k.ops.concatenate([_data_mask(k, x) for x in xs], axis=1))
    return row


def _data_mask(k: Keras, x: Tensor) -> Tensor:
    """Return a mask (batch, steps), true where a step of `x` holds data."""
    steps = k.mask(x)
    if steps is not None:
        return steps
    return k.ops.ones_like(k.ops.take(x, 0, axis=-1), dtype="bool")


def padding_last(k: Keras, x: Tensor) -> Tensor:
    """Move the padding of `x` to the end; steps with data keep their order.

    Layers that read neighbouring steps, such as a convolution, then find no gap between two
    sources.
    """
    held = k.mask(x)
    if held is None:
        return x
    with k.annotate(hidden="mask"):
        order = k.ops.argsort(k.ops.cast(k.ops.logical_not(held), "int32"), axis=1)
        places = k.ops.expand_dims(order, -1)
    with k.annotate(hidden="bypass"):
        gathered = k.ops.take_along_axis(x, places, axis=1)
    return k.set_mask(gathered, lambda: k.ops.take_along_axis(held, order, axis=1))


def learned(k: Keras, x: Tensor, width: int, name: str) -> Tensor:
    """Return a learned vector, the same for each sample in the batch of `x`. -> (width,).

    It is the only row of an Embedding, looked up with a zero for each sample.
    """
    while len(x.shape) > 1:
        x = k.ops.take(x, 0, axis=-1)
    return k.Embedding(1, width, name=name)(k.ops.zeros_like(x, dtype="int32"))


def learned_tokens(k: Keras, x: Tensor, count: int, width: int, name: str) -> Tensor:
    """Return learned steps, the same for each sample in the batch of `x`. -> (count, width)."""
    row = learned(k, x, count * width, name)
    return k.Reshape((count, width), name=f"{name}_as_steps")(row)


def attend(k: Keras, query: Tensor, value: Tensor, heads: int, units: int, name: str) -> Tensor:
    """Apply multi-head attention that skips padding. (T1, d1), (T2, d2) -> (T1, units).

    Source: Vaswani 2017, section 3.2.2; keras.layers.MultiHeadAttention.
    """
    wide = {} if query.shape[-1] == units else {"output_shape": units}
    attention = k.MultiHeadAttention(heads, _inner_width(units, heads) // heads, name=name, **wide)
    return k.copy_mask(attention(query, value, value_mask=k.mask(value)), query)


def block(
    k: Keras, x: Tensor, heads: int, feed_forward: int, name: str, read: Tensor | None = None
) -> Tensor:
    """Apply norm(x + attention(x, read)), then norm(x + W2 relu(W1 x)). (T, d) -> (T, d).

    Without `read`, the steps of `x` attend to each other. Source: Vaswani 2017, section 3.1.
    """
    width = x.shape[-1]
    answer = attend(k, x, x if read is None else read, heads, width, f"attention_{name}")
    x = _add_and_normalise(k, x, answer, f"attention_{name}")
    if not feed_forward:
        return x
    hidden = k.Dense(feed_forward, activation="relu", name=f"feed_forward_{name}")(x)
    back = k.Dense(width, name=f"feed_forward_{name}_out")(hidden)
    return _add_and_normalise(k, x, back, f"feed_forward_{name}")


def _add_and_normalise(k: Keras, x: Tensor, change: Tensor, name: str) -> Tensor:
    """Return norm(x + change), with the mask of `x`."""
    return k.copy_mask(k.LayerNormalization(name=f"{name}_norm")(k.ops.add(x, change)), x)


def _inner_width(units: int, heads: int) -> int:
    """Return the width of all heads together.

    A head is at least 2 wide. On TensorFlow, Keras 3.15 adds the biases of heads of width 1 along
    the steps if there are as many steps as heads (`keras.ops.add` treats them as a vector).
    """
    return heads * max(2, units // heads)
