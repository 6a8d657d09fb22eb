"""The duration of a run, and the changes that make it quick."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.experiments.training.pace import (
    FIRST_EPOCH_SECONDS,
    FIRST_SECONDS,
    LEAST_EPOCHS,
    LEAST_SAMPLES,
    MOST_EPOCHS,
    START_SECONDS,
    TUNING_STARTS,
    MeasuredRun,
    RunSize,
    TrainingPace,
    measured_pace,
    measured_slowness,
)
from components.experiments.training.tuning import FACTORS
from tests.experiments.training.support import request
from tests.experiments.training.test_events import REPORT

HEAVY = RunSize(38_000_000, 2000, 20, 32, 0.25)
SIZES = st.builds(
    RunSize,
    st.integers(0, 10**9),
    st.integers(10, 100_000),
    st.integers(1, 1000),
    st.integers(1, 4096),
    st.floats(0, 0.9),
)


def test_time_grows_with_flops_samples_and_epochs() -> None:
    seconds = HEAVY.seconds()
    for larger in (
        replace(HEAVY, flops=2 * HEAVY.flops),
        replace(HEAVY, samples=4000),
        replace(HEAVY, epochs=40),
        replace(HEAVY, batch_size=1),
        replace(HEAVY, validation_share=0.1),
    ):
        assert larger.seconds() > seconds
    assert HEAVY.seconds(TrainingPace(2.0, 7.0)) - 7 == pytest.approx(2 * (seconds - START_SECONDS))


@given(SIZES, st.floats(4, 60), st.floats(0.2, 5))
def test_a_quicker_run_is_smaller_and_quick_enough(
    size: RunSize, seconds: float, slowness: float
) -> None:
    quick = size.quicker(seconds, TrainingPace(slowness))
    if quick is None:
        return
    assert quick.seconds(TrainingPace(slowness)) <= seconds
    assert quick != size
    assert quick.samples <= size.samples
    assert quick.epochs <= min(size.epochs, MOST_EPOCHS)
    assert replace(quick, samples=size.samples, epochs=size.epochs) == size


@given(SIZES, st.floats(0.2, 5))
def test_a_proposed_run_is_quick_or_as_small_as_can_be(size: RunSize, factor: float) -> None:
    def quick(run: RunSize) -> bool:
        seconds, epoch = run.seconds(TrainingPace(factor)), run.epoch_seconds(factor)
        return seconds <= FIRST_SECONDS and epoch <= FIRST_EPOCH_SECONDS

    proposed = size.proposed(factor)
    least = proposed.samples, proposed.epochs
    assert quick(proposed) or least == (LEAST_SAMPLES, LEAST_EPOCHS)
    assert proposed == size or not quick(size)


def test_a_slow_machine_gets_fewer_samples_for_a_first_run() -> None:
    assert HEAVY.proposed().samples == 500
    assert HEAVY.proposed(2.5).samples == 250


def test_the_pace_is_measured_unless_the_owner_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUSION_PACE", raising=False)
    assert measured_slowness() > 0
    monkeypatch.setenv("FUSION_PACE", "40")
    assert measured_slowness() == 2.5


def test_epochs_go_down_when_few_samples_are_left() -> None:
    quick = replace(HEAVY, flops=10**9).quicker(60.0)
    assert quick is not None
    assert LEAST_SAMPLES <= quick.samples < 2 * LEAST_SAMPLES
    assert LEAST_EPOCHS <= quick.epochs < MOST_EPOCHS
    assert replace(HEAVY, flops=10**12).quicker(60.0) is None


def test_the_pace_is_that_of_the_typical_earlier_run() -> None:
    assert measured_pace([], 2.5) == TrainingPace(2.5, START_SECONDS)
    second = HEAVY.epoch_seconds()
    runs = [MeasuredRun(HEAVY, slow * second, start) for slow, start in ((1, 5), (3, 9), (90, 7))]
    assert measured_pace(runs, 1.0) == TrainingPace(3.0, 7.0)


def test_the_next_run_is_expected_to_take_as_long_as_an_equal_one_just_took() -> None:
    epoch, took = 0.2, 34.0
    run = MeasuredRun(HEAVY, epoch, took - HEAVY.epochs * epoch)
    assert HEAVY.seconds(measured_pace([run], 1.0)) == pytest.approx(took)


@pytest.mark.parametrize("tuned", [False, True])
def test_runs_at_a_time_share_the_machine_and_choosing_a_rate_is_no_part_of_a_start(
    tuned: bool,
) -> None:
    asked = request(samples=40).model_copy(update={"tuned": tuned})
    update = {"epoch": asked.settings.epochs, "epoch_seconds": 2.0, "trained": 30, "held": 10}
    report = REPORT.model_copy(update=update)
    passes = asked.settings.epochs + len(FACTORS) * tuned
    seconds = 2.0 * passes + 5.0 * (1 + TUNING_STARTS * tuned)
    run = MeasuredRun.of(1000, asked, report, seconds, at_a_time=2)
    assert run.size == RunSize.of(1000, 40, asked.settings)
    assert (run.epoch_seconds, run.start_seconds) == pytest.approx((1.0, 5.0))
