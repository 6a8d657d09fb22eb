"""Predictions for inputs with noise or from other samples, in all combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from components.experiments.inspection.basis.coalitions import InspectedHead, Pace, rounded_down
from components.experiments.inspection.basis.results import Unplug, UnpluggedHead
from components.experiments.inspection.split_model import SplitModel
from components.models.architecture.architecture import Architecture
from components.models.inputs.base import Input
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset

LADDERS = ((0.0, 0.25, 0.5, 1.0, 2.0), (0.0, 0.5, 1.0, 2.0), (0.0, 0.5, 2.0), (0.0, 1.0), (0.0,))
"""Levels of noise in standard deviations, from many to few; removal of the input follows them."""
COMBINATIONS = 1300
"""Approximate limit of combinations of inputs' steps; `MOST_COMBINATIONS` for the last ladder."""
MOST_COMBINATIONS = 2048
ROWS = 300_000
"""Maximum number of rows of all combinations together."""
LEAST_SAMPLES = 50
FEATURE_BYTES = 200_000_000
"""Maximum number of bytes of the branch outputs of the samples at all levels of noise."""
SHOWN = 4
"""Number of samples whose predictions are kept."""
REPLACED: Mapping[float, float] = {0: 0, 0.25: 0.1, 0.5: 0.25, 1: 0.5, 2: 0.75}
"""Share of replaced ids at each level of noise, for an input of ids."""


