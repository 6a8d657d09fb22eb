"""Each case of a verdict on made-up figures: when it applies, its sentence, and what to try."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.experiments.inspection.basis.results import Number
from components.experiments.training.events import ClassReport
from components.experiments.training.intervals import UNKNOWN, of_share
from components.experiments.training.requests import Settings
from components.experiments.verdicts.cases import CASES
from components.experiments.verdicts.figures import Levels, RunFigures
from components.experiments.verdicts.verdict import RunVerdict, verdict_on

XOR = Levels(0.5, 0.5, 0.5, 1.0, ("left", "right"), (0.5, 0.5))
CONDITIONAL = Levels(0.5, 0.75, 0.75, 1.0, ("left", "right"), (0.75, 0.5))
NOISY = Levels(0.5, 0.7, 0.8, 0.9, ("left", "right"), (0.7, 0.7))
FLAT = (0.7, 0.69, 0.69, 0.69, 0.69)
FALLING = (0.7, 0.6, 0.5, 0.4, 0.3)


def run(share: float, samples: int = 500, epochs: int = 5, **more: Any) -> RunFigures:
    """Return figures of a run of two classes whose losses no longer change."""
    rate, settings = more.pop("rate", 0.001), more.pop("settings", {})
    values: dict[str, Any] = {"losses": FLAT, "held_losses": FLAT, "drawn": 2000} | more
    return RunFigures(
        target="binary",
        settings=Settings(epochs=epochs, learning_rate=rate, **settings),
        reached=of_share(share, samples),
        samples=samples,
        **values,
    )


def scores(*counts: tuple[int, float | None]) -> tuple[ClassReport, ...]:
    return tuple(
        ClassReport(label=label, samples=number, precision=precision, recall=precision, f1=None)
        for label, (number, precision) in enumerate(counts)
    )


def missing(*values: float) -> dict[str, Number]:
    return {
        name: Number(value=value, error=0.001)
        for name, value in zip(("left", "right"), values, strict=True)
    }


SHOWN: list[tuple[str, RunFigures, str]] = [
    (
        "diverged",
        replace(run(0.5), reached=UNKNOWN, diverged=True),
        "Try a learning rate of 0.0001",
    ),
    (
        "diverged",
        replace(run(0.5, rate=5.0, levels=XOR), reached=UNKNOWN, diverged=True),
        "A learning rate of 5 is probably too high for this model and data. Try a learning rate of "
        "0.001.",
    ),
    ("not_validated", run(0.9, validated=False, levels=XOR), "None were held out"),
    (
        "not_validated",
        run(0.5, validated=False, settings={"validation_share": 0}),
        "Try a validation share of 0.25.",
    ),
    (
        "not_validated",
        run(0.5, validated=False),
        "The held-out rows are chosen where the file is read.",
    ),
    ("above_possible", run(0.95, levels=NOISY), "more than the 90 % that is possible"),
    (
        "above_possible",
        run(0.99, 200, levels=NOISY, drawn=None),
        "a generated dataset has no leak.",
    ),
    ("too_few_samples", run(0.6, 20, levels=XOR), "Reaches 60 % (39 to 78 %) on 20 validation"),
    (
        "too_few_samples",
        run(0.8, 20, frequent=0.7, drawn=None),
        "than always guessing the most frequent class (70 %).",
    ),
    ("as_good_as_possible", run(0.998, levels=XOR), "As good as possible: 99.8 % on 500"),
    ("as_good_as_possible", run(0.9, levels=NOISY, adds=True), "on this data is 90 %."),
    (
        "only_adds",
        run(0.52, levels=XOR, adds=True),
        "Stays at chance: 52 % (48 to 56 %) on 500 validation samples, and 100 % is possible. This "
        "model only adds what its inputs say, and this data needs them together. Try Multiply.",
    ),
    (
        "only_adds",
        run(0.76, levels=CONDITIONAL, adds=True),
        "about the 75 % of the best sum that training finds; 100 % is possible.",
    ),
    ("only_adds", run(0.5, levels=XOR, adds=True, merged=False), "this data needs them together."),
    ("rate_too_low", run(0.62, 120, rate=1e-5, levels=CONDITIONAL, adds=True), "hardly moved"),
    ("rate_too_low", run(0.5, rate=1e-6, levels=XOR), "Try a learning rate of 0.001."),
    ("rate_too_low", run(0.5, rate=1e-7, settings={"optimizer": "sgd"}), "of 0.01."),
    ("rate_too_high", run(0.5, rate=0.5, levels=XOR), "did not fall: 0.700"),
    ("rate_too_high", run(0.6, rate=2.0, losses=(0.7, 3.0, 2.0)), "Try a learning rate of 0.001."),
    (
        "class_never_predicted",
        run(0.6, levels=XOR, classes=scores((300, 0.6), (200, None))),
        "Class `1` is never predicted, although 200 of 500 validation samples have it.",
    ),
    (
        "class_never_predicted",
        run(
            0.9,
            classes=scores((460, 0.9), (20, None), (20, None)),
            class_names=("red", "green", "blue"),
        ),
        "Classes `green` and `blue` are never predicted, although 40 of 500 validation samples "
        "have them. Weights for rare classes cost accuracy on the others. Try balanced class "
        "weights.",
    ),
    ("overfits", run(0.6, levels=XOR, trained=of_share(0.99, 1500)), "Try 8,000 samples."),
    (
        "overfits",
        run(0.7, drawn=None, trained=of_share(0.95, 1500), held_losses=(0.7, 0.6, 0.9)),
        "Overfits: it reaches 95 % on the samples that it trained on, and 70 % on 500 validation "
        "samples. Try keeping the best epoch.",
    ),
    (
        "still_improving",
        run(0.7, levels=XOR, held_losses=FALLING),
        "fell by 25 % in the last epoch",
    ),
    ("still_improving", run(0.7, held_losses=FALLING), "Try 10 epochs."),
    (
        "input_ignored",
        run(0.76, levels=CONDITIONAL, shuffled=missing(0.25, 0.0)),
        "Ignores `right`: its quality stays the same if the values of `right` are shuffled. It "
        "reaches 76 % on 500 validation samples. Without `right` 75 % is possible, with it 100 %.",
    ),
    ("input_ignored", run(0.6, levels=XOR, shuffled=missing(0.0, 0.1)), "Ignores `left`"),
    (
        "at_chance",
        run(0.51, levels=XOR, shuffled=missing(0.0, 0.0)),
        "Not shown to be better than chance",
    ),
    ("no_better_than_frequent", run(0.82, frequent=0.81), "is right in 81 %"),
    ("no_better_than_frequent", run(0.7, frequent=0.81), "is not shown to do better."),
    ("at_chance", run(0.51, levels=XOR), "and 100 % is possible. Try 8,000 samples."),
    (
        "at_chance",
        run(0.51, levels=XOR, drawn=None),
        "Not shown to be better than chance (50 %): 51 %",
    ),
    (
        "at_chance",
        run(0.76, levels=XOR, frequent=0.76),
        "better than always guessing the most frequent class (76 %): 76 % (72 to 80 %)",
    ),
    (
        "reached",
        run(0.85, levels=NOISY, frequent=0.6),
        "This is more than always guessing the most frequent class (60 %), the best of one input",
    ),
    (
        "reached",
        run(0.85, levels=NOISY),
        "This is more than chance (50 %), the best of one input (70 %) and the best sum that "
        "training finds (80 %); 90 % is possible.",
    ),
    (
        "reached",
        run(0.6, rate=1.0, levels=NOISY, losses=(900.0, 40.0, 2.0)),
        "One input alone can reach 70 %; 90 % is possible. Try a learning rate of 0.001.",
    ),
    ("reached", run(0.95, frequent=0.6), "the most frequent class is right in 60 % of them."),
]


@pytest.mark.parametrize(("case", "figures", "text"), SHOWN)
def test_figures_get_the_verdict_of_their_case(case: str, figures: RunFigures, text: str) -> None:
    verdict = verdict_of(figures)
    assert (verdict.case, text in verdict.text) == (case, True), verdict


def test_each_case_is_shown_twice() -> None:
    shown = [case for case, *_ in SHOWN]
    assert {case for case in CASES if shown.count(case) < 2} == set()


@pytest.mark.parametrize(
    "figures",
    [
        # The sum may be at its ceiling, but the samples also allow the best possible.
        run(0.97, 60, levels=Levels(0.5, 0.95, 0.95, 1.0), adds=True),
        # The interval holds both the optimum and a lower ceiling.
        run(0.86, 150, levels=NOISY),
    ],
)
def test_an_interval_that_allows_two_readings_gets_figures_alone(figures: RunFigures) -> None:
    verdict = verdict_of(figures)
    assert verdict.case == "reached"
    assert verdict.suggestion is None


@pytest.mark.parametrize("case", [case for case, of in CASES.items() if not of.live])
def test_a_run_that_goes_on_gets_only_what_holds_early(case: str) -> None:
    for shown, figures, _ in SHOWN:
        verdict = verdict_on("label", replace(figures, ended=False))
        assert verdict is None or verdict.case != case, shown


def verdict_of(figures: RunFigures) -> RunVerdict:
    verdict = verdict_on("label", figures)
    assert verdict is not None
    return verdict
