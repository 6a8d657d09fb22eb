"""Repeated training of submitted work, with the figures that hold and those that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.core.errors import LessonError, PlaygroundError
from components.lessons import library
from components.lessons.checks import RunsCheck
from components.lessons.evidence import SeedScores, failure_of, run_requests, scores_of
from components.lessons.hand_in import HandIn, parse_hand_in
from components.lessons.judging import judge_all
from components.lessons.lesson import LINKED, Lesson
from components.model.spec import Architecture
from components.race.command import train_outcomes
from components.race.evaluation import measure_of
from components.race.plan import OutcomeSource, look_up
from components.training.events import Outcome
from components.training.requests import RunRequest

CLOSE_SAMPLES = 2
"""Maximum number of samples that another processor may classify differently."""
SAME, CLOSE = 1e-6, 1e-3
"""Largest differences of R² that count as the same, and as caused by another processor."""
PASSED = "Passed. This lesson has no training to repeat."
NO_FIGURE = "This run gives no such figure."
FIELDS = ("line", "learner", "lesson", "model", "check", "seed", "handed_in", "verified", "result")


@dataclass(frozen=True)
class VerifiedFigure:
    """One figure of a token beside that of the repeated training; or a note."""

    line: int
    lesson: str = ""
    model: str = ""
    check: str = ""
    seed: int | None = None
    handed_in: float | None = None
    verified: float | None = None
    samples: int = 0
    """Number of samples of an accuracy; 0 for R²."""
    note: str = ""
    """Note in place of a comparison: something is missing, or the token is wrong."""
    learner: str = ""
    """Name after the token, if there is one."""

    @property
    def result(self) -> str:
        """The note, or `same`, `close`, `different`, or `impossible` for a share that the number of
        samples rules out.
        """
        if self.handed_in is None or self.verified is None:
            return self.note
        difference = abs(self.handed_in - self.verified)
        if not self.samples:
            return "same" if difference <= SAME else "close" if difference <= CLOSE else "different"
        right = self.handed_in * self.samples
        if not 0 <= self.handed_in <= 1 or abs(right - round(right)) > SAME:
            return "impossible"
        flipped = round(difference * self.samples)
        return "same" if not flipped else "close" if flipped <= CLOSE_SAMPLES else "different"

    @property
    def holds(self) -> bool:
        """`True` if the figure is the same, or as close as on another processor."""
        return self.result in ("same", "close", PASSED)

    @property
    def text(self) -> str:
        """Figure on one line."""
        seed = "" if self.seed is None else f"seed {self.seed}"
        of = " ".join(part for part in (self.lesson, self.check, seed) if part)
        line = f"line {self.line} ({self.learner})" if self.learner else f"line {self.line}"
        begin = f"{line}: {of}: " if of else f"{line}: "
        if self.handed_in is None or self.verified is None:
            return begin + self.note
        samples = f" of {self.samples:,} samples" if self.samples else ""
        return (
            f"{begin}{self.handed_in:.6g} handed in, {self.verified:.6g}{samples} verified: "
            f"{self.result}"
        )


@dataclass(frozen=True)
class _Work:
    """One token's work on a lesson."""

    line: int
    learner: str
    hand_in: HandIn
    lesson: Lesson

    def row(self, check: str = "", **more: Any) -> VerifiedFigure:
        model, more = self.hand_in.work.architecture.name, {"learner": self.learner, **more}
        return VerifiedFigure(self.line, self.hand_in.lesson, model, check, **more)

    def runs(self) -> Iterator[tuple[RunsCheck, SeedScores, dict[int, RunRequest]]]:
        """Yield each check of runs, its figures in the token, and the runs to repeat."""
        for check in self.lesson.checks:
            if isinstance(check, RunsCheck):
                scores = self.hand_in.scores.get(check.id, {})
                every = run_requests(self.lesson, check, self.hand_in.work.architecture)
                yield check, scores, {seed: one for seed, one in every.items() if seed in scores}

    def notes(self) -> list[VerifiedFigure]:
        """Return notes on the checks that the token's own figures and answers do not pass."""
        of_runs = {check.id for check, _, _ in self.runs()}
        unknown = "The lesson has no check of runs with this name."
        notes = [self.row(id, note=unknown) for id in self.hand_in.scores.keys() - of_runs]
        for id, answer in judge_all(self.lesson, self.hand_in.evidence()).items():
            if not answer.passed:
                notes.append(self.row(id, note=answer.text))
        return notes or ([] if of_runs else [self.row(note=PASSED)])

    def figures(self, outcomes: Mapping[str, Outcome]) -> Iterator[VerifiedFigure]:
        """Yield each figure of the token beside that of the repeated training."""
        for check, scores, requests in self.runs():
            again = scores_of(requests, outcomes)
            for seed in sorted({*scores, *range(check.seeds)} if scores else ()):
                row = self.row(check.id, seed=seed, handed_in=scores.get(seed))
                if seed not in scores:
                    yield replace(row, note="missing")
                elif seed not in requests:
                    yield replace(row, note="The lesson has no run of this seed.")
                else:
                    outcome = outcomes[requests[seed].digest]
                    head = self.hand_in.work.architecture.heads[0]
                    report = outcome.report if measure_of(head, validated=True).share else None
                    yield replace(
                        row,
                        verified=again.get(seed),
                        samples=report.samples if report else 0,
                        note=outcome.message or NO_FIGURE,
                    )


def verify_tokens(lines: Mapping[int, str], own: Lesson | None = None) -> list[VerifiedFigure]:
    """Verify all figures of tokens by training again; return them by line, with missing ones.

    A line is a token, and may have the learner's name after it. Each run is trained once. A token
    that can't be read gets a note on its error. `own` is the lesson, if it does not ship with the
    project.
    """
    works: list[_Work] = []
    figures: list[VerifiedFigure] = []
    for line, text in lines.items():
        token, _, learner = text.partition(" ")
        try:
            hand_in = parse_hand_in(token)
            work = _Work(line, learner, hand_in, own or lesson_named(hand_in.lesson))
            hand_in.require_version(work.lesson)
            figures += work.notes()
            works.append(work)
        except PlaygroundError as error:
            figures.append(VerifiedFigure(line, note=str(error), learner=learner))
    requests = (one for work in works for _, _, runs in work.runs() for one in runs.values())
    outcomes = train_outcomes(requests)
    compared = [figure for work in works for figure in work.figures(outcomes)]
    return sorted([*compared, *figures], key=lambda figure: figure.line)


def trained_scores(
    lesson: Lesson, model: Architecture, known: OutcomeSource
) -> tuple[dict[str, SeedScores], dict[str, str]]:
    """Return a model's scores in the runs of every check, by seed, and messages of failed runs.

    Runs that are not `known` are trained now.
    """
    scores: dict[str, SeedScores] = {}
    failures: dict[str, str] = {}
    for check in lesson.checks:
        if isinstance(check, RunsCheck):
            requests = run_requests(lesson, check, model)
            outcomes = look_up([one.digest for one in requests.values()], known)
            left = [one for one in requests.values() if outcomes[one.digest].status != "finished"]
            outcomes = {**outcomes, **train_outcomes(left)}
            scores[check.id] = scores_of(requests, outcomes)
            failures[check.id] = failure_of(left, outcomes)
    return scores, failures


def lesson_named(name: str) -> Lesson:
    """Return the lesson that a token names. Raises `LessonError` if it does not ship."""
    if name.startswith(LINKED):
        raise LessonError(
            "Work on a lesson from a file or a link needs that lesson.",
            name,
            "Name its file or its link with `--lesson`.",
        )
    return library.load(name)
