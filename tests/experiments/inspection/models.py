"""Models to inspect without training: functions of numbers, and Bayes-optimal predictors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from components.experiments.inspection.basis.coalitions import (
    Coalitions,
    InspectedHead,
    RecombinedModel,
)
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measures.base import InspectionMeasure, Subject
from components.experiments.inspection.measuring import inspect
from sample_data.core.arrays import Array
from sample_data.core.latent import Observation
from sample_data.relations import RELATIONS
from tests.sample_data.architectures import roomy

SURE = 1e-6
"""Minimum probability of a class, so that the logits of a certain predictor stay finite."""


@dataclass(frozen=True)
class FunctionModel:
    """Model whose heads are functions of the numbers of all inputs, (R, M) -> (R, width)."""

    values: Array
    functions: dict[str, Callable[[Array], Array]]
    heads: tuple[InspectedHead, ...]
    fillable: frozenset[int] = frozenset()

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(f"in_{index}" for index in range(self.values.shape[1]))

    @property
    def samples(self) -> int:
        return len(self.values)

    def scores(self, rows: Array) -> dict[str, Array]:
        mixed = np.take_along_axis(self.values, rows, axis=0)
        return {name: function(mixed) for name, function in self.functions.items()}

    def gated_scores(self, others: Array) -> dict[str, Array]:
        return {}


@dataclass(frozen=True)
class BayesModel:
    """Predictor that knows a relation and returns the log-odds of its posterior."""

    kind: str
    views: tuple[Array, ...]
    heads: tuple[InspectedHead, ...]
    fillable: frozenset[int] = frozenset()

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(f"in_{index}" for index in range(len(self.views)))

    @property
    def samples(self) -> int:
        return len(self.views[0])

    def scores(self, rows: Array) -> dict[str, Array]:
        views = tuple(view[rows[:, m]] for m, view in enumerate(self.views))
        relation = RELATIONS[self.kind]()
        sure = relation.posterior(Observation(roomy(len(views), 2), views), 0)[:, 1]
        one = np.clip(sure, SURE, 1 - SURE)
        return {"y": np.log(one / (1 - one))[:, None]}

    def gated_scores(self, others: Array) -> dict[str, Array]:
        return {}


def bayes(kind: str, samples: int = 500, inputs: int = 2, seed: int = 0) -> BayesModel:
    relation, layout = RELATIONS[kind](), roomy(inputs, 2)
    truth = relation.draw(layout, samples, np.random.default_rng(seed))
    labels = relation.labels(truth, 0).astype(np.int64)
    head = InspectedHead("y", "binary", tuple(range(inputs)), labels)
    return BayesModel(kind, truth.causes, (head,))


def subject_of(
    model: RecombinedModel, background: Sequence[int] = (), head: int = 0, seed: int = 0
) -> Subject:
    """Return a head of a model as the argument of measures; all samples are the background by
    default.
    """
    coalitions = Coalitions(model, background or range(model.samples))
    return Subject(coalitions, model.heads[head], np.random.default_rng(seed))


def number(measure: type[InspectionMeasure], subject: Subject) -> float:
    """Return the only number of a measure of a head."""
    (one,) = measure.measure(subject)
    return one.value


def whole(model: RecombinedModel) -> Inspection:
    """Inspect a model with all measures on all of its samples."""
    return inspect(model, np.arange(model.samples), True, model.samples)


def binary(
    function: Callable[[Array], Array], inputs: int, reads: Sequence[int] = (), samples: int = 40
) -> FunctionModel:
    """Return a model with a binary head that predicts most labels correctly."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(samples, inputs))
    truth = (function(values)[:, 0] + rng.normal(size=samples) > 0).astype(np.int64)
    head = InspectedHead("y", "binary", tuple(reads or range(inputs)), truth)
    return FunctionModel(values, {"y": function}, (head,))
