from __future__ import annotations

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench_ties import rates
from components.race.statistics import (
    best,
    holm,
    interval,
    paired,
    student,
    tail,
    verdicts,
)

VALUES = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 4))
SAMPLES = st.lists(VALUES, min_size=2, max_size=8)
CHANCES = st.lists(st.floats(0, 1), max_size=8)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (1, 12.7062047361747),
        (2, 4.30265272974946),
        (3, 3.18244630528371),
        (4, 2.77644510519779),
        (9, 2.26215716279820),
        (29, 2.04522964213270),
        (100, 1.98397151852355),
    ],
)
def test_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, rel=1e-12)


@pytest.mark.parametrize("t", [0.0, 1e-8, 0.1, 1.0, 3.0, 50.0, 1e6])
def test_tails_of_one_and_two_degrees_are_in_closed_form(t: float) -> None:
    assert tail(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(t), abs=1e-15, rel=1e-9)
    far = 2 / (t * t + 2 + t * math.sqrt(t * t + 2))
    assert tail(t, 2) == pytest.approx(far, rel=1e-11)


def test_an_interval_worked_by_hand() -> None:
    span = interval([0.90, 0.92, 0.94])
    half = 4.30265272974946 * 0.02 / math.sqrt(3)
    assert (span.low, span.mean, span.high) == pytest.approx((0.92 - half, 0.92, 0.92 + half))
    assert interval([0.5]).low is None


def test_a_paired_test_worked_by_hand() -> None:
    one, other = [0.91, 0.93, 0.90, 0.95, 0.92], [0.90, 0.91, 0.91, 0.92, 0.90]
    differences = [0.01, 0.02, -0.01, 0.03, 0.02]
    spread = math.sqrt(sum((d - 0.014) ** 2 for d in differences) / 4)
    t = 0.014 / (spread / math.sqrt(5))
    assert paired(one, other) == pytest.approx(tail(t, 4), rel=1e-9)
    assert paired(one, other) == pytest.approx(0.1079, abs=1e-3)


def test_equals_are_tied_and_a_constant_gap_is_none() -> None:
    assert paired([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]) == 1.0
    assert paired([1.0, 1.0, 1.0], [0.5, 0.5, 0.5]) == 0.0
    assert paired([0.3, 0.5, 0.7], [0.1 + 0.2, 0.5, 0.7]) == 1.0
    assert paired([1.0], [0.5]) is None


@given(SAMPLES)
def test_a_sample_is_tied_with_itself_and_tests_are_symmetric(values: list[float]) -> None:
    other = [value * value for value in values]
    assert paired(values, values) == 1.0
    assert paired(values, other) == paired(other, values)


@given(SAMPLES, st.floats(-5, 5))
def test_what_all_pairs_share_does_not_count(values: list[float], shift: float) -> None:
    other = [value * value for value in values]
    moved = paired([v + shift for v in values], [v + shift for v in other])
    assert moved == pytest.approx(paired(values, other), abs=1e-5)


def test_holm_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(CHANCES)
def test_holm_keeps_order_and_never_lowers(values: list[float]) -> None:
    pairs = list(zip(values, holm(values), strict=True))
    assert all(one <= adjusted <= 1 for one, adjusted in pairs)
    in_order = [adjusted for _, adjusted in sorted(pairs)]
    assert in_order == sorted(in_order)


def scored(*values: list[float]) -> list[dict[int, float]]:
    return [dict(enumerate(found)) for found in values]


def test_ties_at_the_top_are_found_and_the_rest_is_not() -> None:
    found = verdicts(
        scored(
            [0.50, 0.52, 0.49, 0.51, 0.50],
            [0.97, 0.98, 0.96, 0.99, 0.97],
            [0.98, 0.97, 0.97, 0.98, 0.96],
        )
    )
    assert [verdict.tied for verdict in found if verdict] == [False, True, True]
    assert found[0] is not None
    assert found[0].difference == pytest.approx(-0.47)


def test_no_verdict_before_a_second_seed() -> None:
    found = verdicts([{0: 0.9}, {0: 0.5}, {}])
    assert found[2] is None
    assert [verdict.tied for verdict in found[:2] if verdict] == [None, None]
    assert verdicts([{}, {}]) == [None, None]
    assert best([{}, {}]) is None


def test_pairs_are_of_common_seeds() -> None:
    found = verdicts([{0: 0.9, 1: 0.92, 2: 0.91}, {1: 0.5, 2: 0.51, 7: 0.99}])
    assert found[1] is not None
    assert found[1].difference == pytest.approx(-0.41)


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=5))
def test_one_is_always_best_and_tied_with_itself(values: list[list[float]]) -> None:
    scores = scored(*values)
    found, top = verdicts(scores), best(scores)
    assert top is not None
    chosen = found[top]
    assert chosen is not None
    assert chosen.tied
    assert fmean(values[top]) == max(map(fmean, values))


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=2, max_size=5, unique_by=fmean))
def test_verdicts_do_not_depend_on_order(values: list[list[float]]) -> None:
    found, back = verdicts(scored(*values)), verdicts(scored(*reversed(values)))
    assert found == back[::-1]


def test_what_lies_between_a_tie_and_the_best_is_tied() -> None:
    steady = scored([0.91, 0.92, 0.93], [0.90, 0.91, 0.92], [0.99, 0.85, 0.86])
    alone = verdicts(steady[:2])
    assert alone[1] is not None
    assert alone[1].tied is False
    assert [one and one.tied for one in verdicts(steady)] == [True, True, True]


def test_a_race_without_a_difference_seldom_shows_one() -> None:
    """The full figures stand in docs/measured.md."""
    found = rates([0.0] * 34, [1.0] * 34, races=200)
    assert found.race < 0.06
    assert found.best > 0.12
    worse = rates([0.0] * 5 + [-4.0], [1.0] * 6, races=100)
    assert worse.race == worse.best > 0.9
