"""Trains what was handed in again, and says which figures hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.core.errors import LessonError, PlaygroundError
from components.lessons import library
from components.lessons.checks import RunsCheck
from components.lessons.hand_in import HandIn, parse_hand_in
from components.lessons.lesson import Lesson
from components.lessons.runs import run_requests, scores_of
from components.race.outcomes import Outcome
from components.training.events import Event
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

    @property
    def cells(self) -> tuple[object, ...]:
        """The figure as a row of a table with `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)


@dataclass(frozen=True)
class _Claim:
    """The figures of one check in a token, and the runs that must show them again."""

    line: int
    hand_in: HandIn
    check: RunsCheck
    requests: Mapping[int, RunRequest]

    def figures(self, outcomes: Mapping[str, Outcome]) -> list[VerifiedFigure]:
        again = scores_of(self.check, self.requests, outcomes)
        return [
            VerifiedFigure(
                line=self.line,
                lesson=self.hand_in.lesson,
                model=self.hand_in.work.architecture.name,
                check=self.check.id,
                seed=seed,
                handed_in=score,
                verified=again.get(seed),
                problem=self._problem(seed, outcomes),
            )
            for seed, score in sorted(self.hand_in.scores[self.check.id].items())
        ]

    def _problem(self, seed: int, outcomes: Mapping[str, Outcome]) -> str:
        request = self.requests.get(seed)
        message = outcomes[request.digest].message if request else ""
        return message or f"The lesson must have a run of seed {seed}, to train it again."


def verify_tokens(tokens: Mapping[int, str], own: Lesson | None = None) -> list[VerifiedFigure]:
    """All figures of tokens, by their line, verified: each run is trained once.

    Of a token that can't be read, what is wrong with it. `own` is the lesson, if it is none of
    those that ship.
    """
    claims: list[_Claim] = []
    figures: list[VerifiedFigure] = []
    for line, token in tokens.items():
        try:
            claims += _claims(line, token, own)
        except PlaygroundError as error:
            figures.append(VerifiedFigure(line, problem=str(error)))
    outcomes = train_outcomes(one for claim in claims for one in claim.requests.values())
    for claim in claims:
        figures += claim.figures(outcomes)
    return sorted(figures, key=lambda figure: figure.line)


def train_outcomes(requests: Iterable[RunRequest]) -> dict[str, Outcome]:
    """What runs reach, by digest. Runs of one architecture share a process."""
    groups: dict[str, dict[str, RunRequest]] = {}
    for request in requests:
        groups.setdefault(request.architecture.digest, {})[request.digest] = request
    if not groups:
        return {}
    results = train_groups([list(group.values()) for group in groups.values()], _ignore)
    return {
        digest: Outcome(result.status, result.history, result.report, result.message)
        for digest, result in results.items()
    }


def _ignore(digest: str, event: Event) -> None:
    """Nobody watches these runs."""


def _claims(line: int, token: str, own: Lesson | None) -> list[_Claim]:
    """What a token claims. Raises `LessonError` if that can't be verified, or is nothing."""
    hand_in = parse_hand_in(token)
    lesson = own or library.load(hand_in.lesson)
    hand_in.require_version(lesson)
    claims = [
        _Claim(line, hand_in, check, _claimed_runs(lesson, check, hand_in))
        for check in lesson.checks
        if isinstance(check, RunsCheck) and hand_in.scores.get(check.id)
    ]
    if not claims:
        raise LessonError(
            "A token needs figures of runs to be verified.",
            f"{hand_in.lesson} without any",
            "Check it with `lesson check`.",
        )
    return claims


def _claimed_runs(lesson: Lesson, check: RunsCheck, hand_in: HandIn) -> dict[int, RunRequest]:
    requests = run_requests(lesson, check, hand_in.work.architecture)
    return {seed: requests[seed] for seed in hand_in.scores[check.id] if seed in requests}
