"""What a learner has done so far as evidence, and the answers to the checks of a step."""

from __future__ import annotations

from collections.abc import Sequence

from components.export.link import LinkContent, parse_link
from components.lessons.checks import ArchitectureCheck, BetCheck, Check, RunsCheck
from components.lessons.evidence import Evidence, evidence_of
from components.lessons.hand_in import HandIn
from components.lessons.judging import CheckAnswer, bet_sentence, judge
from components.runs.visitor_runs import VisitorRuns
from components.ui.kit.model_editor import ModelEditor
from components.ui.lesson import steps
from components.ui.lesson.opening import work_token
from components.ui.lesson.seed_runs import SeedRuns, seed_runs
from components.ui.lesson.session import OpenLesson, locked_bets

OF_MODEL = (ArchitectureCheck, RunsCheck)
"""Checks whose answer depends on the model."""


class Learner:
    """One learner in an open lesson: their model, their runs and their progress."""

    def __init__(self, opened: OpenLesson, editor: ModelEditor, runs: VisitorRuns) -> None:
        self.opened, self.editor, self.runs = opened, editor, runs
        self.progress = opened.progress()
        opened.forget_answers(editor.shown)

    def seed_runs(self, check: RunsCheck) -> SeedRuns:
        """The runs of a check with the present model."""
        opened = self.opened
        return seed_runs(opened.lesson, check, self.editor.valid, self.runs, opened.outcomes)

    def evidence(self, checks: Sequence[Check]) -> Evidence:
        """The evidence that these checks are judged by."""
        progress, error = self.progress, self.editor.error
        answers, bets = progress.answers, locked_bets(progress)
        if error is not None:
            return Evidence(None, str(error), answers, bets)
        if not any(isinstance(check, OF_MODEL) for check in checks):
            return Evidence(answers=answers, bets=bets)
        shown = [self.seed_runs(check) for check in checks if isinstance(check, RunsCheck)]
        scores = {one.check.id: one.scores for one in shown}
        failures = {one.check.id: one.failure for one in shown if one.failure}
        return evidence_of(self.editor.valid, answers, bets, scores, failures)

    def judge(self, checks: Sequence[Check]) -> dict[str, CheckAnswer]:
        """The answers to checks, without a note of them."""
        evidence = self.evidence(checks)
        return {check.id: judge(check, self.opened.lesson, evidence) for check in checks}

    def check(self, checks: Sequence[Check]) -> dict[str, CheckAnswer]:
        """Judge those of the checks that have not passed, and note it in the progress."""
        left = [check for check in checks if check.id not in self.progress.passed]
        answers = self.judge(left)
        self.opened.answers.update(answers)
        if answers:
            work = work_token(self.opened.lesson, self.editor)
            keeping = {one.id for one in left if isinstance(one, ArchitectureCheck) and one.keeps}
            self.progress = self.opened.update(
                lambda progress: steps.with_judgement(progress, answers, work, keeping)
            )
        return answers

    def lock(self, check: BetCheck, choice: str) -> None:
        """Lock a bet. It is late if the runs that answer it are known."""
        reveal = {one.id: one for one in self.opened.lesson.checks}.get(check.reveal)
        late = isinstance(reveal, RunsCheck) and bool(self.seed_runs(reveal).scores)
        self.progress = self.opened.update(
            lambda progress: steps.with_bet(progress, check.id, choice, late)
        )
        self.check([check])

    def bet_result(self, check: BetCheck) -> str:
        """Whether the bet was right, once the check that answers it has passed."""
        choice, _ = self.progress.bets.get(check.id, ("", False))
        known = bool(choice) and check.reveal in self.progress.passed
        return bet_sentence(check, choice) if known else ""

    def hand_in(self) -> str:
        """The token of the work. Raises `LinkError` if it is too long."""
        lesson, progress = self.opened.lesson, self.progress
        shown = [self.seed_runs(one) for one in lesson.checks if isinstance(one, RunsCheck)]
        return HandIn(
            lesson=self.opened.name,
            digest=lesson.digest,
            work=_work(self.opened, self.editor),
            answers=dict(progress.answers),
            bets=dict(locked_bets(progress)),
            scores={one.check.id: dict(one.scores) for one in shown if one.scores},
            earlier={id: parse_link(work) for id, work in progress.earlier.items()},
        ).token()


def needs_model(checks: Sequence[Check]) -> bool:
    """Whether a model is built to judge the checks."""
    return any(isinstance(check, OF_MODEL) for check in checks)


def _work(opened: OpenLesson, editor: ModelEditor) -> LinkContent:
    start = opened.lesson.start
    return LinkContent(editor.valid, start.data, start.settings)
