from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import psutil
import pytest

from components.app.cli.train import text_report
from components.base.errors import RunError
from components.experiments.training.events import (
    CONFUSION_CLASSES,
    POINTS,
    WORST,
    Event,
    HeadReport,
    Outcome,
    Report,
)
from components.experiments.training.reports import measure_heads, peak_memory
from components.experiments.verdicts.figures import DIVERGED
from components.models.architecture.architecture import Architecture
from tests.experiments.training.support import TWO_HEADS, VECTORS, fused, request, train, vector
from tests.matrix import cases

INPUTS = {"left": np.zeros((10, 8), np.float32)}


class Outputs:
    """Fake model with fixed outputs by head, for all samples of the dataset."""

    def __init__(self, outputs: dict[str, Any], size: int = 4) -> None:
        self._outputs, self._size = outputs, size

    def parts(self, inputs: Mapping[str, Any], rows: Any) -> Iterator[tuple[slice, dict[str, Any]]]:
        for start in range(0, len(rows), self._size):
            part = slice(start, start + self._size)
            yield part, {name: array[rows[part]] for name, array in self._outputs.items()}


def of_one(head: dict[str, Any], truth: Any, output: Any, rows: Any = None) -> HeadReport:
    architecture = fused([vector("left")], [{"name": "y", **head}])
    rows = np.arange(len(truth)) if rows is None else rows
    predictor: Any = Outputs({"y": output})
    samples, heads = measure_heads(architecture, predictor, INPUTS, {"y": truth}, rows)
    assert samples == len(rows)
    return heads["y"]


def test_predictions_that_are_no_numbers_end_the_run_as_diverged() -> None:
    truth, output = np.zeros((6, 1), np.float32), np.full((6, 1), np.nan, np.float32)
    with pytest.raises(RunError) as raised:
        of_one({"kind": "binary"}, truth, output)
    assert str(raised.value).startswith(DIVERGED)


def test_two_classes_by_hand() -> None:
    truth = np.array([[0], [0], [0], [1], [1], [1]], np.float32)
    output = np.array([[0.1], [0.9], [0.5], [0.8], [0.4], [0.9]], np.float32)
    found = of_one({"kind": "binary"}, truth, output)
    assert found.confusion == ((2, 1), (1, 2))
    assert found.measures["accuracy"] == pytest.approx(4 / 6)
    assert found.measures["auc"] == pytest.approx(5.5 / 9)
    own = [0.9, 0.1, 0.5, 0.8, 0.4, 0.9]
    assert found.measures["loss"] == pytest.approx(-np.log(own).mean(), rel=1e-5)
    none, one = found.classes
    assert (none.samples, none.precision, none.recall, none.f1) == pytest.approx((3, *[2 / 3] * 3))
    assert (one.label, one.samples) == (1, 3)
    assert [(w.row, w.truth, w.predicted) for w in found.worst] == [(1, 0, 1), (4, 1, 0)]
    assert [w.confidence for w in found.worst] == pytest.approx([0.9, 0.6])


def test_three_classes_by_hand_on_some_rows() -> None:
    truth = np.array([[0], [1], [2], [2], [1]], np.int32)
    output = np.eye(3, dtype=np.float32)[[0, 2, 2, 0, 1]] * 0.7 + 0.1
    found = of_one({"kind": "multiclass", "classes": 3}, truth, output, np.array([1, 2, 3, 4]))
    assert found.confusion == ((0, 0, 0), (0, 1, 1), (1, 0, 1))
    zero, one, two = found.classes
    assert (zero.samples, zero.precision, zero.recall, zero.f1) == (0, 0.0, None, 0.0)
    assert (one.precision, one.recall) == (1.0, 0.5)
    assert one.f1 == pytest.approx(2 / 3)
    assert (two.precision, two.recall) == (0.5, 0.5)
    assert sorted(wrong.row for wrong in found.worst) == [1, 3]
    loss = -(2 * math.log(0.8) + 2 * math.log(0.1)) / 4
    assert found.measures == {"loss": pytest.approx(loss, rel=1e-5), "accuracy": 0.5}


def test_real_values_by_hand() -> None:
    truth = np.array([[1, 10], [2, 20], [3, 30], [6, 40]], np.float32)
    output = np.array([[1, 10], [2, 25], [4, 30], [6, 40]], np.float32)
    found = of_one({"kind": "regression", "outputs": 2}, truth, output)
    assert found.measures["mean_absolute_error"] == pytest.approx(6 / 8)
    assert found.measures["root_mean_squared_error"] == pytest.approx(math.sqrt(26 / 8))
    assert found.measures["loss"] == pytest.approx(26 / 8)
    assert found.measures["r2_score"] == pytest.approx(1 - (1 / 14 + 25 / 500) / 2)
    assert found.points == ((1, 1), (20, 25), (3, 4), (40, 40))
    assert [(w.row, w.output, w.truth, w.predicted) for w in found.worst[:2]] == [
        (1, 1, 20, 25),
        (2, 0, 3, 4),
    ]
    assert found.worst[0].confidence is None