@dataclass(frozen=True)
class UnplugPlan:
    """Levels of noise and number of samples that a model has time for."""

    levels: tuple[float, ...]
    samples: int

    @classmethod
    def of(
        cls, inputs: int, samples: int, feature_bytes: int, pace: Pace, seconds: float
    ) -> UnplugPlan | None:
        """Choose the most levels, then samples, within time and memory; `None` if none fit."""
        for levels in LADDERS:
            combinations = (len(levels) + 1) ** inputs
            most = COMBINATIONS if levels != LADDERS[-1] else MOST_COMBINATIONS
            held = FEATURE_BYTES // max(1, feature_bytes * len(levels))
            each = len(levels) * pace.sample + combinations * pace.row
            count = min(samples, ROWS // combinations, held, rounded_down(seconds / each))
            if combinations <= most and count >= min(samples, LEAST_SAMPLES):
                return cls(levels, count)
        return None


def unplug(
    model: SplitModel,
    noises: Sequence[InputNoise],
    dataset_rows: Array,
    absent: Array | None,
    seed: int,
    plan: UnplugPlan,
    tick: Callable[[], None] = lambda: None,
) -> Unplug:
    """Return the quality and four predictions of each head, for all combinations of steps.

    `noises` has one for each input, `dataset_rows` (N,) the dataset row of each sample, and
    `absent` (N, inputs) is true where an input is absent. `tick` is called many times; an exception
    that it raises ends the work.
    """
    inputs = len(model.inputs)
    count, rows = plan.samples, dataset_rows[: plan.samples]
    noisy = []
    for level in plan.levels:
        tick()
        gone = [None] * inputs if absent is None else list(absent[:count].T)
        noisy.append(
            {name: array[:count] for name, array in model.data.items()}
            | {
                name: noise.add(model.data[name][:count], rows, level, gone[number])
                for number, (name, noise) in enumerate(zip(model.inputs, noises, strict=True))
            }
        )
    features = model.features_of(*noisy)
    rng = np.random.default_rng((seed, 1))
    others = np.stack([_other_samples(count, rng) for _ in range(inputs)], axis=1)
    own = np.tile(np.arange(count)[:, None], (1, inputs))
    taken = [*(own + number * count for number in range(len(plan.levels))), others]
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


def _other_samples(samples: int, rng: np.random.Generator) -> Array:
    """Return another sample for each sample, using each once."""
    order = rng.permutation(samples)
    others = np.empty(samples, np.int64)
    others[order] = np.roll(order, 1)
    return others


def _head(head: InspectedHead, scores: Array, count: int, rows: Array) -> UnpluggedHead:
    """Return the results of a head from its scores (combinations, N, width)."""
    truth = head.truth[:count]
    known = InspectedHead(head.name, head.target, head.reads, truth)
    predictions = [known.predictions(one) for one in scores]
    chosen = _chosen(known, predictions[0])
    predicted, confidence = [], []
    for number in chosen:
        each = np.stack([one[number] for one in predictions])
        labels, sure = known.labels(each)
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


def _chosen(head: InspectedHead, predictions: Array) -> list[int]:
    """Choose four samples, from each class in turn, spread evenly from badly to well predicted."""
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
    """Return how well each sample is predicted, and its true class (all 0 for values)."""
    every = np.arange(len(predictions))
    if head.target == "values":
        error: Array = -np.abs(predictions - head.truth).max(axis=1)
        return error, np.zeros_like(every)
    both = predictions if predictions.shape[1] > 1 else np.hstack([1 - predictions, predictions])
    return both[every, head.truth], head.truth


@dataclass(frozen=True)
class InputNoise:
    """Noise for one input, always the same for a row of the dataset.

    Real numbers get normal noise in standard deviations of each feature or channel. Of ids, a share
    is replaced by ids of other samples. Padded steps and absent samples do not change.
    """

    branch: Input
    spread: Array
    """Standard deviation (features,) of each feature or channel; empty for ids."""
    ids: Array
    """All ids of the samples, without padding; empty for real numbers."""
    seed: tuple[int, int]

    @classmethod
    def of(cls, branch: Input, samples: Array, seed: int, number: int) -> InputNoise:
        """Return the noise of input `number`, measured on its samples (N, *shape)."""
        key = (seed, number)
        if branch.cardinality:
            ids = samples[samples != 0] if branch.padded else samples.ravel()
            return cls(branch, np.zeros(0), ids if len(ids) else samples.ravel(), key)
        values = samples.reshape(-1, samples.shape[-1])
        if branch.padded and values.any():
            values = values[values.any(axis=1)]
        return cls(branch, values.std(axis=0, dtype=np.float64), np.zeros(0), key)

    def add(self, samples: Array, rows: Array, level: float, absent: Array | None = None) -> Array:
        """Add noise of a level to samples (N, *shape) of some dataset rows.

        Samples marked in `absent` (N,) do not change.
        """
        if not level:
            return samples
        one = self._replaced if self.branch.cardinality else self._noisy
        return np.stack([
            sample if absent is not None and absent[number] else one(sample, int(row), level)
            for number, (sample, row) in enumerate(zip(samples, rows, strict=True))
        ])  # fmt: skip

    def _noisy(self, sample: Array, row: int, level: float) -> Array:
        unit = self._rng(row).standard_normal(sample.shape, dtype=np.float32)
        noise = level * self.spread * unit
        if self.branch.padded:
            noise = noise * sample.any(axis=-1, keepdims=True)
        return (sample + noise).astype(sample.dtype)

    def _replaced(self, sample: Array, row: int, level: float) -> Array:
        rng = self._rng(row)
        others = self.ids[rng.integers(len(self.ids), size=sample.shape)]
        chosen = rng.random(sample.shape) < REPLACED[level]
        if self.branch.padded:
            chosen &= sample != 0
        return np.where(chosen, others, sample).astype(sample.dtype)

    def _rng(self, row: int) -> np.random.Generator:
        return np.random.default_rng((*self.seed, row))


def input_noises(
    architecture: Architecture, samples: Mapping[str, Array], seed: int
) -> tuple[InputNoise, ...]:
    """Return the noise of each input, measured on its samples."""
    return tuple(
        InputNoise.of(branch, samples[branch.name], seed, number)
        for number, branch in enumerate(architecture.data_inputs)
    )


def absent_samples(data: Dataset, rows: Array) -> Array | None:
    """Return where a row lacks an input and has zeros in its place, (N, inputs)."""
    if data.absent is None:
        return None
    arrays = list(data.inputs.values())[: data.absent.shape[1]]
    zeros = [~array[rows].reshape(len(rows), -1).any(axis=1) for array in arrays]
    absent: Array = data.absent[rows] & np.stack(zeros, axis=1)
    return absent
