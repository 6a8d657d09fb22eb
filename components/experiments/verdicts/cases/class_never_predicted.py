"""A class that has samples and is never predicted."""

from __future__ import annotations

from components.base.text import quoted
from components.experiments.training.events import ClassReport
from components.experiments.verdicts.cases.base import RunCase, Suggestion, on_samples
from components.experiments.verdicts.figures import RunFigures

LEAST = 5
"""Smallest number of samples of a class whose absence among the predictions counts."""


class ClassNeverPredicted(RunCase):
    title = "Class never predicted"
    rank = 90

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return run.validated and bool(_missed(run))

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        missed = _missed(run)
        known = dict(enumerate(run.class_names))
        names = quoted([known.get(one.label, str(one.label)) for one in missed])
        count = sum(one.samples for one in missed)
        verb, have = ("Class", "it") if len(missed) == 1 else ("Classes", "them")
        are = "is" if len(missed) == 1 else "are"
        price = " Weights for rare classes cost accuracy on the others." if _weighs(run) else ""
        return (
            f"{verb} {names} {are} never predicted, although {count:,} of {on_samples(run)} have "
            f"{have}.{price}"
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        if not _weighs(run):
            return None
        return Suggestion("Try balanced class weights", settings={"class_weights": "balanced"})


def _weighs(run: RunFigures) -> bool:
    """Return `True` if a missed class is rare, and the classes have no weights yet."""
    rare = any(one.samples < 0.5 * run.samples / len(run.classes) for one in _missed(run))
    return rare and run.settings.class_weights != "balanced"


def _missed(run: RunFigures) -> list[ClassReport]:
    """Return the classes with samples but without predictions."""
    return [one for one in run.classes if one.samples >= LEAST and one.precision is None]
