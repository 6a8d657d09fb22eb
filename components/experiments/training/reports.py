"""Measurement of each head's predictions at the end of a run."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.base.errors import RunError
from components.experiments.training.compiled_model import Predictor, Rows
from components.experiments.training.events import (
    CONFUSION_CLASSES,
    POINTS,
    REPORTED_CLASSES,
    WORST,
    ClassReport,
    HeadReport,
    Wrong,
)
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from sample_data.core.arrays import rounded

Arrays = Mapping[str, npt.NDArray[Any]]
Numbers = npt.NDArray[Any]

CEILING_METRICS = {"accuracy": "accuracy", "r2": "r2_score"}
"""Metric of a head that each measure of a ceiling is compared with."""


def measure_heads(
    architecture: Architecture,
    predictor: Predictor,
    inputs: Arrays,
    targets: Arrays,
    rows: Rows,
    seconds: float = math.inf,
) -> tuple[int, dict[str, HeadReport]]:
    """Return the number of rows measured within `seconds`, and a report of each head on them.

    Raises `RunError` if a prediction is not a finite number.
    """
    deadline, samples = time.perf_counter() + seconds, 0
    parts: dict[str, list[_RowsPart]] = {head.name: [] for head in architecture.heads}
    for part, outputs in predictor.parts(inputs, rows):
        for head in architecture.heads:
            truth = targets[head.name][rows[part]]
            parts[head.name].append(_RowsPart.of(head, truth, outputs[head.name]))
        samples = min(part.stop, len(rows))
        if time.perf_counter() > deadline:
            break
    measured, heads = rows[:samples], {}
    points = np.unique(np.linspace(0, len(rows) - 1, POINTS).astype(np.int64))
    for head in architecture.heads:
        truth, of_head = targets[head.name][measured], parts[head.name]
        if head.target == "values":
            shown = points[points < samples]
            heads[head.name] = _value_report(head, truth, of_head, measured, shown)
        else:
            heads[head.name] = _class_report(head, truth[:, 0].astype(np.int64), of_head, measured)
    return samples, heads


def peak_memory() -> int:
    """Return the peak memory of this process, in bytes."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


class _RowsPart(NamedTuple):
    """Values kept from the outputs of a head, for a part of the rows."""

    loss: float
    predicted: Numbers
    """Classes (n,), or values (n, width)."""
    confidence: Numbers
    """Probability (n,) of the predicted class; empty for values."""
    score: Numbers
    """Probability (n,) of 1 for two classes; else empty."""
    squared_error: Numbers
    """Sum (width,) over the rows, for values; empty for classes."""
    absolute_error: float

    @classmethod
    def of(cls, head: Head, truth: Numbers, output: Numbers) -> _RowsPart:
        """Compute the values to keep. Raises `RunError` if a prediction is not a finite number."""
        _require_finite(head.name, output)
        none = np.zeros(0, np.float32)
        if head.target == "values":
            errors = output.astype(np.float64) - truth
            squared, absolute = (errors**2).sum(axis=0), float(np.abs(errors).sum())
            return cls(_loss(head, truth, output), output, none, none, squared, absolute)
        loss = _loss(head, truth[:, 0].astype(np.int64), output)
        if head.target == "binary":
            one = output[:, 0]
            predicted, sure = (one > 0.5).astype(np.int64), np.maximum(one, 1 - one)
        else:
            predicted, sure = output.argmax(axis=1), output.max(axis=1)
        score = output[:, 0].astype(np.float32) if head.target == "binary" else none
        return cls(loss, predicted, sure.astype(np.float32), score, none, 0.0)


def _class_report(head: Head, truth: Numbers, parts: Sequence[_RowsPart], rows: Rows) -> HeadReport:
    predicted = np.concatenate([part.predicted for part in parts])
    confidence = np.concatenate([part.confidence for part in parts])
    loss = _sum_in_order(part.loss for part in parts) / len(rows)
    measures = {"loss": loss, "accuracy": float((truth == predicted).mean())}
    count = head.width
    if head.target == "binary":
        count = 2
        measures |= _auc(truth, np.concatenate([part.score for part in parts]))
    confusion = _confusion(truth, predicted, count) if count <= CONFUSION_CLASSES else None
    wrong = np.flatnonzero(truth != predicted)
    return HeadReport(
        target=head.target,
        measures=measures,
        classes=()
        if confusion is None or count > REPORTED_CLASSES
        else tuple(_class(confusion, label) for label in range(count)),
        confusion=() if confusion is None else tuple(map(tuple, confusion.tolist())),
        worst=tuple(
            Wrong(
                row=int(rows[index]),
                truth=float(truth[index]),
                predicted=float(predicted[index]),
                confidence=rounded(confidence[index]),
            )
            for index in wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST]
        ),
    )


def _value_report(
    head: Head, truth: Numbers, parts: Sequence[_RowsPart], rows: Rows, shown: Rows
) -> HeadReport:
    """Return the report of a head with values.

    For the worst samples, only the value with the largest error in each row counts.
    """
    output = np.concatenate([part.predicted for part in parts])
    squared_error = _sum_in_order(part.squared_error for part in parts)
    numbers, spread = len(rows) * head.width, truth.var(axis=0, dtype=np.float64) * len(rows)
    # Mean over the outputs, like Keras's `R2Score`; left out if a true value is constant.
    r2 = {"r2_score": float((1 - squared_error / spread).mean())} if spread.all() else {}
    columns, every = np.abs(output.astype(np.float64) - truth).argmax(axis=1), np.arange(len(rows))
    true, predicted = truth[every, columns], output[every, columns].astype(np.float32)
    pairs = [(index, index % head.width) for index in shown]
    return HeadReport(
        target="values",
        measures={
            "loss": _sum_in_order(part.loss for part in parts) / len(rows),
            **r2,
            "mean_absolute_error": _sum_in_order(part.absolute_error for part in parts) / numbers,
            "root_mean_squared_error": math.sqrt(squared_error.sum() / numbers),
        },
        points=tuple((rounded(truth[pair]), rounded(output[pair])) for pair in pairs),
        worst=tuple(
            Wrong(
                row=int(rows[index]),
                truth=rounded(true[index]),
                predicted=rounded(predicted[index]),
                output=int(columns[index]),
            )
            for index in np.argsort(-np.abs(predicted - true), kind="stable")[:WORST]
        ),
    )


def _sum_in_order(numbers: Iterable[Any]) -> Any:
    """Return the sum, added in order: the rounding of `sum` depends on Python's version."""
    total: Any = 0.0
    for number in numbers:
        total = total + number
    return total


def _loss(head: Head, truth: Numbers, output: Numbers) -> float:
    """Return the sum of the head's loss over the samples, without the loss weight."""
    import keras

    wanted = truth if head.target == "classes" else truth.reshape(len(output), -1)
    losses = keras.losses.get(head.loss)(wanted.astype(np.float32), output)
    return float(keras.ops.convert_to_numpy(losses).sum(dtype=np.float64))


def _confusion(truth: Numbers, predicted: Numbers, classes: int) -> Numbers:
    """Return (classes, classes) counts of samples, true class by row, predicted class by column."""
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
    """Return the share of (1, 0) pairs in the right order; ties count half.

    Source: Mann and Whitney 1947.
    """
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
            "The predictions are no finite numbers.",
            f"{name} with NaN or infinite values after the last epoch",
            "Lower the learning rate, clip the gradient norm, or look for very large values in the "
            "data.",
        )
