"""References of the merges that multiply features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from tests.merges.cases import Array, MergeReference, Shape, Weights
from tests.merges.numerics import (
    dense,
    dense_weights,
    relu,
    sigmoid,
)


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
    bend: dict[str, Callable[[Array], Array]] = {
        "tanh": np.tanh,
        "sigmoid": sigmoid,
        "relu": relu,
        "linear": np.asarray,
    }
    sides = [
        bend[merge.activation](dense(x, w[f"hidden_{s}"]))
        for s, x in zip(merge.sources, xs, strict=True)
    ]
    return dense(np.prod(sides, axis=0), w["output"])


def _low_rank_bilinear_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return dense_weights(shapes, merge.hidden) + int(merge.units * (merge.hidden + 1))


def _factorized_bilinear(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = (dense(x, w[f"factors_{s}"]) for s, x in zip(merge.sources, xs, strict=True))
    starts = range(0, merge.units * merge.factors, merge.factors)
    z = np.add.reduceat(one * other, starts, axis=1)
    size = np.abs(z) + 1e-3
    signed = z / size * np.sqrt(size)
    return np.asarray(signed / np.sqrt(size.sum(axis=1, keepdims=True)))


def _factorized_bilinear_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return dense_weights(shapes, merge.units * merge.factors)


def _tucker(merge: Any, xs: list[Array], w: Weights) -> Array:
    one, other = (
        np.tanh(dense(x, w[f"hidden_{s}"])) for s, x in zip(merge.sources, xs, strict=True)
    )
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


REFERENCES: dict[str, MergeReference] = {
    "bilinear": MergeReference(_bilinear, _bilinear_weights),
    "tensor_fusion": MergeReference(_tensor_fusion),
    "low_rank_fusion": MergeReference(_low_rank_fusion, _low_rank_fusion_weights),
    "low_rank_bilinear": MergeReference(_low_rank_bilinear, _low_rank_bilinear_weights),
    "factorized_bilinear": MergeReference(_factorized_bilinear, _factorized_bilinear_weights),
    "tucker": MergeReference(_tucker, _tucker_weights),
    "hypernetwork": MergeReference(_hypernetwork, _hypernetwork_weights),
}
