"""What a model predicts if inputs get noise, or are those of other samples: all combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from components.inspection.noise import InputNoise
from components.inspection.recombined import InspectedHead
from components.inspection.results import Unplug, UnpluggedHead
from components.inspection.split_model import SplitModel
from sample_data.core.arrays import Array

LADDERS = ((0.0, 0.25, 0.5, 1.0, 2.0), (0.0, 0.5, 1.0, 2.0), (0.0, 0.5, 2.0), (0.0, 1.0), (0.0,))
"""Levels of noise, in standard deviations, from many to few; after them, an input is removed."""
COMBINATIONS = 1300
"""Combinations of all inputs' steps, at most about; `MOST_COMBINATIONS` with the last ladder."""
MOST_COMBINATIONS = 2048
ROWS = 300_000
"""Rows that all combinations together take, at most."""
LEAST_SAMPLES = 50
FEATURE_BYTES = 200_000_000
"""What the branches make of the samples at all levels of noise, at most."""
SHOWN = 4
"""Samples whose predictions are kept."""


@dataclass(frozen=True)
class UnplugPlan:
    """The levels of noise that a model can afford, and for how many samples."""

    levels: tuple[float, ...]
    samples: int

    @classmethod
    def of(
        cls, inputs: int, samples: int, affordable_rows: int, feature_bytes: int
    ) -> UnplugPlan | None:
        """As many levels, then samples, as rows and memory allow; `None` where none do."""
        rows = min(ROWS, affordable_rows)
        for levels in LADDERS:
            combinations = (len(levels) + 1) ** inputs
            most = COMBINATIONS if levels != LADDERS[-1] else MOST_COMBINATIONS
            held = FEATURE_BYTES // max(1, feature_bytes * len(levels))
            count = min(samples, rows // combinations, held)
            if combinations <= most and count >= min(samples, LEAST_SAMPLES):
                return cls(levels, count)
        return None


def unplug(
    model: SplitModel,
    noises: Sequence[InputNoise],
    dataset_rows: Array,
    absent: Array | None,
    seed: int,
    tick: Callable[[], None] = lambda: None,
) -> Unplug | None:
    """The quality and four predictions of each head, for all combinations of the inputs' steps.

    `noises` are by input, `dataset_rows` (N,) the rows of the model's samples, and `absent`
    (N, inputs) is true where an input is absent. `tick` is called many times; what it raises ends
    the work. `None` if the model can't afford it.
    """
    inputs = len(model.inputs)
    plan = UnplugPlan.of(inputs, model.samples, model.affordable_rows, model.feature_bytes)
    if plan is None:
        return None
    count, rows = plan.samples, dataset_rows[: plan.samples]
    noisy = []
    for level in plan.levels:
        tick()
        noisy.append(_noisy(model, noises, rows, absent, level))
    features = model.features_of(noisy)
    rng = np.random.default_rng((seed, 1))
    others = np.stack([_of_others(count, rng) for _ in range(inputs)], axis=1)
    taken = _rows_of_steps(others, len(plan.levels))
    scores: dict[str, list[Array]] = {head.name: [] for head in model.heads}
    for steps in product(range(len(plan.levels) + 1), repeat=inputs):
        tick()
        mixed = np.stack([taken[step][:, m] for m, step in enumerate(steps)], axis=1)
        for name, array in model.scores(mixed, features).items():
            scores[name].append(np.asarray(array, np.float64))
    heads = {
        head.name: _head(head, np.stack(scores[head.name]), count, rows) for head in model.heads
    }
    shown = sorted({row for head in heads.values() for row in head.rows})
    numbers = {int(row): number for number, row in enumerate(rows)}
    return Unplug(
        levels=plan.levels,
        samples=count,
        seed=seed,
        others={row: tuple(map(int, rows[others[numbers[row]]])) for row in shown},
        heads=heads,
    )


def _noisy(
    model: SplitModel,
    noises: Sequence[InputNoise],
    rows: Array,
    absent: Array | None,
    level: float,
) -> Mapping[str, Array]:
    """The samples of all inputs with noise of one level."""
    return {
        name: noise.add(
            model.data[name][: len(rows)],
            rows,
            level,
            None if absent is None else absent[: len(rows), number],
        )
        for number, (name, noise) in enumerate(zip(model.inputs, noises, strict=True))
    }


def _of_others(samples: int, rng: np.random.Generator) -> Array:
    """For each sample another one, each of them once."""
    order = rng.permutation(samples)
    others = np.empty(samples, np.int64)
    others[order] = np.roll(order, 1)
    return others


def _rows_of_steps(others: Array, levels: int) -> list[Array]:
    """By step, the rows (N, M) of the samples at all levels, one level after the other."""
    own = np.tile(np.arange(len(others))[:, None], (1, others.shape[1]))
    return [*(own + level * len(others) for level in range(levels)), others]


def _head(head: InspectedHead, scores: Array, count: int, rows: Array) -> UnpluggedHead:
    """The numbers of a head from its scores (combinations, N, width)."""
    truth = head.truth[:count]
    known = InspectedHead(head.name, head.target, head.reads, truth)
    predictions = [known.predictions(one) for one in scores]
    chosen = _chosen(known, predictions[0])
    predicted, confidence = [], []
    for number in chosen:
        each = np.stack([one[number] for one in predictions])
        labels, sure = _labels(known, each)
        predicted.append(tuple(float(f"{value:.4g}") for value in labels))
        if sure is not None:
            confidence.append(tuple(round(float(value), 3) for value in sure))
    return UnpluggedHead(
        quality=tuple(round(known.quality(one), 4) for one in predictions),
        rows=tuple(int(rows[number]) for number in chosen),
        truth=tuple(float(truth[n] if truth.ndim == 1 else truth[n, 0]) for n in chosen),
        predicted=tuple(predicted),
        confidence=tuple(confidence),
    )


def _labels(head: InspectedHead, predictions: Array) -> tuple[Array, Array | None]:
    """The class and its probability of predictions (R, width), or the first of several values."""
    if head.target == "values":
        return predictions[:, 0], None
    classes = head.classes(predictions)
    if head.target == "binary":
        one = predictions[:, 0]
        return classes, np.where(classes == 1, one, 1 - one)
    return classes, predictions[np.arange(len(classes)), classes]


def _chosen(head: InspectedHead, predictions: Array) -> list[int]:
    """Four samples: of each class in turn, from badly to well predicted, evenly apart."""
    sure, classes = _sureness(head, predictions)
    labels = np.unique(classes)
    chosen: list[int] = []
    for number in range(min(SHOWN, len(predictions))):
        own = np.flatnonzero(classes == labels[number % len(labels)])
        free = np.setdiff1d(own, chosen)
        free = free if len(free) else np.setdiff1d(np.arange(len(predictions)), chosen)
        order = free[np.argsort(sure[free], kind="stable")]
        chosen.append(int(order[round((len(order) - 1) * (2 * number + 1) / (2 * SHOWN))]))
    return chosen


def _sureness(head: InspectedHead, predictions: Array) -> tuple[Array, Array]:
    """How well each sample is predicted, and its true class; values have no classes."""
    if head.target == "values":
        error: Array = -np.abs(predictions - head.truth).max(axis=1)
        return error, np.zeros(len(predictions), np.int64)
    if head.target == "binary":
        one = predictions[:, 0]
        return np.where(head.truth == 1, one, 1 - one), head.truth
    return predictions[np.arange(len(predictions)), head.truth], head.truth
