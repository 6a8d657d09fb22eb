"""What a model can do at the end of its run, head by head."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.core.errors import RunError
from components.heads.base import Head
from components.model.spec import Architecture
from components.training.events import (
    CONFUSION_CLASSES,
    POINTS,
    REPORTED_CLASSES,
    WORST,
    ClassReport,
    HeadReport,
    Wrong,
)
from components.training.predictions import Predictor, Rows

Arrays = Mapping[str, npt.NDArray[Any]]
Numbers = npt.NDArray[Any]


def measured(
    architecture: Architecture,
    predictor: Predictor,
    inputs: Arrays,
    targets: Arrays,
    rows: Rows,
    seconds: float = math.inf,
) -> tuple[int, dict[str, HeadReport]]:
    """How many of the rows were measured in `seconds`, and a report of each head on them.

    Raises `RunError` where a prediction is no finite number.
    """
    until = time.perf_counter() + seconds
    heads = {head.name: _taker(head)(head, targets[head.name], rows) for head in architecture.heads}
    samples = 0
    for part, outputs in predictor.parts(inputs, rows):
        for name, head in heads.items():
            _must_be_finite(name, outputs[name])
            head.take(part, outputs[name])
        samples = min(part.stop, len(rows))
        if time.perf_counter() > until:
            break
    return samples, {name: head.report(samples) for name, head in heads.items()}


def peak_memory() -> int:
    """The most this process has had in memory, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


class _Labels:
    """Predicted classes of one head."""

    def __init__(self, head: Head, targets: Numbers, rows: Rows) -> None:
        self._head, self._rows = head, rows
        self._truth = targets[rows, 0].astype(np.int64)
        self._predicted = np.zeros(len(rows), np.int64)
        self._confidence = np.zeros(len(rows), np.float32)
        """Probability of the class that is predicted."""
        self._scores = np.zeros(len(rows) if head.target == "binary" else 0, np.float32)
        """Probability of 1."""
        self._loss = 0.0

    def take(self, part: slice, output: Numbers) -> None:
        """The head's output for a part of the rows."""
        if self._head.target == "binary":
            one = output[:, 0]
            self._scores[part] = one
            self._predicted[part] = one > 0.5
            self._confidence[part] = np.maximum(one, 1 - one)
        else:
            self._predicted[part] = output.argmax(axis=1)
            self._confidence[part] = output.max(axis=1)
        self._loss += _loss(self._head, self._truth[part], output)

    def report(self, samples: int) -> HeadReport:
        """What the first so many rows come to."""
        truth, predicted = self._truth[:samples], self._predicted[:samples]
        confidence = self._confidence[:samples]
        measures = {
            "loss": self._loss / samples,
            "accuracy": float((truth == predicted).mean()),
        }
        if self._head.target == "binary":
            measures |= _auc(truth, self._scores[:samples])
        count = 2 if self._head.target == "binary" else self._head.width
        confusion = _confusion(truth, predicted, count) if count <= CONFUSION_CLASSES else None
        wrong = np.flatnonzero(truth != predicted)
        return HeadReport(
            target=self._head.target,
            measures=measures,
            classes=()
            if confusion is None or count > REPORTED_CLASSES
            else tuple(_class(confusion, label) for label in range(count)),
            confusion=() if confusion is None else tuple(map(tuple, confusion.tolist())),
            worst=tuple(
                Wrong(
                    row=int(self._rows[place]),
                    truth=float(truth[place]),
                    predicted=float(predicted[place]),
                    confidence=_short(confidence[place]),
                )
                for place in wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST]
            ),
        )


