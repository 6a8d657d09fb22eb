"""References of the merges that compare, weigh, or decide for each source on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import erf
from typing import Any

import numpy as np

from tests.merges.cases import Array, MergeReference, Shape, Weights
from tests.merges.numerics import (
    dense,
    dense_weights,
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


def _each(merge: Any, xs: list[Array], w: Weights, layer: str) -> list[Array]:
    """Each source behind its own linear layer."""
    return [dense(x, w[f"{layer}_{s}"]) for s, x in zip(merge.sources, xs, strict=True)]


def _comparator(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = xs
    (matrix,) = w["turned"]
    dot = np.einsum("bd,bd->b", one, other)[:, None]
    bilinear = np.einsum("bi,ij,bj->b", one, matrix, other)[:, None]
    return np.concatenate([dot, one * other, np.abs(one - other), bilinear], axis=-1)


def _comparator_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return int(shapes[0][-1] ** 2)


def _concatenate_product(merge: Any, xs: list[Array], w: Weights) -> Array:
    return np.concatenate([*xs, np.prod(xs, axis=0)], axis=-1)


def _weighted_sum(merge: Any, xs: list[Array], w: Weights) -> Array:
    (scores,) = w["shares"]
    return np.asarray(sum(a * x for a, x in zip(softmax(scores)[0], xs, strict=True)))


def _weighted_sum_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return len(shapes)


def _project_aggregate(merge: Any, xs: list[Array], w: Weights) -> Array:
    projected = [ACTIVATIONS[merge.activation](x) for x in _each(merge, xs, w, "projection")]
    return np.asarray(sum(projected) / len(xs))


def _project_aggregate_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return dense_weights(shapes, merge.units)


def _late_sum(merge: Any, xs: list[Array], w: Weights) -> Array:
    return np.asarray(sum(_each(merge, xs, w, "logits")))


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


REFERENCES: dict[str, MergeReference] = {
    "comparator": MergeReference(_comparator, _comparator_weights),
    "concatenate_product": MergeReference(_concatenate_product),
    "weighted_sum": MergeReference(_weighted_sum, _weighted_sum_weights),
    "project_aggregate": MergeReference(_project_aggregate, _project_aggregate_weights),
    "late_sum": MergeReference(
        _late_sum, lambda merge, shapes: dense_weights(shapes, merge.outputs)
    ),
    "stacking": MergeReference(_stacking, _stacking_weights),
    "mixture_of_experts": MergeReference(_mixture_of_experts, _mixture_of_experts_weights),
}
