"""Learner in an open lesson: the runs that checks need, the evidence, and the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.lesson.opening import work_token
from components.app.parts.lesson.session import OpenLesson, with_bet, with_judgement
from components.base.text import plural
from components.experiments.queue.run import Run
from components.experiments.queue.sweeps import LESSON_PLAN, Sweep, SweepOrder
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.plan import look_up
from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest
from components.sharing.links.link import LinkContent, parse_link
from components.teaching.lessons.checks import ArchitectureCheck, BetCheck, Check, RunsCheck
from components.teaching.lessons.evidence import (
    Evidence,
    evidence_of,
    failure_of,
    run_requests,
    scores_of,
)
from components.teaching.lessons.hand_in import HandIn
from components.teaching.lessons.judging import CheckAnswer, bet_sentence, judge

OF_MODEL = (ArchitectureCheck, RunsCheck)
"""Checks whose answer depends on the model."""


@dataclass(frozen=True)
class SeedRuns:
    """Present state of the runs of one check with one model."""

    check: RunsCheck
    requests: Mapping[int, RunRequest]
    outcomes: Mapping[str, Outcome]
    scores: Mapping[int, float]
    """Results of the finished runs, by seed."""
    sweep: Sweep | None
    """Unfinished work of the visitor on them."""

    @property
    def wanted(self) -> list[RunRequest]:
        """Runs that the next press of the button starts."""
        first = [seed for seed in range(self.check.seeds) if seed not in self.scores]
        more = [seed for seed in self.requests if seed not in self.scores][:1]
        return [self.requests[seed] for seed in first or more]

    @property
    def failure(self) -> str:
        """Reason why a run has failed; empty if none has."""
        return failure_of(self.wanted, self.outcomes)

    def progress(self, runs: VisitorRuns) -> tuple[float, str]:
        """Return the progress of the visitor's work, from 0 to 1, and a sentence."""
        digests = self.sweep.digests if self.sweep else ()
        latest = runs.latest(digests)
        shares = [_share(latest[digest], runs) if digest in latest else 0.0 for digest in digests]
        ended = sum(share >= 1 for share in shares)
        if not any(shares):
            return 0.0, "Waiting in the queue, or preparing …"
        return sum(shares) / len(shares), f"{ended} of {plural(len(digests), 'seed')} trained"

    @property
    def button(self) -> str:
        """Label of the button that starts runs."""
        return f"Train {plural(len(self.wanted), 'more seed' if self.scores else 'seed')}"


def _share(run: Run, runs: VisitorRuns) -> float:
    if run.ended:
        return 1.0
    done = len(runs.points(run)) + (run.progress.fraction if run.progress else 0.0)
    return min(0.99, done / run.epochs)


class Learner:
    """Learner in an open lesson: their model, their runs and their progress."""

    def __init__(self, opened: OpenLesson, editor: ModelEditor, runs: VisitorRuns) -> None:
        self.opened, self.editor, self.runs = opened, editor, runs
        self.progress = opened.progress()
        opened.forget_answers(editor.shown)

    def seed_runs(self, check: RunsCheck) -> SeedRuns:
        """Return the runs of a check with the present model; finished ones are read only once."""
        known, runs = self.opened.outcomes, self.runs
        requests = run_requests(self.opened.lesson, check, self.editor.valid)
        outcomes = look_up([request.digest for request in requests.values()], runs, known)
        known.update({d: one for d, one in outcomes.items() if one.status == "finished"})
        scores = scores_of(requests, outcomes)
        left = {request.digest for seed, request in requests.items() if seed not in scores}
        sweeps = runs.lesson_sweeps() if left else ()
        mine = (sweep for sweep in sweeps if left & set(sweep.digests))
        return SeedRuns(check, requests, outcomes, scores, next(iter(mine), None))

    def train(self, shown: SeedRuns) -> None:
        """Queue the wanted runs, as one piece of work. Raises as `submit_sweep`."""
        lesson = self.opened.lesson
        self.runs.submit_sweep(SweepOrder([shown.wanted], LESSON_PLAN, lesson.title))
        self.opened.awaited[shown.check.id] = self.editor.valid.digest

    def judge(self, checks: Sequence[Check]) -> dict[str, CheckAnswer]:
        """Return the answers to checks, without recording them."""
        evidence = self._evidence(checks)
        return {check.id: judge(check, self.opened.lesson, evidence) for check in checks}

    def _evidence(self, checks: Sequence[Check]) -> Evidence:
        progress, error = self.progress, self.editor.error
        answers, bets = progress.answers, progress.bets
        if error is not None:
            return Evidence(None, str(error), answers, bets)
        if not any(isinstance(check, OF_MODEL) for check in checks):
            return Evidence(answers=answers, bets=bets)
        shown = [self.seed_runs(check) for check in checks if isinstance(check, RunsCheck)]
        scores = {one.check.id: one.scores for one in shown}
        failures = {one.check.id: one.failure for one in shown if one.failure}
        return evidence_of(self.editor.valid, answers, bets, scores, failures)

    def check(self, checks: Sequence[Check]) -> dict[str, CheckAnswer]:
        """Judge the checks that have not passed, and record the answers in the progress.

        An answer may have arrived since the page was drawn, together with this press.
        """
        self.progress = self.opened.progress()
        left = [check for check in checks if check.id not in self.progress.passed]
        answers = self.judge(left)
        self.opened.answers.update(answers)
        if answers:
            work = work_token(self.opened.lesson, self.editor)
            keeping = {one.id for one in left if isinstance(one, ArchitectureCheck) and one.keeps}
            self.progress = self.opened.update(
                lambda progress: with_judgement(progress, answers, work, keeping)
            )
        return answers

    def lock(self, check: BetCheck, choice: str) -> None:
        """Lock a bet. It is late if the runs that answer it are known."""
        reveal = self.opened.lesson.check(check.reveal) if check.reveal else None
        late = isinstance(reveal, RunsCheck) and bool(self.seed_runs(reveal).scores)
        self.progress = self.opened.update(
            lambda progress: with_bet(progress, check.id, choice, late)
        )
        self.check([check])

    def bet_result(self, check: BetCheck) -> str:
        """Return the verdict on the bet once the check that answers it has passed, else nothing."""
        choice, _ = self.progress.bets.get(check.id, ("", False))
        known = bool(choice) and check.reveal in self.progress.passed
        return bet_sentence(check, choice) if known else ""

    def hand_in(self) -> str:
        """Return the token of the work. Raises `LinkError` if it is too long."""
        lesson, progress = self.opened.lesson, self.progress
        shown = [self.seed_runs(one) for one in lesson.checks if isinstance(one, RunsCheck)]
        return HandIn(
            lesson=self.opened.name,
            digest=lesson.digest,
            work=LinkContent(self.editor.valid, lesson.start.data, lesson.start.settings),
            answers=progress.answers,
            bets=progress.bets,
            scores={one.check.id: dict(one.scores) for one in shown if one.scores},
            earlier={id: parse_link(work) for id, work in progress.earlier.items()},
        ).token()


def needs_model(checks: Sequence[Check]) -> bool:
    """Return `True` if judging the checks needs a model."""
    return any(isinstance(check, OF_MODEL) for check in checks)