class _Values:
    """Predicted values of one head. For each row only the one furthest from the truth is kept."""

    def __init__(self, head: Head, targets: Numbers, rows: Rows) -> None:
        self._head, self._rows, self._targets = head, rows, targets
        self._output = np.zeros(len(rows), np.int64)
        self._furthest = np.zeros(len(rows), np.float32)
        self._shown = np.unique(np.linspace(0, len(rows) - 1, POINTS).astype(np.int64))
        self._points: list[tuple[float, float]] = []
        self._squares = np.zeros(head.width)
        self._distance = self._loss = 0.0

    def take(self, part: slice, output: Numbers) -> None:
        """The head's output for a part of the rows."""
        truth = self._targets[self._rows[part]]
        apart = output.astype(np.float64) - truth
        self._squares += (apart**2).sum(axis=0)
        self._distance += float(np.abs(apart).sum())
        self._loss += _loss(self._head, truth, output)
        worst = np.abs(apart).argmax(axis=1)
        self._output[part] = worst
        self._furthest[part] = output[np.arange(len(worst)), worst]
        here = (self._shown >= part.start) & (self._shown < part.stop)
        for place in self._shown[here]:
            column = place % self._head.width
            row = place - part.start
            self._points.append((_short(truth[row, column]), _short(output[row, column])))

    def report(self, samples: int) -> HeadReport:
        """What the first so many rows come to."""
        rows, outputs = self._rows[:samples], self._output[:samples]
        numbers = samples * self._head.width
        measures = {
            "loss": self._loss / samples,
            **self._r2(samples),
            "mean_absolute_error": self._distance / numbers,
            "root_mean_squared_error": math.sqrt(self._squares.sum() / numbers),
        }
        truth, predicted = self._targets[rows, outputs], self._furthest[:samples]
        worst = np.argsort(-np.abs(predicted - truth), kind="stable")[:WORST]
        return HeadReport(
            target="values",
            measures=measures,
            points=tuple(self._points),
            worst=tuple(
                Wrong(
                    row=int(rows[place]),
                    truth=_short(truth[place]),
                    predicted=_short(predicted[place]),
                    output=int(outputs[place]),
                )
                for place in worst
            ),
        )

    def _r2(self, samples: int) -> dict[str, float]:
        """The mean over the outputs, as Keras's `R2Score`; none where a value never changes."""
        spread = self._targets[self._rows[:samples]].var(axis=0, dtype=np.float64) * samples
        if not spread.all():
            return {}
        return {"r2_score": float((1 - self._squares / spread).mean())}


def _taker(head: Head) -> Callable[[Head, Numbers, Rows], _Labels | _Values]:
    return _Values if head.target == "values" else _Labels


def _loss(head: Head, truth: Numbers, output: Numbers) -> float:
    """The sum of the head's loss over the samples, without its weight."""
    import keras

    wanted = truth if head.target == "classes" else truth.reshape(len(output), -1)
    losses = keras.losses.get(head.loss)(wanted.astype(np.float32), output)
    return float(keras.ops.convert_to_numpy(losses).sum(dtype=np.float64))


def _confusion(truth: Numbers, predicted: Numbers, classes: int) -> Numbers:
    """(classes, classes): samples by their class and by the one they were taken for."""
    cells = np.bincount(truth * classes + predicted, minlength=classes**2)
    return cells.reshape(classes, classes)


def _class(confusion: Numbers, label: int) -> ClassReport:
    hits = int(confusion[label, label])
    samples, taken = int(confusion[label].sum()), int(confusion[:, label].sum())
    return ClassReport(
        label=label,
        samples=samples,
        precision=hits / taken if taken else None,
        recall=hits / samples if samples else None,
        f1=2 * hits / (samples + taken) if samples + taken else None,
    )


def _auc(truth: Numbers, scores: Numbers) -> dict[str, float]:
    """The share of pairs of a 1 and a 0 that are in order, ties by half (Mann and Whitney 1947)."""
    ones = truth == 1
    pairs = int(ones.sum()) * int((~ones).sum())
    if not pairs:
        return {}
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    above = ranks[ones].sum() - ones.sum() * (ones.sum() + 1) / 2
    return {"auc": float(above / pairs)}


def _must_be_finite(name: str, output: Numbers) -> None:
    if not np.isfinite(output).all():
        raise RunError(
            "What a model predicts must be finite numbers.",
            f"{name} with NaN or infinite values behind the last epoch",
            "Lower the learning rate, set a gradient norm to clip at, or look for very large "
            "values in the data.",
        )


def _short(value: float | np.floating[Any]) -> float:
    """A number with 6 digits, as it is drawn."""
    return float(f"{float(value):.6g}")
