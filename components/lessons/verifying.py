"""Trains what was handed in again, and says which figures hold and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from components.core.errors import LessonError, PlaygroundError
from components.lessons import library
from components.lessons.building import handed_in_evidence
from components.lessons.checks import RunsCheck
from components.lessons.hand_in import HandIn, parse_hand_in
from components.lessons.judging import judge_all
from components.lessons.lesson import LINKED, Lesson
from components.lessons.runs import compared_head, run_requests, scores_of
from components.race.measures import measure_of
from components.race.outcomes import Outcome
from components.runs.foreground import train_groups
from components.training.events import Event
from components.training.requests import RunRequest

CLOSE_SAMPLES = 2
"""Another processor may put so many samples on the other side of a decision."""
SAME, CLOSE = 1e-6, 1e-3
"""The largest differences of values of R² that are the same, or that another processor causes."""
PASSED = "Passed. This lesson has no training to repeat."
NO_FIGURE = "This run gives no such figure."
FIELDS = ("line", "lesson", "model", "check", "seed", "handed_in", "verified", "result")


@dataclass(frozen=True)
class VerifiedFigure:
    """One figure of a token beside that of the same training, repeated; or a note."""

    line: int
    lesson: str = ""
    model: str = ""
    check: str = ""
    seed: int | None = None
    handed_in: float | None = None
    verified: float | None = None
    samples: int = 0
    """The samples that an accuracy is a share of; 0 for R²."""
    note: str = ""
    """What is said in place of a comparison: what is missing, or wrong with the token."""

    @property
    def result(self) -> str:
        """The note, or `same`, `close`, `different`, or `impossible` for a share that so many
        samples can't give."""
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
        """Whether the figure is the same, or as close as another processor's."""
        return self.result in ("same", "close", PASSED)

    @property
    def text(self) -> str:
        """The figure on one line."""
        seed = "" if self.seed is None else f"seed {self.seed}"
        of = " ".join(part for part in (self.lesson, self.check, seed) if part)
        begin = f"line {self.line}: {of}: " if of else f"line {self.line}: "
        if self.handed_in is None or self.verified is None:
            return begin + self.note
        samples = f" of {self.samples:,} samples" if self.samples else ""
        return (
            f"{begin}{self.handed_in:.6g} handed in, {self.verified:.6g}{samples} verified: "
            f"{self.result}"
        )

    @property
    def cells(self) -> tuple[object, ...]:
        """The figure as a row of a table with `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)


@dataclass(frozen=True)
class _Claim:
    """The figures of one check in a token, and the runs that must show them again."""

    row: VerifiedFigure
    check: RunsCheck
    scores: Mapping[int, float]
    requests: Mapping[int, RunRequest]

    def figures(self, outcomes: Mapping[str, Outcome]) -> Iterator[VerifiedFigure]:
        again = scores_of(self.check, self.requests, outcomes)
        for seed in sorted({*self.scores, *range(self.check.seeds)} if self.scores else ()):
            row = replace(
                self.row,
                check=self.check.id,
                seed=seed,
                handed_in=self.scores.get(seed),
                verified=again.get(seed),
            )
            if seed not in self.scores:
                yield replace(row, note="missing")
            elif seed not in self.requests:
                yield replace(row, note="The lesson has no run of this seed.")
            else:
                yield self._compared(row, self.requests[seed], outcomes)

    def _compared(
        self, row: VerifiedFigure, request: RunRequest, outcomes: Mapping[str, Outcome]
    ) -> VerifiedFigure:
        outcome = outcomes[request.digest]
        share = measure_of(compared_head(self.check, request.architecture), validated=True).share
        samples = outcome.report.samples if share and outcome.report else 0
        return replace(row, samples=samples, note=outcome.message or NO_FIGURE)


def verify_tokens(tokens: Mapping[int, str], own: Lesson | None = None) -> list[VerifiedFigure]:
    """All figures of tokens, by their line, verified, and what is missing.

    Each run is trained once. Of a token that can't be read, what is wrong with it. `own` is the
    lesson, if it is none of those that ship.
    """
    claims: list[_Claim] = []
    figures: list[VerifiedFigure] = []
    for line, token in tokens.items():
        try:
            of_token, notes = _claims(line, token, own)
        except PlaygroundError as error:
            of_token, notes = [], [VerifiedFigure(line, note=str(error))]
        claims += of_token
        figures += notes
    outcomes = train_outcomes(one for claim in claims for one in claim.requests.values())
    compared = [figure for claim in claims for figure in claim.figures(outcomes)]
    return sorted([*compared, *figures], key=lambda figure: figure.line)


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


def _claims(line: int, token: str, own: Lesson | None) -> tuple[list[_Claim], list[VerifiedFigure]]:
    """What a token claims, and notes on checks that its own figures and answers do not pass.

    Raises `LessonError` if that can't be verified.
    """
    hand_in = parse_hand_in(token)
    lesson = own or lesson_named(hand_in.lesson)
    hand_in.require_version(lesson)
    row = VerifiedFigure(line, hand_in.lesson, hand_in.work.architecture.name)
    of_runs = {check.id: check for check in lesson.checks if isinstance(check, RunsCheck)}
    claims = [
        _Claim(row, check, hand_in.scores.get(id, {}), _claimed_runs(lesson, check, hand_in))
        for id, check in of_runs.items()
    ]
    notes = [
        replace(row, check=id, note="The lesson has no check of runs with this name.")
        for id in hand_in.scores.keys() - of_runs.keys()
    ]
    for id, answer in judge_all(lesson, handed_in_evidence(hand_in)).items():
        if not answer.passed:
            notes.append(replace(row, check=id, note=answer.text))
    return claims, notes or ([] if of_runs else [replace(row, note=PASSED)])


def lesson_named(name: str) -> Lesson:
    """The lesson that a token names. Raises `LessonError` if it does not ship."""
    if name.startswith(LINKED):
        raise LessonError(
            "Work on a lesson from a file or a link needs that lesson.",
            name,
            "Name its file or its link with `--lesson`.",
        )
    return library.load(name)


def _claimed_runs(lesson: Lesson, check: RunsCheck, hand_in: HandIn) -> dict[int, RunRequest]:
    requests = run_requests(lesson, check, hand_in.work.architecture)
    scores = hand_in.scores.get(check.id, {})
    return {seed: request for seed, request in requests.items() if seed in scores}