def test_what_cannot_be_measured_is_left_out() -> None:
    found = of_one({"kind": "binary"}, np.ones((4, 1), np.float32), np.full((4, 1), 0.9))
    assert (found.classes[0].precision, found.classes[0].f1) == (None, None)
    assert "auc" not in found.measures
    found = of_one({"kind": "regression"}, np.ones((4, 1), np.float32), np.zeros((4, 1)))
    assert "r2_score" not in found.measures


@pytest.mark.parametrize("classes", [20, 21, CONFUSION_CLASSES, CONFUSION_CLASSES + 1])
def test_a_report_of_many_samples_and_classes_is_bounded(classes: int) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, classes, (3000, 1)).astype(np.int32)
    output = rng.dirichlet(np.ones(classes), 3000).astype(np.float32)
    found = of_one({"kind": "multiclass", "classes": classes}, truth, output)
    assert len(found.classes) == (20 if classes == 20 else 0)
    assert len(found.confusion) == (classes if classes <= CONFUSION_CLASSES else 0)
    assert sum(map(sum, found.confusion)) in (0, 3000)
    confident = [wrong.confidence for wrong in found.worst]
    assert len(confident) == WORST
    assert confident == sorted(confident, reverse=True)  # type: ignore[type-var]
    assert len(found.model_dump_json()) < 15_000


def test_points_of_many_samples_are_spread() -> None:
    truth = np.arange(5000, dtype=np.float32)[:, None]
    found = of_one({"kind": "regression"}, truth, truth + 1)
    assert len(found.points) == POINTS
    assert (found.points[0], found.points[-1]) == ((0, 1), (4999, 5000))


def test_measuring_ends_in_time() -> None:
    truth = np.ones((10, 1), np.float32)
    samples, heads = measure_heads(
        VECTORS,
        Outputs({"y": truth}),  # type: ignore[arg-type]
        INPUTS,
        {"y": truth},
        np.arange(10),
        seconds=0,
    )
    assert samples == 4
    assert sum(map(sum, heads["y"].confusion)) == 4


def test_a_prediction_that_is_no_number_is_reported() -> None:
    truth = np.ones((4, 1), np.float32)
    with pytest.raises(RunError, match="Lower the learning rate"):
        of_one({"kind": "binary"}, truth, truth * np.nan)


def test_the_memory_of_this_process() -> None:
    before, held = peak_memory(), np.ones(20_000_000)
    taken = psutil.Process().memory_info().rss
    assert 0.9 * taken < peak_memory() < before + held.nbytes + 10**9


@pytest.mark.parametrize(
    ("architecture", "share"),
    cases(product((VECTORS, TWO_HEADS), (0.0, 0.25)), [(VECTORS, 0.0), (TWO_HEADS, 0.25)]),
)
def test_measures_of_validation_are_those_of_the_last_epoch(
    architecture: Architecture, share: float
) -> None:
    events: list[Event] = []
    asked = request(architecture, epochs=2, samples=90, validation_share=share)
    result = train(asked, events.append, lambda: False)
    assert [event.kind for event in events][-2:] == ["report", "finished"]
    report = events[-2]
    assert isinstance(report, Report)
    assert result.report == report
    assert (report.epoch, report.validated) == (2, bool(share))
    assert (report.samples, report.trained + report.held) == (23 if share else 90, 90)
    assert list(report.heads) == [head.name for head in architecture.heads]
    assert report.epoch_seconds == result.history[1].seconds, "the first epoch compiles"
    assert 0 < report.epoch_seconds < report.seconds <= result.seconds
    assert report.memory_bytes > 100_000_000
    if share:
        for name, head in report.heads.items():
            for key, value in head.measures.items():
                expected = result.final.get(f"val_{name}/{key}")
                if expected is not None and key != "auc":
                    assert value == pytest.approx(expected, rel=1e-4), key


def test_a_stopped_run_reports_its_scores() -> None:
    events: list[Event] = []
    result = train(request(epochs=1000), events.append, lambda: len(events) > 5)
    assert result.status == "stopped"
    assert result.report is not None
    assert result.report.epoch == len(result.history)


def test_a_stopped_run_says_on_how_many_samples_it_is_measured() -> None:
    whole = Report(
        epoch=2, validated=True, samples=500, trained=1500, held=500, heads={}, seconds=1.0,
        epoch_seconds=0.1, memory_bytes=1
    )  # fmt: skip
    assert whole.measured_on == "500 validation samples"
    part = whole.model_copy(update={"samples": 38})
    assert part.measured_on == "only 38 of 500 validation samples, because the run was stopped"
    result = Outcome(status="stopped", report=part)
    assert f"on {part.measured_on} (" in text_report(request(VECTORS), result, {})
