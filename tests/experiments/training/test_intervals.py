"""Intervals of shares and of R², against known values and against their coverage."""

from __future__ import annotations

import numpy as np
import pytest

from components.experiments.training.intervals import of_r2, of_share


@pytest.mark.parametrize(
    ("share", "low", "high"), [(1.0, 0.7225, 1.0), (0.0, 0.0, 0.2775), (0.5, 0.2366, 0.7634)]
)
def test_wilsons_interval_of_ten_samples(share: float, low: float, high: float) -> None:
    interval = of_share(share, 10)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-3)


def test_a_share_of_no_samples_may_be_anything() -> None:
    assert (of_share(0.5, 0).low, of_share(0.5, 0).high) == (0.0, 1.0)


def test_about_95_percent_of_the_intervals_hold_r_squared() -> None:
    rng, held = np.random.default_rng(0), 0
    for _ in range(400):
        truth = rng.normal(size=200)
        predicted = truth + 0.6 * rng.normal(size=200)
        r2 = 1 - ((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
        interval = of_r2(r2, list(zip(truth, predicted, strict=True)), 200)
        assert interval is not None
        held += interval.holds(1 - 0.36)
    assert 0.92 * 400 <= held <= 0.985 * 400


@pytest.mark.parametrize("points", [[(1.0, 2.0)], [(1.0, 2.0), (1.0, 0.0)]])
def test_r_squared_needs_two_different_true_values(points: list[tuple[float, float]]) -> None:
    assert of_r2(0.5, points, 2) is None
