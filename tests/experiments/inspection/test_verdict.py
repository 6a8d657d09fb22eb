"""Verdict on one head: what its figures allow, at the edges too."""

from __future__ import annotations

import pytest

from components.experiments.inspection.basis.results import CoalitionValue, HeadInspection, Number
from components.experiments.inspection.verdict import verdict


def head(
    quality: float, alone: dict[str, float], nothing: float = 0.5, error: float | None = None
) -> HeadInspection:
    """Return a head with made-up figures, of real values if there is an error."""
    numbers = tuple(Number(value=0.0, error=error or 0.0) for _ in alone)
    return HeadInspection(
        target="binary" if error is None else "values",
        quality=quality,
        nothing=nothing,
        inputs=tuple(alone),
        measures={"shapley_share": numbers},
        coalitions=tuple(CoalitionValue(inputs=(n,), value=v) for n, v in alone.items()),
        samples=(),
    )


@pytest.mark.parametrize(
    ("inspected", "samples", "said"),
    [
        (
            head(0.97, {"left": 0.54, "right": 0.52}),
            500,
            "Both inputs are needed: alone they reach 54 % at most (chance 50 %), together 97 %.",
        ),
        (
            head(0.97, {"a": 0.54, "b": 0.52, "c": 0.5}),
            500,
            "No input is enough alone: alone they reach 54 % at most (chance 50 %), together 97 %.",
        ),
        (
            head(0.92, {"left": 0.91, "right": 0.52}),
            1000,
            "`left` alone does about as well as both inputs: 91 % and 92 %.",
        ),
        (
            head(0.92, {"left": 0.88, "right": 0.52}),
            52,
            "52 held-out samples are too few to tell if `left` alone does as well as both inputs: "
            "alone it reaches 88 %, together they reach 92 %.",
        ),
        (
            head(0.51, {"left": 0.5, "right": 0.5}),
            4000,
            "Neither input helps: the model reaches 51 %, chance is 50 %.",
        ),
        (
            head(0.55, {"left": 0.5, "right": 0.5}),
            52,
            "52 held-out samples are too few to tell if this model's inputs help: "
            "it reaches 55 %, chance is 50 %.",
        ),
        (
            head(0.3, {"left": 0.5, "right": 0.5}),
            500,
            "The model is worse than chance: it reaches 30 %, chance is 50 %.",
        ),
        (
            head(0.9, {"left": 0.9}),
            500,
            "`left` helps: the model reaches 90 %, chance is 50 %.",
        ),
        (
            head(0.5, {"a": 0.5}),
            4000,
            "The input does not help: the model reaches 50 %, chance is 50 %.",
        ),
    ],
)
def test_the_verdict_says_what_its_figures_allow(
    inspected: HeadInspection, samples: int, said: str
) -> None:
    assert verdict(inspected, 0.5, samples, "held-out") == said


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (
            0.01,
            "Both inputs are needed: alone they reach 0.20 at most (chance 0.00), together R² 0.9",
        ),
        (0.2, "100 held-out samples are too few to tell if `left` alone does as well"),
        (0.3, "100 held-out samples are too few to tell if this model's inputs help"),
    ],
)
def test_the_errors_of_shares_decide_for_r_squared(error: float, start: str) -> None:
    inspected = head(0.9, {"left": 0.2, "right": 0.1}, nothing=0.0, error=error)
    assert verdict(inspected, 0.0, 100, "held-out").startswith(start)


def test_three_inputs_of_r_squared_are_not_compared_alone() -> None:
    inspected = head(0.9, {"a": 0.2, "b": 0.1, "c": 0.1}, nothing=0.0, error=0.01)
    said = "The inputs help: together they reach R² 0.90, chance is 0.00."
    assert verdict(inspected, 0.0, 100, "held-out") == said
