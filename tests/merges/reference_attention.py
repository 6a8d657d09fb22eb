"""References of the merges that attend, join by steps, or gate maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.merges.cases import Array, Data, MergeReference, Shape, Weights
from tests.merges.numerics import (
    attention,
    attention_weights,
    block_weights,
    dense,
    dense_weights,
    layer_norm,
    relu,
    sigmoid,
)


def _steps(x: Array) -> Array:
    """A vector as a sequence of one step."""
    return x if x.ndim == 3 else x[:, None, :]


def _block(x: Array, read: Array, w: Weights, name: str) -> Array:
    """One transformer block, its norms behind its sums."""
    x = layer_norm(x + attention(x, read, w[f"attention_{name}"]), w[f"attention_{name}_norm"])
    if f"feed_forward_{name}" not in w:
        return x
    fed = dense(relu(dense(x, w[f"feed_forward_{name}"])), w[f"feed_forward_{name}_out"])
    return layer_norm(x + fed, w[f"feed_forward_{name}_norm"])


def _projected(merge: Any, xs: list[Array], w: Weights) -> list[Array]:
    named = zip(merge.sources, xs, strict=True)
    return [dense(_steps(x), w[f"project_{s}"]) for s, x in named]


def _tokens(w: Weights, name: str, rows: int, count: int) -> Array:
    """Learned tokens, repeated for each sample."""
    (table,) = w[name]
    return np.repeat(table.reshape(1, count, -1), rows, axis=0)


def _time_concatenate(merge: Any, xs: list[Array], w: Weights) -> Array:
    steps = max(x.shape[1] for x in xs if x.ndim == 3)
    at_each = [
        np.concatenate([x[:, t] if x.ndim == 3 else x for x in xs], axis=-1) for t in range(steps)
    ]
    return np.stack(at_each, axis=1)


def _self_attention(merge: Any, xs: list[Array], w: Weights) -> Array:
    (marks,) = w["source"]
    x = np.concatenate([_steps(x) + mark for x, mark in zip(xs, marks, strict=True)], axis=1)
    for i in range(1, merge.blocks + 1):
        x = _block(x, x, w, str(i))
    return x if merge.readout == "sequence" else np.asarray(x.mean(axis=1))


def _self_attention_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    width = shapes[0][-1]
    block = block_weights(width, merge.heads, merge.feed_forward)
    return len(shapes) * width + int(merge.blocks) * block


def _cross_attention(merge: Any, xs: list[Array], w: Weights) -> Array:
    given = dict(zip(merge.sources, _projected(merge, xs, w), strict=True))
    pairs = [(m, n) for m in given for n in given if m != n]
    answered = [given[m] + attention(given[m], given[n], w[f"{m}_asks_{n}"]) for m, n in pairs]
    return np.concatenate([x.mean(axis=1) for x in answered], axis=-1)


def _cross_attention_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    pairs = len(shapes) * (len(shapes) - 1)
    pair = attention_weights(merge.units, merge.units, merge.heads, merge.units)
    return dense_weights(shapes, merge.units) + pairs * pair


def _attention(merge: Any, xs: list[Array], w: Weights) -> Array:
    asks, read = xs
    answer = attention(_steps(asks), read, w["attention"])
    return answer if asks.ndim == 3 else np.asarray(answer[:, 0])


def _attention_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    query, value = (shape[-1] for shape in shapes)
    return attention_weights(query, value, merge.heads, merge.units)


def _cls_token(merge: Any, xs: list[Array], w: Weights) -> Array:
    x = np.concatenate([_tokens(w, "cls", len(xs[0]), 1), np.stack(xs, axis=1)], axis=1)
    for i in range(1, merge.blocks + 1):
        x = _block(x, x, w, str(i))
    return np.asarray(x[:, 0])


def _cls_token_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    width = shapes[0][-1]
    return width + int(merge.blocks) * block_weights(width, merge.heads, merge.feed_forward)


def _perceiver(merge: Any, xs: list[Array], w: Weights) -> Array:
    steps = np.concatenate(_projected(merge, xs, w), axis=1)
    z = _block(_tokens(w, "latents", len(steps), merge.latents), steps, w, "read")
    for i in range(1, merge.blocks + 1):
        z = _block(z, z, w, str(i))
    return np.asarray(z.mean(axis=1))


def _perceiver_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    block = block_weights(merge.units, merge.heads, merge.feed_forward)
    latents = int(merge.latents * merge.units)
    return dense_weights(shapes, merge.units) + latents + (int(merge.blocks) + 1) * block


def _bottleneck(merge: Any, xs: list[Array], w: Weights) -> Array:
    streams = _projected(merge, xs, w)
    b = merge.tokens
    shared = _tokens(w, "bottleneck", len(xs[0]), b)
    for i in range(1, merge.blocks + 1):
        rows = [np.concatenate([shared, z], axis=1) for z in streams]
        named = zip(merge.sources, rows, strict=True)
        rows = [_block(row, row, w, f"{s}_{i}") for s, row in named]
        streams = [row[:, b:] for row in rows]
        shared = np.asarray(np.mean([row[:, :b] for row in rows], axis=0))
    return np.concatenate([z.mean(axis=1) for z in streams], axis=-1)


def _bottleneck_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    block = block_weights(merge.units, merge.heads, merge.feed_forward)
    tokens = int(merge.tokens * merge.units)
    return dense_weights(shapes, merge.units) + tokens + len(shapes) * int(merge.blocks) * block


def _squeeze_excite(merge: Any, xs: list[Array], w: Weights) -> Array:
    squeezed = np.concatenate([x.mean(axis=(1, 2)) for x in xs], axis=-1)
    joint = relu(dense(squeezed, w["joint"]))
    gates = [sigmoid(dense(joint, w[f"gate_{s}"])) for s in merge.sources]
    excited = [2 * x * gate[:, None, None] for x, gate in zip(xs, gates, strict=True)]
    if merge.join == "pool":
        excited = [x.mean(axis=(1, 2)) for x in excited]
    return np.concatenate(excited, axis=-1)


def _squeeze_excite_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    channels = sum(shape[-1] for shape in shapes)
    joint = max(1, channels // int(merge.reduction))
    return joint * (channels + 1) + channels * (joint + 1)


def _all_vectors(merge: Data, given: tuple[Shape, ...]) -> bool:
    return all(len(shape) == 1 for shape in given)


def _maps_of_many_sizes(merge: Data, given: tuple[Shape, ...]) -> bool:
    return merge["join"] == "channels" and len({shape[:2] for shape in given}) > 1


REFERENCES: dict[str, MergeReference] = {
    "time_concatenate": MergeReference(_time_concatenate, refuses=_all_vectors),
    "self_attention": MergeReference(_self_attention, _self_attention_weights),
    "cross_attention": MergeReference(_cross_attention, _cross_attention_weights),
    "attention": MergeReference(_attention, _attention_weights),
    "cls_token": MergeReference(_cls_token, _cls_token_weights),
    "perceiver": MergeReference(_perceiver, _perceiver_weights),
    "bottleneck": MergeReference(_bottleneck, _bottleneck_weights),
    "squeeze_excite": MergeReference(_squeeze_excite, _squeeze_excite_weights, _maps_of_many_sizes),
}
