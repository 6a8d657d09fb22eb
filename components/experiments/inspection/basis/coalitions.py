"""Mean predictions of a model that knows only some of its inputs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from components.models.heads.base import Target
from sample_data.core.arrays import Array
from sample_data.core.probability import softmax

LACKING = -1
"""Row number of a missing input, which the model fills."""
BLOCK_ROWS = 65_536
"""Maximum number of rows that are combined at a time."""
EQUAL = 1e-9
"""Largest difference of equal probabilities: rounding must not decide between means of votes."""
EXACT_INPUTS = 6
"""Maximum number of inputs for which all coalitions are computed."""
ORDERS = 32
"""Random orders of the inputs from which Shapley values are sampled."""


@dataclass(frozen=True)
class InspectedHead:
    """Head with the true labels or values of the samples.

    Scores are the values before the sigmoid or softmax (logits), or the predictions of real values.
    """

    name: str
    target: Target
    reads: tuple[int, ...]
    """Indices of the inputs that are connected to the head."""
    truth: Array
    """Class numbers (N,), or real values (N, width)."""

    @property
    def metric_name(self) -> str:
        """Name of a metric other than accuracy and R²; empty for these."""
        return ""

    def predictions(self, scores: Array) -> Array:
        """Return probabilities or values for scores (..., width), in the same shape."""
        if self.target == "values":
            return scores
        if self.target == "binary":
            return 0.5 * (1 + np.tanh(scores / 2))
        flat = scores.reshape(-1, scores.shape[-1])
        return softmax(flat).reshape(scores.shape)

    def centred(self, scores: Array) -> Array:
        """Return scores (..., width) minus their mean over the classes, which a softmax ignores."""
        if self.target != "classes":
            return scores
        centred: Array = scores - scores.mean(axis=-1, keepdims=True)
        return centred

    def quality(self, predictions: Array) -> float:
        """Return the accuracy of probabilities (N, width), or R² of values.

        R² is the mean over the outputs whose true values vary; 0 if none does.
        """
        return float(self.qualities(predictions).mean())

    def qualities(self, predictions: Array) -> Array:
        """Return the quality of each sample, (N,): 1 for a right class, or its part of R².

        The mean over the samples is the quality of the head.
        """
        if self.target != "values":
            right: Array = (self.classes(predictions) == self.truth).astype(np.float64)
            return right
        spread = self.truth.var(axis=0, dtype=np.float64)
        varied = spread > 0
        if not varied.any():
            return np.zeros(len(predictions))
        errors = np.square(predictions - self.truth, dtype=np.float64)
        parts: Array = (1 - errors[:, varied] / spread[varied]).mean(axis=1)
        return parts

    def qualities_of(self, scores: Array) -> Array:
        """Return the quality of each sample, (N,), from scores (N, width)."""
        return self.qualities(self.predictions(np.asarray(scores, np.float64)))

    def labels(self, predictions: Array) -> tuple[Array, Array | None]:
        """Return class numbers (N,) and their probabilities for predictions (N, width).

        For real values, return the first one of each sample and `None`.
        """
        if self.target == "values":
            return predictions[:, 0], None
        classes = self.classes(predictions)
        if self.target == "binary":
            one = predictions[:, 0]
            return classes, np.where(classes == 1, one, 1 - one)
        return classes, predictions[np.arange(len(classes)), classes]

    def classes(self, predictions: Array) -> Array:
        """Return the predicted classes (N,) of probabilities (N, width); the first if some tie."""
        if self.target == "binary":
            return (predictions[:, 0] > 0.5 + EQUAL).astype(np.int64)
        most = predictions.max(axis=1, keepdims=True)
        classes: Array = (predictions >= most - EQUAL).argmax(axis=1)
        return classes


class Stopwatch:
    """Stopwatch that ignores other work on a busy machine.

    It counts the processor time of this process, but no more than the time on the clock if several
    cores compute.
    """

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds of work since the start."""
        return min(self.wall, time.process_time() - self._start[1])

    @property
    def wall(self) -> float:
        """Seconds on the clock since the start."""
        return time.perf_counter() - self._start[0]


@dataclass(frozen=True)
class Pace:
    """Seconds that a model takes for a sample and for a row."""

    sample: float
    """For one sample in the branches."""
    row: float
    """For one row in the layers after the branches."""


def rounded_down(count: float) -> int:
    """Return the largest power of two up to `count`; 0 below 1.

    A slightly slower machine then usually measures the same number of samples.
    """
    return 1 << int(math.log2(count)) if count >= 1 else 0


