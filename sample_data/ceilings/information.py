"""Spread of the information about a label over inputs: redundant, unique, synergistic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from components.models.architecture.architecture import Architecture
from sample_data.ceilings import MOST_CLASSES
from sample_data.ceilings.estimator import CeilingEstimator, summary
from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout
from sample_data.loading.synthetic import plan_of
from sample_data.relations.base import Relation

_GROUPS, _GROUPINGS = 16, 10
_NOTHING = 1e-6
_MOST_ATOMS = 30000
_TINY = 1e-300
_ROUNDS, _SCALINGS = 150, 20


@dataclass(frozen=True)
class Information:
    """Bits about the label of the first head; `unique` by input name, `error` of each, 0 if exact.

    Two inputs: the decomposition of Bertschinger 2014, which Liang 2023 uses. More: an input's
    unique information is that against all others together, redundancy is the least that an input
    shares with all others, and synergy is the rest, so it holds what some inputs share and others
    do not.

    Synergy is no lack of additivity: the sign of a sum is synergistic, and a sum reaches it.
    """

    redundancy: float
    unique: dict[str, float]
    synergy: float
    total: float
    error: float


def decomposition(architecture: Architecture, relation: Relation) -> Information:
    """Return the information that noisy inputs have about the label of the first head.

    A head of real values, or of more than 100 classes, is reduced to the sign of its score. Inputs
    that a relation takes away count as present. Raises `DataError` if the inputs can't show the
    relation.
    """
    plan = plan_of(architecture)
    relation.check(plan)
    if not 0 < plan.classes[0] <= MOST_CLASSES:
        plan = replace(plan, classes=(2, *plan.classes[1:]))
    return _parts(relation, plan)


@lru_cache(maxsize=256)
def _parts(relation: Relation, layout: CauseLayout) -> Information:
    estimator = CeilingEstimator(relation, layout, 0, missing=0.0)
    every = range(layout.inputs)
    whole = _label_posterior(estimator, every)
    total, error = _bits(whole)
    if layout.inputs == 1:
        return Information(0.0, {layout.capacities[0].name: total}, 0.0, total, error)
    unique, shared = {}, []
    for index, capacity in enumerate(layout.capacities):
        own, rest = (
            _label_posterior(estimator, seen)
            for seen in ((index,), [p for p in every if p != index])
        )
        mine, spread = _unique_information(own, rest)
        unique[capacity.name] = mine
        shared.append(_bits(own)[0] - mine)
        error = max(error, spread)
    redundancy = max(0.0, min(shared))
    synergy = max(0.0, total - redundancy - sum(unique.values()))
    return Information(redundancy, unique, synergy, total, error if error > 1e-9 else 0.0)


def _unique_information(own: Array, rest: Array) -> tuple[float, float]:
    """Return the unique information of one source against another, in bits, with an error.

    A source without information shares nothing. The error is that of the simulation and of grouping
    posteriors.
    """
    (total, spread), (left, wide) = _bits(own), _bits(rest)
    if min(total, left) < _NOTHING:
        return total, spread
    mine, others = _joint(own), _joint(rest)
    held = mutual_information(others)
    unique = max(union_information(mine, others), held) - held
    lost = total - mutual_information(mine), left - held
    return min(max(unique, 0.0), total), max(spread, wide, *map(abs, lost))


def _label_posterior(estimator: CeilingEstimator, seen: Sequence[int]) -> Array:
    """Return probabilities (N, classes) of the label, with its noise, from those inputs."""
    share = estimator.relation.label_noise
    return estimator.posterior_from(seen) * (1 - share) + share / estimator.classes


def _bits(posterior: Array) -> tuple[float, float]:
    """Return the information of posteriors, in bits, and its standard error."""
    plogp = posterior * np.log2(np.maximum(posterior, 1e-300))
    each = math.log2(posterior.shape[1]) + plogp.sum(axis=1)
    return float(each.mean()), float(each.std() / math.sqrt(len(each)))


def _joint(posterior: Array) -> Array:
    """Return joint probabilities (source, label) of posteriors: all the information of a source.

    With two classes, each of up to 30,000 samples is a value of the source. With more, samples with
    similar beliefs are one value: 16 groups about their means (Lloyd 1982), by roots of the
    probabilities.
    """
    if posterior.shape[1] == 2:
        kept = posterior[:_MOST_ATOMS]
        return kept / len(kept)
    roots = np.sqrt(posterior)
    order = np.argsort(summary(posterior), kind="stable")
    group = np.empty(len(posterior), dtype=np.int64)
    group[order] = np.arange(len(posterior)) * _GROUPS // len(posterior)
    for _ in range(_GROUPINGS):
        known = np.eye(_GROUPS)[group]
        centres = known.T @ roots / np.maximum(known.sum(axis=0), 1)[:, None]
        group = (np.square(centres).sum(axis=1) - 2 * roots @ centres.T).argmin(axis=1)
    joint = np.zeros((_GROUPS, posterior.shape[1]))
    np.add.at(joint, group, posterior / len(posterior))
    held: Array = joint[joint.sum(axis=1) > 0]
    return held


def mutual_information(joint: Array) -> float:
    """Return the information in bits between source and label, from joint probabilities."""
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    held = joint > 0
    return float(np.sum(joint[held] * np.log2(joint[held] / np.maximum(expected[held], _TINY))))


def union_information(first: Array, second: Array) -> float:
    """Return the union information, in bits, of sources with joint probabilities (A, Y) and (B, Y).

    It is the least that both can hold about the label together while each keeps its joint
    distribution with the label (Bertschinger 2014). Exact for two labels; for more an upper bound
    that iteration brings close.
    """
    if first.shape[1] == 2:
        return mutual_information(_join(first, second))
    return _least_information(first, second)


def _join(first: Array, second: Array) -> Array:
    """Return joint probabilities (C, 2) of the least source as informative as either of two.

    Sources about two labels are ordered by their curves of hits against false alarms, and the least
    above two of them has the concave hull of both curves (Bertschinger and Rauh 2014). Any source
    that keeps both joint distributions is at least as informative, and drawing both sources from
    this one adds nothing: so its information is the union information.
    """
    label = first.sum(axis=0)
    points = np.concatenate([_curve(source / source.sum(axis=0)) for source in (first, second)])
    corners = _hull(points[np.lexsort((points[:, 1], points[:, 0]))])
    joint: Array = np.diff(corners, axis=0) * label
    return np.maximum(joint, 0)


def _curve(channel: Array) -> Array:
    """Return false alarms and hits (A + 1, 2) of thresholds on the odds of p(a | y), (A, 2)."""
    order = np.argsort(channel[:, 0] / np.maximum(channel.sum(axis=1), _TINY), kind="stable")
    return np.concatenate((np.zeros((1, 2)), np.minimum(channel[order].cumsum(axis=0), 1)))


def _hull(points: Array) -> Array:
    """Return corners of the upper hull of points (N, 2) in order of x, from (0, 0) to (1, 1)."""
    corners: list[tuple[float, float]] = [(0.0, 0.0)]
    for x, y in [*map(tuple, points.tolist()), (1.0, 1.0)]:
        while len(corners) > 1 and _turns_up(corners[-2], corners[-1], (x, y)):
            corners.pop()
        corners.append((x, y))
    return np.array(corners)


def _turns_up(one: tuple[float, float], two: tuple[float, float], new: tuple[float, float]) -> bool:
    return (two[0] - one[0]) * (new[1] - one[1]) >= (two[1] - one[1]) * (new[0] - one[0])


def _least_information(first: Array, second: Array) -> float:
    """Return the least information over all joint distributions (Y, A, B) with both marginals.

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
