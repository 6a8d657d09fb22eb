"""Trains what was handed in again, and says which figures hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.core.errors import LessonError, PlaygroundError
from components.lessons import library
from components.lessons.checks import RunsCheck
from components.lessons.hand_in import HandIn, parse_hand_in
from components.lessons.lesson import Lesson
from components.lessons.runs import run_requests, scores_of
from components.race.outcomes import Outcome
from components.training.foreground import train_groups
from components.training.requests import RunRequest

SAME = 1e-6
"""The largest difference of figures that are the same."""
CLOSE = 0.01
"""The largest difference of figures that another processor may cause."""
FIELDS = ("line", "lesson", "model", "check", "seed", "handed_in", "verified", "result")


@dataclass(frozen=True)
class VerifiedFigure:
    """One figure of a token beside that of the same training, repeated."""

    line: int
    lesson: str = ""
    model: str = ""
    check: str = ""
    seed: int | None = None
    handed_in: float | None = None
    verified: float | None = None
    problem: str = ""

    @property
    def result(self) -> str:
        """`same`, `close`, `different`, or what is wrong with the token."""
        if self.handed_in is None or self.verified is None:
            return self.problem
        difference = abs(self.handed_in - self.verified)
        return "same" if difference <= SAME else "close" if difference <= CLOSE else "different"

    @property
    def holds(self) -> bool:
        """Whether the figure is the same, or as close as another processor's."""
        return self.result in ("same", "close")

    @property
    def text(self) -> str:
        """The figure on one line."""
        if self.handed_in is None or self.verified is None:
            return f"line {self.line}: {self.problem}"
        return (
            f"line {self.line}: {self.lesson} {self.check} seed {self.seed}: "
            f"{self.handed_in:.4f} handed in, {self.verified:.4f} verified: {self.result}"
        )

    def cells(self) -> dict[str, object]:
        """The figure as a row of a table with `FIELDS`."""
        return {name: getattr(self, name) for name in FIELDS}


def verify_token(line: int, token: str, own: Lesson | None = None) -> list[VerifiedFigure]:
    """All figures of a token, verified; of a token that can't be read, what is wrong with it.

    `own` is the lesson, if it is none of those that ship.
    """
    try:
        hand_in = parse_hand_in(token)
        lesson = own or library.load(hand_in.lesson)
        _require_version(hand_in, lesson)
        figures = [one for check in lesson.checks for one in _figures(line, hand_in, lesson, check)]
    except PlaygroundError as error:
        return [VerifiedFigure(line, problem=str(error))]
    if figures:
        return figures
    return [VerifiedFigure(line, hand_in.lesson, problem="The token has no figures to verify.")]


def train_scores(check: RunsCheck, requests: Mapping[int, RunRequest]) -> dict[int, float]:
    """What the runs reach, by seed: they are trained now. Raises `RunError` as `train_groups`."""
    if not requests:
        return {}
    results = train_groups([list(requests.values())], lambda digest, event: None)
    outcomes = {
        digest: Outcome(result.status, result.history, result.report, result.message)
        for digest, result in results.items()
    }
    return scores_of(check, requests, outcomes)


def _require_version(hand_in: HandIn, lesson: Lesson) -> None:
    if lesson.digest != hand_in.digest:
        raise LessonError(
            "A token must be of this version of the lesson.",
            f"{hand_in.lesson} {hand_in.digest}",
            "Verify it with the lesson that it was made with.",
        )


def _figures(line: int, hand_in: HandIn, lesson: Lesson, check: object) -> list[VerifiedFigure]:
    if not isinstance(check, RunsCheck) or check.id not in hand_in.scores:
        return []
    requests = run_requests(lesson, check, hand_in.work.architecture)
    handed_in = hand_in.scores[check.id]
    again = train_scores(check, {seed: requests[seed] for seed in handed_in if seed in requests})
    model = hand_in.work.architecture.name
    return [
        VerifiedFigure(
            line,
            hand_in.lesson,
            model,
            check.id,
            seed,
            score,
            again.get(seed),
            "The model can't be trained again with this seed.",
        )
        for seed, score in sorted(handed_in.items())
    ]
