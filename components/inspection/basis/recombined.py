"""What the measures need of a model: scores of samples whose inputs come from several samples."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from components.heads.base import Target
from sample_data.core.arrays import Array
from sample_data.core.probability import softmax


@dataclass(frozen=True)
class InspectedHead:
    """One head, with the true labels or values of the samples.

    Scores are the values before the sigmoid or softmax: the logits. For real values, scores are the
    predictions.
    """

    name: str
    target: Target
    reads: tuple[int, ...]
    """The inputs that are connected to the head, by their index."""
    truth: Array
    """Class numbers (N,), or real values (N, width)."""

    def predictions(self, scores: Array) -> Array:
        """Probabilities or values of scores (..., width), of the same shape."""
        if self.target == "values":
            return scores
        if self.target == "binary":
            return 0.5 * (1 + np.tanh(scores / 2))
        flat = scores.reshape(-1, scores.shape[-1])
        return softmax(flat).reshape(scores.shape)

    def centred(self, scores: Array) -> Array:
        """Scores (..., width) without what a softmax ignores: their mean over the classes."""
        if self.target != "classes":
            return scores
        centred: Array = scores - scores.mean(axis=-1, keepdims=True)
        return centred

    def quality(self, predictions: Array) -> float:
        """The accuracy of probabilities (N, width), or R² of values.

        R² is the mean over the outputs whose true values vary; 0 if none does.
        """
        return float(self.qualities(predictions).mean())

    def qualities(self, predictions: Array) -> Array:
        """The quality of each sample, (N,): 1 for a right class, or its part of R². Their mean is
        the quality."""
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
        """The quality of each sample, (N,), from its scores (N, width)."""
        return self.qualities(self.predictions(np.asarray(scores, np.float64)))

    def classes(self, predictions: Array) -> Array:
        """The predicted class (N,) of probabilities (N, width)."""
        if self.target == "binary":
            return (predictions[:, 0] > 0.5).astype(np.int64)
        classes: Array = predictions.argmax(axis=1)
        return classes


class Stopwatch:
    """The time that work takes, whatever else a busy machine does: what this process computes,
    or less where several cores do that at once."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds since its start."""
        wall, computed = self._start
        return min(time.perf_counter() - wall, time.process_time() - computed)


@dataclass(frozen=True)
class Pace:
    """Seconds that a model takes."""

    sample: float
    """For a sample in the branches."""
    row: float
    """For a row in all that comes after them."""


def rounded_down(count: float) -> int:
    """A power of two, so that a machine that is a bit slower measures as much."""
    return 1 << int(math.log2(count)) if count >= 1 else 0


class RecombinedModel(Protocol):
    """A model that can take each input from another sample."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""

    @property
    def samples(self) -> int:
        """The number of samples N."""

    @property
    def heads(self) -> tuple[InspectedHead, ...]:
        """The heads."""

    def scores(self, rows: Array) -> Mapping[str, Array]:
        """Scores (R, width) by head. `rows` (R, M) has the sample that each input is taken from."""
