"""Measures how well each head of a model predicts at the end of its run."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

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

CEILING_METRICS = {"accuracy": "accuracy", "r2": "r2_score"}
"""The metric of a head that each measure of a ceiling is compared with."""


def measure_heads(
    architecture: Architecture,
    predictor: Predictor,
    inputs: Arrays,
    targets: Arrays,
    rows: Rows,
    seconds: float = math.inf,
) -> tuple[int, dict[str, HeadReport]]:
    """The number of rows measured within `seconds`, and a report of each head on them.

    Raises `RunError` if a prediction is not a finite number.
    """
    deadline = time.perf_counter() + seconds
    heads = {head.name: _measures(head, targets[head.name], rows) for head in architecture.heads}
    samples = 0
    for part, outputs in predictor.parts(inputs, rows):
        for name, head in heads.items():
            _require_finite(name, outputs[name])
            head.add(part, outputs[name])
        samples = min(part.stop, len(rows))
        if time.perf_counter() > deadline:
            break
    return samples, {name: head.report(samples) for name, head in heads.items()}


def peak_memory() -> int:
    """The peak memory of this process, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


class _ClassMeasures:
    """Collects the predicted classes of one head."""

    def __init__(self, head: Head, targets: Numbers, rows: Rows) -> None:
        self._head, self._rows = head, rows
        self._truth = targets[rows, 0].astype(np.int64)
        self._predicted = np.zeros(len(rows), np.int64)
        self._confidence = np.zeros(len(rows), np.float32)
        """Probability of the predicted class."""
        self._scores = np.zeros(len(rows) if head.target == "binary" else 0, np.float32)
        """Probability of 1."""
        self._loss = 0.0

    def add(self, part: slice, output: Numbers) -> None:
        """Add the head's output for a part of the rows."""
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
        """The report on the first `samples` rows."""
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
                    row=int(self._rows[index]),
                    truth=float(truth[index]),
                    predicted=float(predicted[index]),
                    confidence=_rounded(confidence[index]),
                )
                for index in wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST]
            ),
        )


class _ValueMeasures:
    """Collects the predicted values of one head. Of each row it keeps the value with the largest
    error."""

    def __init__(self, head: Head, targets: Numbers, rows: Rows) -> None:
        self._head, self._rows, self._targets = head, rows, targets
        self._worst_output = np.zeros(len(rows), np.int64)
        self._worst_value = np.zeros(len(rows), np.float32)
        self._shown = np.unique(np.linspace(0, len(rows) - 1, POINTS).astype(np.int64))
        self._points: list[tuple[float, float]] = []
        self._squared_error = np.zeros(head.width)
        self._absolute_error = self._loss = 0.0

    def add(self, part: slice, output: Numbers) -> None:
        """Add the head's output for a part of the rows."""
        truth = self._targets[self._rows[part]]
        errors = output.astype(np.float64) - truth
        self._squared_error += (errors**2).sum(axis=0)
        self._absolute_error += float(np.abs(errors).sum())
        self._loss += _loss(self._head, truth, output)
        worst = np.abs(errors).argmax(axis=1)
        self._worst_output[part] = worst
        self._worst_value[part] = output[np.arange(len(worst)), worst]
        in_part = (self._shown >= part.start) & (self._shown < part.stop)
        for index in self._shown[in_part]:
            column = index % self._head.width
            row = index - part.start
            self._points.append((_rounded(truth[row, column]), _rounded(output[row, column])))

    def report(self, samples: int) -> HeadReport:
        """The report on the first `samples` rows."""
        rows, outputs = self._rows[:samples], self._worst_output[:samples]
        numbers = samples * self._head.width
        measures = {
            "loss": self._loss / samples,
            **self._r2(samples),
            "mean_absolute_error": self._absolute_error / numbers,
            "root_mean_squared_error": math.sqrt(self._squared_error.sum() / numbers),
        }
        truth, predicted = self._targets[rows, outputs], self._worst_value[:samples]
        worst = np.argsort(-np.abs(predicted - truth), kind="stable")[:WORST]
        return HeadReport(
            target="values",
            measures=measures,
            points=tuple(self._points),
            worst=tuple(
                Wrong(
                    row=int(rows[index]),
                    truth=_rounded(truth[index]),
                    predicted=_rounded(predicted[index]),
                    output=int(outputs[index]),
                )
                for index in worst
            ),
        )

    def _r2(self, samples: int) -> dict[str, float]:
        """The mean over the outputs, as Keras's `R2Score`; left out if a true value is constant."""
        spread = self._targets[self._rows[:samples]].var(axis=0, dtype=np.float64) * samples
        if not spread.all():
            return {}
        return {"r2_score": float((1 - self._squared_error / spread).mean())}


def _measures(head: Head, targets: Numbers, rows: Rows) -> _ClassMeasures | _ValueMeasures:
    kind = _ValueMeasures if head.target == "values" else _ClassMeasures
    return kind(head, targets, rows)


def _loss(head: Head, truth: Numbers, output: Numbers) -> float:
    """The sum of the head's loss over the samples, without the loss weight."""
    import keras

    wanted = truth if head.target == "classes" else truth.reshape(len(output), -1)
    losses = keras.losses.get(head.loss)(wanted.astype(np.float32), output)
    return float(keras.ops.convert_to_numpy(losses).sum(dtype=np.float64))


def _confusion(truth: Numbers, predicted: Numbers, classes: int) -> Numbers:
    """(classes, classes): counts of samples, true class by row, predicted class by column."""
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
    """The share of (1, 0) pairs in the right order; a tie counts half (Mann and Whitney 1947)."""
    ones = truth == 1
    pairs = int(ones.sum()) * int((~ones).sum())
    if not pairs:
        return {}
    _, index, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]
    above = ranks[ones].sum() - ones.sum() * (ones.sum() + 1) / 2
    return {"auc": float(above / pairs)}


def _require_finite(name: str, output: Numbers) -> None:
    if not np.isfinite(output).all():
        raise RunError(
            "Predictions must be finite numbers.",
            f"{name} with NaN or infinite values after the last epoch",
            "Lower the learning rate, clip the gradient norm, or look for very large values in the "
            "data.",
        )


def _rounded(value: float | np.floating[Any]) -> float:
    """A number with 6 significant digits."""
    return float(f"{float(value):.6g}")
