"""How the information about a label is spread over inputs: redundant, unique, synergistic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from components.core.errors import SpecError, suggest
from components.model.spec import Architecture
from sample_data.ceilings import MOST_CLASSES, ceilings
from sample_data.ceilings.estimator import CeilingEstimator, summary
from sample_data.ceilings.union_information import mutual_information, union_information
from sample_data.core.arrays import Array
from sample_data.core.latent import Plan
from sample_data.relations.base import Relation
from sample_data.synthetic import DataSpec, plan_of

_GROUPS, _ROUNDS = 16, 10
_NOTHING = 1e-6
_MOST_ATOMS = 30000


@dataclass(frozen=True)
class Information:
    """Bits about the label of one head, `unique` by input name; `error` of each, 0 where exact.

    Two inputs: the decomposition of Bertschinger 2014, which Liang 2023 uses. More: an input's
    unique information is that against all others together, redundancy is the least that an input
    shares with all others, and synergy is the rest, so it holds what some inputs share and others
    do not.

    `non_additivity` is another notion of synergy: the Bayes optimum minus the best additive model,
    in accuracy or r2. The two can differ: the sign of a sum is synergistic and additive.
    """

    redundancy: float
    unique: dict[str, float]
    synergy: float
    total: float
    error: float
    non_additivity: float = 0.0


def decomposition(
    architecture: Architecture, relation: Relation, head: str | None = None
) -> Information:
    """The information that noisy inputs have about a head's label; the first head by default.

    A head of real values, or of more than 100 classes, is reduced to whether its score is above 0.
    Inputs that a relation takes away count as present. Raises `DataError` if the inputs can't show
    the relation, `SpecError` for an unknown head.
    """
    names = [one.name for one in architecture.heads]
    if head is not None and head not in names:
        raise SpecError("A head must be one of the architecture.", head, suggest(head, names))
    plan, index = plan_of(architecture), names.index(head) if head else 0
    relation.check(plan)
    if not 0 < plan.classes[index] <= MOST_CLASSES:
        classes = (*plan.classes[:index], 2, *plan.classes[index + 1 :])
        plan = replace(plan, classes=classes)
    parts = _parts(relation, plan, index)
    reached = ceilings(architecture, DataSpec(relation=relation)).get(names[index])
    if reached is None:
        return parts
    return replace(parts, non_additivity=reached.bayes.value - reached.additive.value)


@lru_cache(maxsize=256)
def _parts(relation: Relation, plan: Plan, head: int) -> Information:
    estimator = CeilingEstimator(relation, plan, head, missing=0.0)
    every = range(plan.inputs)
    whole = _label_posterior(estimator, every)
    total, error = _bits(whole)
    if plan.inputs == 1:
        return Information(0.0, {plan.capacities[0].name: total}, 0.0, total, error)
    unique, shared = {}, []
    for index, capacity in enumerate(plan.capacities):
        own, rest = (
            _label_posterior(estimator, seen)
            for seen in ((index,), [p for p in every if p != index])
        )
        mine, spread = _against(own, rest)
        unique[capacity.name] = mine
        shared.append(_bits(own)[0] - mine)
        error = max(error, spread)
    redundancy = max(0.0, min(shared))
    synergy = max(0.0, total - redundancy - sum(unique.values()))
    return Information(redundancy, unique, synergy, total, error if error > 1e-9 else 0.0)


def _against(own: Array, rest: Array) -> tuple[float, float]:
    """The unique information of one source against another, in bits, with an error.

    Nothing is shared with a source without information. The error is that of the simulation and of
    grouping posteriors.
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
    """Probabilities (N, classes) of the label, with its noise, at those inputs."""
    share = estimator.relation.label_noise
    return estimator.posterior_from(seen) * (1 - share) + share / estimator.classes


def _bits(posterior: Array) -> tuple[float, float]:
    """Information of posteriors, in bits, and its standard error."""
    plogp = posterior * np.log2(np.maximum(posterior, 1e-300))
    each = math.log2(posterior.shape[1]) + plogp.sum(axis=1)
    return float(each.mean()), float(each.std() / math.sqrt(len(each)))


def _joint(posterior: Array) -> Array:
    """Joint probabilities (source, label) of posteriors: all the information of a source.

    Of two classes up to 30,000 samples are each a value of the source. Of more classes, samples
    with beliefs that are near are one value: 16 groups about their means (Lloyd 1982), by roots of
    the probabilities.
    """
    if posterior.shape[1] == 2:
        kept = posterior[:_MOST_ATOMS]
        return kept / len(kept)
    roots = np.sqrt(posterior)
    order = np.argsort(summary(posterior), kind="stable")
    group = np.empty(len(posterior), dtype=np.int64)
    group[order] = np.arange(len(posterior)) * _GROUPS // len(posterior)
    for _ in range(_ROUNDS):
        known = np.eye(_GROUPS)[group]
        centres = known.T @ roots / np.maximum(known.sum(axis=0), 1)[:, None]
        group = (np.square(centres).sum(axis=1) - 2 * roots @ centres.T).argmin(axis=1)
    joint = np.zeros((_GROUPS, posterior.shape[1]))
    np.add.at(joint, group, posterior / len(posterior))
    held: Array = joint[joint.sum(axis=1) > 0]
    return held
