"""How far one inspection of 500 samples lies from what a relation is about, by another computation.

It needs no model and none of the code of inspections: the best predictors of two relations are
known in closed form. One inspection scatters; the mean of several is near the reference.
"""

from __future__ import annotations

from statistics import NormalDist, fmean, stdev

import numpy as np
import pytest

from components.inspection.basis.results import Number
from components.inspection.measures.cooperation import Cooperation
from components.inspection.measures.permutation import Permutation
from components.inspection.measures.shapley_share import ShapleyShare
from sample_data.core.arrays import Array
from tests.inspection.models import bayes, number, subject_of

SAMPLES, DRAWS = 500, 60
REFERENCE = {"redundant": -0.24, "dot": 0.50}
TRAINED = {"redundant": -0.29, "dot": 0.56}
"""What one trained model of each has shown (docs/measured.md, an earlier table)."""


def chances(kind: str, one: Array, other: Array) -> Array:
    """The probability of class 1 for each pair of a row of `one` and a row of `other`."""
    if kind == "dot":
        return (one @ other.T > 0).astype(np.float64)
    sure: Array = 1 / (1 + np.exp(-2 * (one[:, :1] + other[:, 0])))
    return sure


def drawn(kind: str, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Both inputs and the labels."""
    if kind == "dot":
        one, other = rng.normal(size=(2, SAMPLES, 4))
        return one, other, (one * other).sum(axis=1) > 0
    sign = rng.choice([-1, 1], SAMPLES)
    one, other = sign[:, None] + rng.normal(size=(2, SAMPLES, 1))
    return one, other, sign > 0


def cooperation_by_hand(kind: str, one: Array, other: Array, labels: Array) -> float:
    """What both inputs reach, beyond what each of them adds to no input."""
    pairs = chances(kind, one, other)

    def accuracy(mean: Array) -> float:
        return float(((mean > 0.5) == labels).mean())

    nothing = accuracy(np.full(len(labels), pairs.diagonal().mean()))
    alone = accuracy(pairs.mean(axis=1)) + accuracy(pairs.mean(axis=0))
    return accuracy(pairs.diagonal()) - alone + nothing


@pytest.mark.parametrize("kind", REFERENCE)
def test_both_computations_agree_on_the_same_samples(kind: str) -> None:
    model = bayes(kind, 121)
    one, other = model.views
    hand = cooperation_by_hand(kind, one, other, model.heads[0].truth == 1)
    measured = number(Cooperation, subject_of(model))
    assert measured == pytest.approx(hand, abs=1e-9)


@pytest.mark.parametrize("kind", REFERENCE)
def test_one_inspection_scatters_and_the_mean_is_near_the_reference(kind: str) -> None:
    rng = np.random.default_rng(0)
    values = [cooperation_by_hand(kind, *drawn(kind, rng)) for _ in range(DRAWS)]
    assert fmean(values) == pytest.approx(REFERENCE[kind], abs=0.05)
    assert 0.015 < stdev(values) < 0.07
    assert abs(TRAINED[kind] - fmean(values)) < 3 * stdev(values)


@pytest.mark.parametrize(("kind", "inputs"), [("redundant", 2), ("xor", 2), ("additive", 3)])
def test_the_error_of_one_inspection_is_how_far_inspections_scatter(kind: str, inputs: int) -> None:
    found: list[list[Number]] = []
    for seed in range(24):
        subject = subject_of(bayes(kind, 200, inputs, seed), seed=seed)
        measures = (Cooperation, Permutation, ShapleyShare)
        found.append([measure.measure(subject)[0] for measure in measures])
    for estimates in zip(*found, strict=True):
        scatter = stdev(one.value for one in estimates)
        assert fmean(one.error for one in estimates) == pytest.approx(scatter, rel=0.6)


@pytest.mark.parametrize(("inputs", "together"), [(2, 0.0), (3, -0.088), (4, -0.167)])
def test_independent_inputs_of_a_sum_cooperate_below_0(inputs: int, together: float) -> None:
    """Each says another thing: accuracy saturates. 1/2 - M arcsin(1/sqrt(M)) / pi for M inputs."""
    assert 0.5 - inputs * np.arcsin(inputs**-0.5) / np.pi == pytest.approx(together, abs=1e-3)
    model = bayes("additive", 4000, inputs)
    (measured,) = Cooperation.measure(subject_of(model, range(0, 4000, 40)))
    assert abs(measured.value - together) < 4 * measured.error


def test_redundant_inputs_cooperate_by_a_closed_form() -> None:
    """Without any input, the larger class of the 500 samples is guessed."""
    normal, rng = NormalDist(), np.random.default_rng(1)
    nothing = 0.5 + (0.25 / SAMPLES * 2 / np.pi) ** 0.5
    exact = normal.cdf(2**0.5) - 2 * normal.cdf(1) + nothing
    values = [cooperation_by_hand("redundant", *drawn("redundant", rng)) for _ in range(DRAWS)]
    assert fmean(values) == pytest.approx(exact, abs=0.01)
    assert exact == pytest.approx(REFERENCE["redundant"], abs=0.005)
