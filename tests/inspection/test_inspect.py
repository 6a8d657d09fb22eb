"""A whole inspection: what it holds, how it is planned, stopped and stored."""

from __future__ import annotations

import numpy as np
import pytest

from components.inspection.inspect import (
    LEAST_BACKGROUND,
    ROWS,
    InspectionPlan,
    choose_rows,
    inspect,
)
from components.inspection.results import parse_inspection
from components.inspection.text import text_report
from sample_data.core.arrays import Array
from tests.inspection.models import bayes, binary


def product(x: Array) -> Array:
    column: Array = 3 * x[:, :1] * x[:, 1:2]
    return column


def test_an_input_that_is_not_read_counts_exactly_nothing() -> None:
    model = binary(product, 3, reads=(0, 1))
    head = inspect(model, np.arange(40), True).heads["y"]
    unread = head.inputs[2]
    assert (unread.permutation, unread.permutation_error, unread.shapley) == (0, 0, 0)
    assert unread.alone == head.nothing
    assert all(sample.pushes[2] == 0 for sample in head.samples)
    assert len(head.coalitions) == 4


def test_samples_name_their_rows_and_the_worst_come_first() -> None:
    rows = np.arange(100, 140)
    head = inspect(binary(product, 2), rows, True).heads["y"]
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
    first, again = (inspect(model, np.arange(80), True, seed=3) for _ in range(2))
    assert first.heads == again.heads
    assert parse_inspection(first.json_text()) == first
    assert f"cooperation {first.heads['y'].cooperation:+.3f}" in text_report(first)


def test_progress_grows_to_its_end_and_may_stop_it() -> None:
    fractions: list[float] = []
    inspect(bayes("xor", 300), np.arange(300), True, progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert 0.5 < fractions[-1] <= 1

    def stop(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        inspect(bayes("xor", 300), np.arange(300), True, progress=stop)


@pytest.mark.parametrize(
    ("inputs", "affordable", "background"),
    [(1, ROWS, 500), (2, ROWS, 500), (3, ROWS, 200), (12, ROWS, LEAST_BACKGROUND), (2, 50_000, 50)],
)
def test_the_background_is_as_large_as_rows_allow(
    inputs: int, affordable: int, background: int
) -> None:
    plan = InspectionPlan.of(inputs, 500, affordable, np.random.default_rng(0))
    assert len(plan.background) == len(set(plan.background)) == background


def test_at_most_500_rows_are_measured() -> None:
    chosen = choose_rows(np.arange(2000), np.random.default_rng(0))
    assert len(chosen) == len(set(chosen)) == 500
    assert choose_rows(np.array([3, 5]), np.random.default_rng(0)).tolist() == [3, 5]
