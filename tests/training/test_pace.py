"""How long a run will take, and what makes it quick."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.training.pace import (
    FIRST_SECONDS,
    LEAST_EPOCHS,
    LEAST_SAMPLES,
    MOST_EPOCHS,
    START_SECONDS,
    RunSize,
    slowness,
)

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
    assert HEAVY.seconds(2.0) - START_SECONDS == pytest.approx(2 * (seconds - START_SECONDS))


@given(SIZES, st.floats(4, 60), st.floats(0.2, 5))
def test_a_quicker_run_is_smaller_and_quick_enough(
    size: RunSize, seconds: float, factor: float
) -> None:
    quick = size.quicker(seconds, factor)
    if quick is None:
        return
    assert quick.seconds(factor) <= seconds
    assert quick != size
    assert quick.samples <= size.samples
    assert quick.epochs <= min(size.epochs, MOST_EPOCHS)
    assert replace(quick, samples=size.samples, epochs=size.epochs) == size


@given(SIZES)
def test_a_proposed_run_is_quick_or_as_small_as_can_be(size: RunSize) -> None:
    proposed = size.proposed()
    least = proposed.samples, proposed.epochs
    assert proposed.seconds() <= FIRST_SECONDS or least == (LEAST_SAMPLES, LEAST_EPOCHS)
    assert proposed == size or size.seconds() > FIRST_SECONDS


def test_epochs_go_down_when_few_samples_are_left() -> None:
    quick = replace(HEAVY, flops=10**9).quicker(60.0)
    assert quick is not None
    assert LEAST_SAMPLES <= quick.samples < 2 * LEAST_SAMPLES
    assert LEAST_EPOCHS <= quick.epochs < MOST_EPOCHS
    assert replace(HEAVY, flops=10**12).quicker(60.0) is None


def test_the_pace_is_that_of_the_typical_earlier_run() -> None:
    assert slowness([]) == 1.0
    second = HEAVY.epoch_seconds()
    assert slowness([(HEAVY, second), (HEAVY, 3 * second), (HEAVY, 90 * second)]) == 3.0