class RecombinedModel(Protocol):
    """Model that can take each input from another sample."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""

    @property
    def samples(self) -> int:
        """Number of samples N."""

    @property
    def heads(self) -> tuple[InspectedHead, ...]:
        """Heads with their true labels or values."""

    @property
    def fillable(self) -> frozenset[int]:
        """Indices of the inputs that may be missing."""

    def scores(self, rows: Array) -> Mapping[str, Array]:
        """Return scores (R, width) by head.

        `rows` (R, M) has the sample that each input is taken from, or `LACKING` if it is missing.
        """

    def gated_scores(self, others: Array) -> Mapping[str, Array]:
        """Return scores (N, width) by head with the gates of the samples `others` (N,).

        Empty for a model without gates.
        """


@dataclass(frozen=True)
class MeanOutputs:
    """Outputs of a head, (N, width): means over the background samples."""

    scores: Array
    predictions: Array


class Coalitions:
    """Outputs of all heads if only a coalition of the inputs is known.

    A coalition is a bit mask of inputs. All other inputs are taken together from one background
    sample after another, and the outputs are averaged. Inputs that may be missing are filled by the
    model instead, unless `fill` is off. Each coalition is computed once. `tick` is called before
    each block of rows; an exception that it raises ends the work.
    """

    def __init__(
        self,
        model: RecombinedModel,
        background: Sequence[int] | Array,
        tick: Callable[[], None] = lambda: None,
        fill: bool = True,
    ) -> None:
        self._fillable = model.fillable if fill else frozenset[int]()
        self.model, self.background, self.tick = model, np.asarray(background), tick
        self._everything = (1 << len(model.inputs)) - 1
        self._known: dict[int, dict[str, MeanOutputs]] = {}

    @cached_property
    def averaged(self) -> Coalitions:
        """Same coalitions without fillings, for means over the values of an input."""
        if not self._fillable:
            return self
        return Coalitions(self.model, self.background, self.tick, fill=False)

    def outputs(self, head: InspectedHead, coalition: int) -> MeanOutputs:
        """Return the mean outputs of a head. Inputs that the head does not read count as known."""
        unread = self._everything & ~mask_of(head.reads)
        return self._outputs(coalition | unread if coalition else 0)[head.name]

    def value(self, head: InspectedHead, coalition: int) -> float:
        """Return the accuracy, or R², of the mean predictions."""
        return head.quality(self.outputs(head, coalition).predictions)

    def qualities(self, head: InspectedHead, coalition: int) -> Array:
        """Return the quality of each sample, (N,), as `InspectedHead.qualities` does."""
        return head.qualities(self.outputs(head, coalition).predictions)

    def _outputs(self, coalition: int) -> dict[str, MeanOutputs]:
        if coalition not in self._known:
            self._known[coalition] = self._computed(coalition)
        return self._known[coalition]

    def _computed(self, coalition: int) -> dict[str, MeanOutputs]:
        """Average the outputs over the background, a block of samples at a time.

        The background is skipped if all inputs are known or filled. If none is known, one sample
        stands for all.
        """
        samples, times = np.arange(self.model.samples), 1
        settled = coalition | mask_of([*self._fillable]) == self._everything
        background = np.zeros(1, np.int64) if settled else self.background
        if not coalition:
            samples, times = samples[:1], len(samples)
        step = max(1, BLOCK_ROWS // len(background))
        parts = [
            self._block(samples[start : start + step], background, coalition)
            for start in range(0, len(samples), step)
        ]
        return {
            head.name: MeanOutputs(
                np.concatenate([part[head.name].scores for part in parts]).repeat(times, axis=0),
                np.concatenate([part[head.name].predictions for part in parts]).repeat(times, 0),
            )
            for head in self.model.heads
        }

    def _block(self, samples: Array, background: Array, coalition: int) -> dict[str, MeanOutputs]:
        inside = np.repeat(samples, len(background))
        outside = np.tile(background, len(samples))
        filled = np.full_like(inside, LACKING)
        unknown = [
            filled if m in self._fillable else outside for m in range(len(self.model.inputs))
        ]
        rows = np.stack(
            [inside if coalition >> m & 1 else other for m, other in enumerate(unknown)], axis=1
        )
        self.tick()
        scores = self.model.scores(rows)
        shape = (len(samples), len(background), -1)
        return {
            head.name: _means(head, np.asarray(scores[head.name], np.float64).reshape(shape))
            for head in self.model.heads
        }


def mask_of(inputs: Sequence[int]) -> int:
    """Return the coalition (bit mask) of some inputs."""
    return sum(1 << index for index in inputs)


def subset_mask(head: InspectedHead, subset: int) -> int:
    """Convert a subset of the inputs that a head reads into a coalition of all inputs."""
    return mask_of([index for at, index in enumerate(head.reads) if subset >> at & 1])


def masks(head: InspectedHead) -> list[int]:
    """Return all coalitions of the inputs that a head reads; item i is the i-th subset."""
    return [subset_mask(head, subset) for subset in range(1 << len(head.reads))]


def drawn_masks(head: InspectedHead) -> list[int]:
    """Return the coalitions to keep: all, or the smallest and largest ones for many inputs."""
    players = len(head.reads)
    if players <= EXACT_INPUTS:
        return masks(head)
    every = (1 << players) - 1
    ones = [1 << player for player in range(players)]
    return [subset_mask(head, one) for one in (0, *ones, *(every - one for one in ones), every)]


def scores(coalitions: Coalitions, head: InspectedHead) -> Array:
    """Return the mean scores (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).scores for mask in masks(head)])


def predictions(coalitions: Coalitions, head: InspectedHead) -> Array:
    """Return the mean predictions (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).predictions for mask in masks(head)])


def _means(head: InspectedHead, scores: Array) -> MeanOutputs:
    """Average scores (N, K, width) and their predictions over the second axis."""
    predictions = head.predictions(scores)
    return MeanOutputs(head.centred(scores).mean(axis=1), predictions.mean(axis=1))
