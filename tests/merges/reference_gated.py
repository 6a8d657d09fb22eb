"""References of the merges that gate or condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.merges.cases import Array, MergeReference, Shape, Weights
from tests.merges.numerics import (
    dense,
    dense_weights,
    sigmoid,
    softmax,
)


def _gated(merge: Any, xs: list[Array], w: Weights) -> Array:
    seen = np.concatenate(xs, axis=-1)
    hidden = [np.tanh(dense(x, w[f"hidden_{s}"])) for s, x in zip(merge.sources, xs, strict=True)]
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


def _film_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return 2 * shapes[0][-1] * (shapes[1][-1] + 1)


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


REFERENCES: dict[str, MergeReference] = {
    "gated": MergeReference(_gated, _gated_weights),
    "film": MergeReference(_film, _film_weights),
    "cross_gate": MergeReference(
        _cross_gate, lambda merge, shapes: dense_weights(shapes, merge.units)
    ),
    "gated_residual": MergeReference(_gated_residual, _gated_residual_weights),
}
