"""The outputs of merges, in NumPy alone, and their numbers of weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from math import erf
from typing import Any

import numpy as np

from tests.models.merges.cases import Array, Data, MergeReference, Shape, Weights
from tests.models.merges.numerics import (
    attention,
    attention_weights,
    block_weights,
    dense,
    dense_weights,
    layer_norm,
    relu,
    sigmoid,
    softmax,
)

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": relu,
    "gelu": lambda x: np.asarray(x * (1 + np.vectorize(erf)(x / np.sqrt(2))) / 2),
    "silu": lambda x: np.asarray(x * sigmoid(x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "linear": lambda x: x,
}


def _dot(merge: Any, xs: list[Array], w: Any) -> Array:
    one, other = xs
    dot = (one * other).sum(-1, keepdims=True)
    if not merge.normalize:
        return np.asarray(dot)
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.asarray(dot / lengths[:, None])


def _euclidean_distance(merge: Any, xs: list[Array], w: Any) -> Array:
    squares = ((xs[0] - xs[1]) ** 2).sum(-1, keepdims=True)
    return np.asarray(np.sqrt(np.maximum(squares, 1e-7)))


def _each(merge: Any, xs: list[Array], w: Weights, layer: str) -> list[Array]:
    """Return each source after its own linear layer."""
    return [dense(x, w[f"{layer}_{s}"]) for s, x in zip(merge.sources, xs, strict=True)]


def _comparator(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = xs
    (matrix,) = w["turned"]
    dot = np.einsum("bd,bd->b", one, other)[:, None]
    bilinear = np.einsum("bi,ij,bj->b", one, matrix, other)[:, None]
    return np.concatenate([dot, one * other, np.abs(one - other), bilinear], axis=-1)


def _layer_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    """Count the weights of a dense layer for each source."""
    return dense_weights(shapes, merge.units)


def _weighted_sum(merge: Any, xs: list[Array], w: Weights) -> Array:
    (scores,) = w["shares"]
    return np.asarray(sum(a * x for a, x in zip(softmax(scores)[0], xs, strict=True)))


def _project_aggregate(merge: Any, xs: list[Array], w: Weights) -> Array:
    projected = [ACTIVATIONS[merge.activation](x) for x in _each(merge, xs, w, "projection")]
    return np.asarray(sum(projected) / len(xs))


def _stacking(merge: Any, xs: list[Array], w: Weights) -> Array:
    predictions = [ACTIVATIONS[merge.activation](x) for x in _each(merge, xs, w, "expert")]
    return dense(np.concatenate(predictions, axis=-1), w["stacked"])


def _stacking_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    outputs = int(merge.outputs)
    return dense_weights(shapes, outputs) + outputs * (len(shapes) * outputs + 1)


def _mixture_of_experts(merge: Any, xs: list[Array], w: Weights) -> Array:
    experts = [ACTIVATIONS[merge.activation](x) for x in _each(merge, xs, w, "expert")]
    gate = softmax(dense(np.concatenate(xs, axis=-1), w["gate"]))
    return np.asarray(sum(gate[:, [m]] * expert for m, expert in enumerate(experts)))


def _mixture_of_experts_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    total = sum(shape[-1] for shape in shapes)
    return dense_weights(shapes, merge.units) + len(shapes) * (total + 1)


def _multi_gate(merge: Any, xs: list[Array], w: Weights) -> Array:
    gate = softmax(dense(np.concatenate(xs, axis=-1), w["gate"]))
    return np.asarray(sum(gate[:, [m]] * x for m, x in enumerate(xs)))


def _multi_gate_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return len(shapes) * (sum(shape[-1] for shape in shapes) + 1)


def _gated(merge: Any, xs: list[Array], w: Weights) -> Array:
    seen = np.concatenate(xs, axis=-1)
    hidden = [np.tanh(x) for x in _each(merge, xs, w, "hidden")]
    if len(xs) == 2:
        z = sigmoid(dense(seen, w["gate"]))
        return np.asarray(z * hidden[0] + (1 - z) * hidden[1])
    scores = dense(seen, w["scores"]).reshape(len(seen), len(xs), merge.units)
    gates = sigmoid(scores) if merge.gates == "sigmoid" else softmax(scores, axis=1)
    return np.asarray((gates * np.stack(hidden, axis=1)).sum(axis=1))


def _gated_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    total, count = sum(shape[-1] for shape in shapes), len(shapes)
    gates = 1 if count == 2 else count
    return dense_weights(shapes, merge.units) + int(merge.units) * gates * (total + 1)


def _film(merge: Any, xs: list[Array], w: Weights) -> Array:
    target, condition = xs
    shape = (len(condition), *(1 for _ in target.shape[1:-1]), -1)
    gamma = dense(condition, w["gamma"]).reshape(shape)
    beta = dense(condition, w["beta"]).reshape(shape)
    return np.asarray((1 + gamma) * target + beta)


def _cross_gate(merge: Any, xs: list[Array], w: Weights) -> Array:
    gating, filtered = merge.sources
    gate = sigmoid(dense(xs[0], w[f"gate_{gating}"]))
    return np.asarray(gate * dense(xs[1], w[f"hidden_{filtered}"]))


def _gated_residual(merge: Any, xs: list[Array], w: Weights) -> Array:
    fused = []
    for i, name in enumerate(merge.sources):
        others = np.concatenate(xs[:i] + xs[i + 1 :], axis=-1)
        (gate,) = w[f"gate_{name}"]
        fused.append(xs[i] + np.tanh(gate[0]) * dense(others, w[f"cross_{name}"]))
    if merge.join == "concatenate":
        return np.concatenate(fused, axis=-1)
    return np.asarray(np.sum(fused, axis=0) / (len(xs) if merge.join == "mean" else 1))


def _gated_residual_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    count, width = len(shapes), shapes[0][-1]
    return count * (count - 1) * width**2 + 2 * count * width


def _with_one(x: Array) -> Array:
    return np.concatenate([np.ones((len(x), 1)), x], axis=1)


def _bilinear(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = xs
    kernel, bias = w["bilinear"]
    tensor = kernel.reshape(one.shape[1], other.shape[1], merge.units)
    linear = sum(x @ w[f"linear_{s}"][0] for s, x in zip(merge.sources, xs, strict=True))
    crossed = [
        [a @ tensor[:, :, unit] @ b for unit in range(merge.units)]
        for a, b in zip(one, other, strict=True)
    ]
    return np.asarray(crossed) + linear + bias


def _bilinear_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    one, other = (shape[-1] for shape in shapes)
    return int(merge.units) * (one * other + one + other + 1)


def _tensor_fusion(merge: Any, xs: list[Array], w: Weights) -> Array:
    rows = zip(*map(_with_one, xs), strict=True)
    return np.array([[np.prod(numbers) for numbers in product(*row)] for row in rows])


def _low_rank_fusion(merge: Any, xs: list[Array], w: Weights) -> Array:
    (weight, bias), rank = w["weighted_sum"], merge.factors
    total = np.zeros((len(xs[0]), merge.units))
    for r in range(rank):
        factors = [np.vstack([w[f"factors_{s}"][1], w[f"factors_{s}"][0]]) for s in merge.sources]
        sides = [_with_one(x) @ f[:, r::rank] for x, f in zip(xs, factors, strict=True)]
        total += weight[r] * reduce(np.multiply, sides)
    return np.asarray(total + bias)


def _low_rank_fusion_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return dense_weights(shapes, merge.factors * merge.units) + int(merge.factors + merge.units)


def _low_rank_bilinear(merge: Any, xs: list[Array], w: Weights) -> Array:
    sides = [ACTIVATIONS[merge.activation](x) for x in _each(merge, xs, w, "hidden")]
    return dense(np.prod(sides, axis=0), w["output"])


def _factorized_bilinear(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = _each(merge, xs, w, "factors")
    starts = range(0, merge.units * merge.factors, merge.factors)
    z = np.add.reduceat(one * other, starts, axis=1)
    size = np.abs(z) + 1e-3
    signed = z / size * np.sqrt(size)
    return np.asarray(signed / np.sqrt(size.sum(axis=1, keepdims=True)))


def _tucker(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = map(np.tanh, _each(merge, xs, w, "hidden"))
    core = np.zeros((len(one), merge.hidden))
    for r in range(merge.factors):
        part = slice(r * merge.hidden, (r + 1) * merge.hidden)
        m, n = ([v[..., part] for v in w[f"core_{s}"]] for s in merge.sources)
        core += dense(one, m) * dense(other, n)
    return dense(core, w["output"])


def _tucker_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    core = 2 * merge.factors * merge.hidden * (merge.hidden + 1)
    output = merge.units * (merge.hidden + 1)
    return dense_weights(shapes, merge.hidden) + int(core + output)


def _hypernetwork(merge: Any, xs: list[Array], w: Weights) -> Array:
    through, maker = xs
    if merge.bottleneck:
        maker = dense(maker, w["bottleneck"])
    kernels, biases = dense(maker, w["make_weights"]), dense(maker, w["make_bias"])
    made = [
        x @ kernel.reshape(len(x), merge.units) + bias
        for x, kernel, bias in zip(through, kernels, biases, strict=True)
    ]
    return np.array(made)


def _hypernetwork_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    through, maker = (shape[-1] for shape in shapes)
    bottleneck, units = int(merge.bottleneck), int(merge.units)
    return units * (through + 1) * ((bottleneck or maker) + 1) + bottleneck * (maker + 1)


def _steps(x: Array) -> Array:
    """Return a vector as a sequence of one step."""
    return x if x.ndim == 3 else x[:, None, :]


def _block(x: Array, read: Array, w: Weights, name: str) -> Array:
    """Return the output of one transformer block, with its norms after its sums."""
    x = layer_norm(x + attention(x, read, w[f"attention_{name}"]), w[f"attention_{name}_norm"])
    if f"feed_forward_{name}" not in w:
        return x
    fed = dense(relu(dense(x, w[f"feed_forward_{name}"])), w[f"feed_forward_{name}_out"])
    return layer_norm(x + fed, w[f"feed_forward_{name}_norm"])


def _projected(merge: Any, xs: list[Array], w: Weights) -> list[Array]:
    named = zip(merge.sources, xs, strict=True)
    return [dense(_steps(x), w[f"project_{s}"]) for s, x in named]


def _tokens(w: Weights, name: str, rows: int, count: int) -> Array:
    """Return learned tokens, repeated for each sample."""
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


def _maps_of_many_sizes(merge: Data, given: tuple[Shape, ...]) -> bool:
    return merge["join"] == "channels" and len({shape[:2] for shape in given}) > 1


REFERENCES: dict[str, MergeReference] = {
    "absolute_difference": MergeReference(lambda merge, xs, w: np.abs(xs[0] - xs[1])),
    "add": MergeReference(lambda merge, xs, w: np.sum(xs, axis=0)),
    "average": MergeReference(lambda merge, xs, w: np.mean(xs, axis=0)),
    "concatenate": MergeReference(lambda merge, xs, w: np.concatenate(xs, axis=-1)),
    "dot": MergeReference(_dot),
    "euclidean_distance": MergeReference(_euclidean_distance),
    "maximum": MergeReference(lambda merge, xs, w: np.max(xs, axis=0)),
    "minimum": MergeReference(lambda merge, xs, w: np.min(xs, axis=0)),
    "multiply": MergeReference(lambda merge, xs, w: np.prod(xs, axis=0)),
    "subtract": MergeReference(lambda merge, xs, w: xs[0] - xs[1]),
    "comparator": MergeReference(_comparator, lambda merge, shapes: shapes[0][-1] ** 2),
    "concatenate_product": MergeReference(
        lambda merge, xs, w: np.concatenate([*xs, np.prod(xs, axis=0)], axis=-1)
    ),
    "weighted_sum": MergeReference(_weighted_sum, lambda merge, shapes: len(shapes)),
    "project_aggregate": MergeReference(_project_aggregate, _layer_weights),
    "late_sum": MergeReference(
        lambda merge, xs, w: np.asarray(sum(_each(merge, xs, w, "logits"))),
        lambda merge, shapes: dense_weights(shapes, merge.outputs),
    ),
    "stacking": MergeReference(_stacking, _stacking_weights),
    "mixture_of_experts": MergeReference(_mixture_of_experts, _mixture_of_experts_weights),
    "multi_gate": MergeReference(_multi_gate, _multi_gate_weights),
    "gated": MergeReference(_gated, _gated_weights),
    "film": MergeReference(_film, lambda merge, shapes: 2 * shapes[0][-1] * (shapes[1][-1] + 1)),
    "cross_gate": MergeReference(_cross_gate, _layer_weights),
    "gated_residual": MergeReference(_gated_residual, _gated_residual_weights),
    "bilinear": MergeReference(_bilinear, _bilinear_weights),
    "tensor_fusion": MergeReference(_tensor_fusion),
    "low_rank_fusion": MergeReference(_low_rank_fusion, _low_rank_fusion_weights),
    "low_rank_bilinear": MergeReference(
        _low_rank_bilinear,
        lambda merge, shapes: (
            dense_weights(shapes, merge.hidden) + merge.units * (merge.hidden + 1)
        ),
    ),
    "factorized_bilinear": MergeReference(
        _factorized_bilinear,
        lambda merge, shapes: dense_weights(shapes, merge.units * merge.factors),
    ),
    "tucker": MergeReference(_tucker, _tucker_weights),
    "hypernetwork": MergeReference(_hypernetwork, _hypernetwork_weights),
    "time_concatenate": MergeReference(
        _time_concatenate, refuses=lambda merge, given: all(len(shape) == 1 for shape in given)
    ),
    "self_attention": MergeReference(_self_attention, _self_attention_weights),
    "cross_attention": MergeReference(_cross_attention, _cross_attention_weights),
    "attention": MergeReference(_attention, _attention_weights),
    "cls_token": MergeReference(_cls_token, _cls_token_weights),
    "perceiver": MergeReference(_perceiver, _perceiver_weights),
    "bottleneck": MergeReference(_bottleneck, _bottleneck_weights),
    "squeeze_excite": MergeReference(_squeeze_excite, _squeeze_excite_weights, _maps_of_many_sizes),
}
