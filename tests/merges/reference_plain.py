"""References of the merges without weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.merges.cases import Array, MergeReference


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
}
