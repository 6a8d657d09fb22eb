"""A complete inspection: contents, plan, stopping and storage."""

from __future__ import annotations

import numpy as np
import pytest

from components.experiments.inspection.basis.coalitions import Pace
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.inspection.explanation import text_report
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measuring import (
    LEAST_BACKGROUND,
    LEAST_SAMPLES,
    InspectionPlan,
    inspect,
)
from sample_data.core.arrays import Array
from tests.experiments.inspection.models import bayes, binary, whole


def product(x: Array) -> Array:
    column: Array = 3 * x[:, :1] * x[:, 1:2]
    return column


def test_an_input_that_is_not_read_counts_exactly_nothing() -> None:
    model = binary(product, 3, reads=(0, 1))
    head = whole(model).heads["y"]
    unread = {kind: numbers[2] for kind, numbers in head.measures.items() if len(numbers) > 1}
    assert unread.pop("alone").value == head.nothing
    assert {(one.value, one.error) for one in unread.values()} == {(0, 0)}
    assert all(sample.pushes[2] == 0 for sample in head.samples)
    assert len(head.coalitions) == 4


def test_samples_name_their_rows_and_the_worst_come_first() -> None:
    rows = np.arange(100, 140)
    head = inspect(binary(product, 2), rows, True, 40).heads["y"]
    assert sorted(sample.row for sample in head.samples) == rows.tolist()
    wrong = [sample.truth != sample.predicted for sample in head.samples]
    assert wrong == sorted(wrong, reverse=True)
    assert any(wrong)
    surest = [sample.confidence or 0 for sample in head.samples if sample.truth != sample.predicted]
    assert surest == sorted(surest, reverse=True)
    for sample in head.samples:
        assert sample.base + sum(sample.pushes) == pytest.approx(sample.score, abs=1e-4)


def test_the_same_seed_gives_the_same_inspection_and_json_keeps_it() -> None:
    model = bayes("dot", 80)
    first, again = (inspect(model, np.arange(80), True, 80, seed=3) for _ in range(2))
    assert first.heads == again.heads
    assert parse_inspection(first.json_text()) == first


def test_the_report_has_all_measures_and_what_they_mean() -> None:
    report = text_report(whole(bayes("dot", 80)))
    for kind, measure in MEASURES.items():
        applies = kind not in ("value_interaction", "gate_choice")
        assert (measure.means in report) == applies


def test_a_tick_can_stop_it() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        inspect(bayes("xor", 300), np.arange(300), True, 300, tick=stop)


@pytest.mark.parametrize(
    ("inputs", "seconds", "samples", "background"),
    [
        (1, 10, 500, 500),
        (2, 10, 500, 500),
        (3, 10, 500, 200),
        (12, 10, 500, LEAST_BACKGROUND),
        (2, 0.15, 500, 131),
        (2, 0.01, 409, 10),
        (2, 0.0, LEAST_SAMPLES, LEAST_BACKGROUND),
    ],
)
def test_as_many_samples_and_sets_are_measured_as_fit_the_time(
    inputs: int, seconds: float, samples: int, background: int
) -> None:
    plan = InspectionPlan.of(inputs, 500, Pace(1e-6, 1e-6), seconds)
    assert (plan.samples, plan.background) == (samples, background)
    assert InspectionPlan.of(inputs, 20, Pace(1e-6, 1e-6), seconds).samples == 20
