"""What two sources tell about a label, either of them: the union information of two sources.

It is the least information that both can have together while each keeps its joint distribution with
the label (Bertschinger 2014).
"""

from __future__ import annotations

import numpy as np

from sample_data.core.arrays import Array

_TINY = 1e-300
_ROUNDS, _SCALINGS = 150, 20


def mutual_information(joint: Array) -> float:
    """Information, in bits, between source and label, of joint probabilities (source, label)."""
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    held = joint > 0
    return float(np.sum(joint[held] * np.log2(joint[held] / np.maximum(expected[held], _TINY))))


def union_information(first: Array, second: Array) -> float:
    """The union information, in bits, of sources with joint probabilities (A, Y) and (B, Y).

    Exact for two labels; for more an upper bound that iteration brings close.
    """
    if first.shape[1] == 2:
        return mutual_information(_join(first, second))
    return _least(first, second)


def _join(first: Array, second: Array) -> Array:
    """Joint probabilities (C, 2) of the least source that tells as much as either.

    Sources about two labels are ordered by their curves of hits against false alarms, and the least
    above two of them has the concave hull of both curves (Bertschinger and Rauh 2014). All that
    keeps both joint distributions tells at least as much, and drawing both sources from it tells no
    more: so its information is the union information.
    """
    label = first.sum(axis=0)
    points = np.concatenate([_curve(source / source.sum(axis=0)) for source in (first, second)])
    corners = _hull(points[np.lexsort((points[:, 1], points[:, 0]))])
    joint: Array = np.diff(corners, axis=0) * label
    return np.maximum(joint, 0)


def _curve(channel: Array) -> Array:
    """False alarms and hits (A + 1, 2) of thresholds on the odds of p(a | y), (A, 2)."""
    order = np.argsort(channel[:, 0] / np.maximum(channel.sum(axis=1), _TINY), kind="stable")
    return np.concatenate((np.zeros((1, 2)), np.minimum(channel[order].cumsum(axis=0), 1)))


def _hull(points: Array) -> Array:
    """Corners of the upper hull of points (N, 2) in order of x, from (0, 0) to (1, 1)."""
    corners: list[tuple[float, float]] = [(0.0, 0.0)]
    for x, y in [*map(tuple, points.tolist()), (1.0, 1.0)]:
        while len(corners) > 1 and _turns_up(corners[-2], corners[-1], (x, y)):
            corners.pop()
        corners.append((x, y))
    return np.array(corners)


def _turns_up(one: tuple[float, float], two: tuple[float, float], new: tuple[float, float]) -> bool:
    return (two[0] - one[0]) * (new[1] - one[1]) >= (two[1] - one[1]) * (new[0] - one[0])


def _least(first: Array, second: Array) -> float:
    """The least information over all joint distributions (Y, A, B) with both marginals.

    Alternates between the product p(y) r(a, b) and its projection on the marginals, by scaling
    (Csiszár and Tusnády 1984; Sinkhorn 1967), as the CVX estimator of Liang 2023 does by a solver.
    """
    label = first.sum(axis=0)[:, None, None]
    rows, columns = first.T[:, :, None], second.T[:, None, :]
    joint = rows * columns / np.maximum(label, _TINY)
    for _ in range(_ROUNDS):
        joint = joint.sum(axis=0)[None] * label
        for _ in range(_SCALINGS):
            joint = joint * (rows / np.maximum(joint.sum(axis=2, keepdims=True), _TINY))
            joint = joint * (columns / np.maximum(joint.sum(axis=1, keepdims=True), _TINY))
    return mutual_information(joint.reshape(len(joint), -1).T)
