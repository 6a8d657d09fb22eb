"""Best results from some inputs of a relation, by formula or by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import phi, softmax
from sample_data.relations.base import Relation

_FITTED = 16000
_COPIES = 32
_KNOTS = 17
_ROUNDS = 25
_RIDGE = 1e-6


@dataclass(frozen=True)
class Ceiling:
    """Best value of a measure, and the standard error of its simulation: 0 if exact."""

    value: float
    error: float = 0.0


class CeilingEstimator:
    """Estimator of the best results of one head from some inputs, on one simulated dataset."""

    def __init__(
        self, relation: Relation, layout: CauseLayout, head: int, missing: float | None = None
    ) -> None:
        self.relation, self.plan, self.head = relation, layout, head
        self.classes = layout.classes[head]
        self.missing = relation.missing if missing is None else missing

    def best(self, seen: Sequence[int]) -> Ceiling:
        """Return the best result from those inputs: exact, or simulated."""
        exact = self._exact(seen)
        if exact is not None:
            return Ceiling(exact)
        if len(seen) == self.plan.inputs:
            return self._gained(self.posterior)
        return self._gained(self.posterior_from(seen))

    def _exact(self, seen: Sequence[int]) -> float | None:
        if self._coarse.intersection(seen):
            return None
        total = 0.0
        for kept, share in _patterns(seen, self.missing):
            value = self.relation.exact(self.plan, self.head, kept)
            if value is None:
                return None
            total += share * value
        return total

    @cached_property
    def posterior(self) -> Array:
        """Posterior from all inputs, for each simulated sample."""
        return self.posterior_from(range(self.plan.inputs))

    def known_additive(self) -> Array | None:
        """Return the best additive model's predictions, if the relation has a formula for them."""
        if self.relation.additive(_rows(self._observed, slice(0, 1)), self.head) is None:
            return None
        return self._grouped(range(self.plan.inputs), self._additive)

    def scored(self, predicted: Array) -> Ceiling:
        """Return the result of a model's predictions."""
        return self._measured(_expected_score(predicted, self.posterior), slice(None))

    def fitted(self) -> Ceiling:
        """Return the score of a sum of piecewise linear functions, fitted to the other samples."""
        most = _FITTED if self.classes else 4 * _FITTED
        rows = slice(0, min(most, self.samples))
        views = [view for view in self._plain.views if view is not None]
        features = design(
            [summary(self.posterior_from((index,))[rows]) for index in range(self.plan.inputs)],
            [self.relation.side_information(view[rows]) for view in views],
            None if self._present is None else self._present[rows],
        )
        half, wanted = len(features) // 2, self.posterior[rows]
        fit = likeliest if self.classes else nearest
        weights = fit(features[:half], wanted[:half])
        right = _expected_score(features[half:] @ weights, wanted[half:])
        return self._measured(right, slice(half, len(features)))

    @property
    def samples(self) -> int:
        """Number of simulated samples."""
        many = self.relation.simulated_samples(self.plan, self.head)
        return max(1500, 4 * many // _COPIES) if self._coarse else many

    @cached_property
    def _observed(self) -> Observation:
        """Simulated samples; with coarse levels, in indistinguishable copies."""
        if not self._coarse:
            return self._plain
        rng, rows = np.random.default_rng(4), self.samples
        views = (
            alike(view[:, 0], capacity.levels, rows, _COPIES, rng)
            if index in self._coarse and view is not None
            else np.repeat(view[:rows], _COPIES, axis=0)
            if view is not None
            else None
            for index, (view, capacity) in enumerate(
                zip(self._plain.views, self.plan.capacities, strict=True)
            )
        )
        return Observation(self.plan, tuple(views))

    @cached_property
    def _latent(self) -> LatentSample:
        samples = self.relation.simulated_samples(self.plan, self.head)
        return self.relation.draw(self.plan, samples, np.random.default_rng(1))

    @cached_property
    def _squares(self) -> Array:
        return np.square(self.relation.values(self._latent, self.head).astype(np.float64))

    @cached_property
    def _plain(self) -> Observation:
        """Simulated samples, as noisy as the relation draws them."""
        views = (
            self.relation.noisy(self.plan, index, cause, np.random.default_rng([2, index]))
            for index, cause in enumerate(self._latent.causes)
        )
        return Observation(self.plan, tuple(views))

    @cached_property
    def _coarse(self) -> frozenset[int]:
        """Inputs that show several values of their cause as one level."""
        return frozenset(
            index
            for index, capacity in enumerate(self.plan.capacities)
            if capacity.levels
            and (view := self._plain.views[index]) is not None
            and view.shape[1:] == (1,)
            and is_coarse(view[:, 0], capacity.levels)
        )

    @cached_property
    def _present(self) -> Array | None:
        """Presence of inputs (N, inputs); `None` if all are always present."""
        if not self.missing:
            return None
        shape = self.samples, self.plan.inputs
        return np.random.default_rng(3).random(shape) >= self.missing

    def posterior_from(self, seen: Sequence[int]) -> Array:
        """Return the posterior from those inputs, for each simulated sample."""
        return self._grouped(seen, self.relation.posterior)

    def _additive(self, observed: Observation, head: int) -> Array:
        posterior = self.relation.additive(observed, head)
        assert posterior is not None
        return posterior

    def _grouped(
        self, seen: Sequence[int], posterior: Callable[[Observation, int], Array]
    ) -> Array:
        """Return the posterior of each sample from those of the inputs that are present."""
        if self._present is None:
            return self._merged(posterior(self._observed.only(seen), self.head))
        copies = _COPIES if self._coarse else 1
        here = self._present & np.isin(np.arange(self.plan.inputs), seen)
        patterns, group = np.unique(here, axis=0, return_inverse=True)
        group = np.repeat(group.ravel(), copies)
        parts = np.empty((len(group), max(1, self.classes)))
        for index, pattern in enumerate(patterns):
            rows = np.flatnonzero(group == index)
            few = _rows(self._observed, rows).only(np.flatnonzero(pattern).tolist())
            parts[rows] = posterior(few, self.head).reshape(-1, parts.shape[1])
        return self._merged(parts if self.classes else parts[:, 0])

    def _merged(self, posterior: Array) -> Array:
        """Return the mean over indistinguishable copies."""
        if not self._coarse:
            return posterior
        mean: Array = posterior.reshape(-1, _COPIES, *posterior.shape[1:]).mean(axis=1)
        return mean

    def _gained(self, posterior: Array) -> Ceiling:
        each = posterior.max(axis=1) if self.classes else np.square(posterior)
        return self._measured(each, slice(None))

    def _measured(self, each: Array, rows: slice) -> Ceiling:
        """Return the mean score of those samples, with its standard error.

        Real values are scored relative to the variance of those samples' own values.
        """
        if self.classes:
            return Ceiling(float(each.mean()), float(each.std() / math.sqrt(len(each))))
        squares = self._squares[: self.samples][rows]
        value = float(each.mean() / squares.mean())
        spread = (each - value * squares).std() / squares.mean()
        return Ceiling(min(value, 1.0), float(spread / math.sqrt(len(each))))


def _patterns(seen: Sequence[int], missing: float) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield the present inputs among those, with the probability of each case."""
    if not missing:
        yield tuple(seen), 1.0
        return
    for here in product((True, False), repeat=len(seen)):
        kept = tuple(index for index, there in zip(seen, here, strict=True) if there)
        yield kept, (1 - missing) ** len(kept) * missing ** (len(seen) - len(kept))


def _rows(observed: Observation, rows: slice | Array) -> Observation:
    views = (None if view is None else view[rows] for view in observed.views)
    return Observation(observed.plan, tuple(views))


def summary(posterior: Array) -> Array:
    """Return a number (N,) per posterior: along the main direction of its log-odds, or its mean."""
    if posterior.ndim == 1:
        return posterior
    odds = np.log(np.maximum(posterior, 1e-12))
    odds -= odds.mean(axis=1, keepdims=True)
    odds -= odds.mean(axis=0)
    _, directions = np.linalg.eigh(odds.T @ odds)
    summary: Array = odds @ directions[:, -1]
    return summary


def _expected_score(predicted: Array, posterior: Array) -> Array:
    """Return the expected score of a model's predictions on each sample, given its posterior."""
    if posterior.ndim == 1:
        return 2 * predicted * posterior - np.square(predicted)
    picked: Array = np.take_along_axis(posterior, predicted.argmax(axis=1)[:, None], axis=1)
    return picked[:, 0]


def design(summaries: Sequence[Array], groups: Sequence[Ints], seen: Array | None) -> Array:
    """Return features (N, F) whose weighted sums are the sums of functions of one input each.

    A function is piecewise linear between quantiles of the input's summary (N,), with a curve of
    its own in each of its groups (N,); an input that is not seen, by `seen` (N, inputs),
    contributes 0.
    """
    columns = [np.ones((len(summaries[0]), 1))]
    for index, (summary, group) in enumerate(zip(summaries, groups, strict=True)):
        tents = _tents(summary)
        if seen is not None:
            tents = np.concatenate((tents, np.ones((len(tents), 1))), axis=1) * seen[:, [index]]
        columns += [tents * (group == one)[:, None] for one in np.unique(group)]
    return np.concatenate(columns, axis=1)


def likeliest(features: Array, chances: Array) -> Array:
    """Return weights (F, classes) of the log-odds with least cross-entropy to chances (N, classes).

    Steps by a bound of the curvature (Böhning 1992), with momentum.
    """
    solve = np.linalg.inv(_gram(features))
    weights = np.zeros((features.shape[1], chances.shape[1]))
    ahead, pace = weights, 1.0
    for _ in range(_ROUNDS):
        step = 2 * solve @ (features.T @ (chances - softmax(features @ ahead)))
        moved = ahead + step
        faster = (1 + (1 + 4 * pace**2) ** 0.5) / 2
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    return weights


def nearest(features: Array, values: Array) -> Array:
    """Return weights (F,) with the least squared error to values (N,)."""
    weights: Array = np.linalg.solve(_gram(features), features.T @ values)
    return weights


def _gram(features: Array) -> Array:
    gram: Array = features.T @ features
    gram += _RIDGE * len(features) * np.eye(len(gram))
    return gram


def _tents(summary: Array) -> Array:
    """Return weights (N, knots) of the two knots next to each value; they add up to 1."""
    knots = np.unique(np.quantile(summary, np.linspace(0, 1, _KNOTS)))
    if len(knots) == 1:
        return np.ones((len(summary), 1))
    after = np.clip(np.searchsorted(knots, summary), 1, len(knots) - 1)
    share = np.clip((summary - knots[after - 1]) / (knots[after] - knots[after - 1]), 0, 1)
    tents = np.zeros((len(summary), len(knots)))
    rows = np.arange(len(summary))
    tents[rows, after] = share
    tents[rows, after - 1] = 1 - share
    return tents


def bins(values: Floats, levels: int) -> Array:
    """Return the level (N,) that shows each value: even shares of N(0, 1), with an edge at 0."""
    share, below = phi(values), levels // 2
    above = levels - below
    low = np.minimum((share * 2 * below).astype(int), max(0, below - 1))
    high = below + np.minimum(((share - 0.5) * 2 * above).astype(int), above - 1)
    level: Array = np.where((values < 0) & (below > 0), low, high)
    return level


def is_coarse(values: Floats, levels: int) -> bool:
    """Return `True` if one level shows different values."""
    return len(np.unique(values)) > len(np.unique(bins(values, levels)))


def alike(values: Floats, levels: int, rows: int, copies: int, rng: np.random.Generator) -> Floats:
    """Draw values with the same level for each of the first rows: (rows · copies, 1), row by row.

    They are spread evenly over all values that the level shows, in random order.
    """
    ordered = np.sort(values)
    level = bins(ordered, levels)
    mine = bins(values[:rows], levels)
    start, stop = (np.searchsorted(level, mine, side=side) for side in ("left", "right"))
    index = rng.permuted(np.tile(np.arange(copies), (rows, 1)), axis=1) + rng.random((rows, copies))
    chosen = start[:, None] + ((stop - start)[:, None] * index / copies).astype(int)
    values_alike: Floats = ordered[chosen].reshape(-1, 1)
    return values_alike
