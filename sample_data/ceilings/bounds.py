"""Best results on a relation: by chance, one input, an additive model, and the Bayes optimum.

The ceilings are those of the hidden causes with the relation's noise, in as many levels as an input
shows, such as a number of categories. Noise that a renderer adds is not counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from components.models.architecture.architecture import Architecture
from sample_data.ceilings.estimator import Ceiling, CeilingEstimator
from sample_data.core.latent import CauseLayout
from sample_data.loading.synthetic import DataSpec, plan_of
from sample_data.relations.base import Relation

MOST_CLASSES = 100
"""Largest number of classes of a head with ceilings; for more they would take too long."""

OTHER_SUMS = (
    "Another sum with a threshold can be right more often: an OR is right in 75 % of xor's cases."
)
"""Note that the additive model of least cross-entropy does not limit the accuracy of all sums."""

_SURE = 1e-9


@dataclass(frozen=True)
class Ceilings:
    """Best results of one head; `single` by input name, `bayes` is the Bayes optimum.

    Accuracy for classes; for real values r2, the explained share of their variance. The additive
    model is a sum of one function of each input: of log-odds, that of least cross-entropy, which is
    what training finds, and chance if no input is informative alone; of values, that of least
    squared error. Another sum of log-odds can be right more often: `OTHER_SUMS`.
    """

    measure: Literal["accuracy", "r2"]
    chance: Ceiling
    single: dict[str, Ceiling]
    additive: Ceiling
    bayes: Ceiling


def ceilings(architecture: Architecture, data: DataSpec) -> dict[str, Ceilings]:
    """Return the ceilings of each head by name; heads with more than 100 classes are left out.

    They come from a formula if there is one, otherwise from a seeded simulation. They depend
    neither on the samples nor on the seed of the data. Raises `DataError` if the inputs can't show
    the relation.
    """
    layout = plan_of(architecture)
    data.relation.check(layout)
    clean = data.relation.model_copy(update={"label_noise": 0.0})
    return {
        head.name: _noisy(_clean(clean, layout, index), classes, data.relation.label_noise)
        for index, (head, classes) in enumerate(
            zip(architecture.data_heads, layout.classes, strict=True)
        )
        if classes <= MOST_CLASSES
    }


def _noisy(clean: Ceilings, classes: int, share: float) -> Ceilings:
    """Return the ceilings with a share of the labels replaced by any class, or any sample's value.

    Accuracy a becomes a (1 - share) + share / K; r2 is multiplied by (1 - share)², since the best
    prediction shrinks towards the mean.
    """
    kept, luck = (1 - share, share / classes) if classes else ((1 - share) ** 2, 0.0)

    def noisy(ceiling: Ceiling) -> Ceiling:
        return Ceiling(ceiling.value * kept + luck, ceiling.error * kept)

    single = {name: noisy(one) for name, one in clean.single.items()}
    additive, bayes = noisy(clean.additive), noisy(clean.bayes)
    return Ceilings(clean.measure, noisy(clean.chance), single, additive, bayes)


@lru_cache(maxsize=512)
def _clean(relation: Relation, layout: CauseLayout, head: int) -> Ceilings:
    estimator, classes = CeilingEstimator(relation, layout, head), layout.classes[head]
    chance = Ceiling(1 / classes if classes else 0.0)
    single = tuple(_raised_to(estimator.best((index,)), chance) for index in range(layout.inputs))
    bayes = _raised_to(estimator.best(range(layout.inputs)), chance, *single)
    additive = _raised_to(_additive(estimator, chance, single, bayes), chance, *single)
    names = (capacity.name for capacity in layout.capacities)
    return Ceilings(
        "accuracy" if classes else "r2",
        chance,
        dict(zip(names, single, strict=True)),
        additive if additive.value <= bayes.value else bayes,
        bayes,
    )


def _raised_to(ceiling: Ceiling, *floors: Ceiling) -> Ceiling:
    """Raise a simulated ceiling to at least those of fewer inputs."""
    floor = max(floors, key=lambda one: one.value)
    return ceiling if ceiling.value >= floor.value or not ceiling.error else floor


def _additive(
    estimator: CeilingEstimator, chance: Ceiling, single: tuple[Ceiling, ...], bayes: Ceiling
) -> Ceiling:
    """Return the additive ceiling by the relation's formula, by independence, or by a fit.

    If no input is informative alone, the best sum is at chance; if just one is and inputs are
    independent, it is that one; and for values of independent inputs r2 adds up.
    """
    known = estimator.known_additive()
    if known is not None:
        return bayes if np.allclose(known, estimator.posterior) else estimator.scored(known)
    informative = [one for one in single if one.value > chance.value + max(_SURE, 3 * one.error)]
    if not informative:
        return chance
    if estimator.relation.independent and (len(informative) == 1 or not estimator.classes):
        error = math.sqrt(sum(one.error**2 for one in informative))
        return Ceiling(sum(one.value for one in informative), error)
    return estimator.fitted()
