"""A room's plan: what an item changes when it begins, how far the class is, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from components.core.errors import LessonError
from components.core.text import one_line
from components.lessons.checks import NumberCheck
from components.lessons.workshop import (
    AskItem,
    LessonItem,
    ModelItem,
    PlanItem,
    RaceItem,
    ResultItem,
    WorkshopPlan,
    choices,
    is_right,
    parse_plan,
)
from components.people.lesson_store import LessonProgress
from components.rooms import lesson_checks
from components.rooms.content import Room, RoomBet, RoomContent, ShownWork


class ClassReadiness(NamedTuple):
    """How many of a class, or of a race's runs, are done with the present item."""

    done: int
    total: int
    what: str
    """What they have done, as in `17 of 24 have passed`; empty where nothing is awaited."""

    @property
    def waits(self) -> bool:
        """Whether somebody or something is not done."""
        return bool(self.what) and self.done < self.total

    @property
    def text(self) -> str:
        """The state in words; empty where nothing is awaited."""
        return f"{self.done} of {self.total} {self.what}" if self.what and self.total else ""


@dataclass(frozen=True)
class Gain:
    """The answers of a learner to a question that was asked before and after."""

    before: str
    """Empty without an answer."""
    after: str
    right_before: bool
    right_after: bool

    @property
    def value(self) -> int | None:
        """1 for a right answer after a wrong one, -1 for the opposite; `None` without both."""
        both = self.before and self.after
        return self.right_after - self.right_before if both else None


def plan_in(content: RoomContent) -> WorkshopPlan | None:
    """The plan of a room, if it has one."""
    return parse_plan(content.plan.source) if content.plan else None


def item_in(content: RoomContent) -> PlanItem | None:
    """The present item; `None` before the first and after the last."""
    plan = plan_in(content)
    if plan is None or content.plan is None or not 0 <= content.plan.at < len(plan.items):
        return None
    return plan.items[content.plan.at]


def begun(content: RoomContent, at: int, now: float) -> RoomContent:
    """The content once item `at` has begun: with what the teacher's buttons change.

    A vote of the item before is closed. What an item asks or starts is not asked or started twice.
    """
    plan, stands = plan_in(content), content.plan
    if plan is None or stands is None or not 0 <= at <= len(plan.items):
        raise LessonError("The plan has no such item.", "", "Choose the plan again.")
    update = {"at": at, "since": now, "began": stands.began or now}
    moved = content.showing(None).model_copy(update={"plan": stands.model_copy(update=update)})
    if moved.bet is not None and moved.bet.item is not None:
        moved = moved.with_bet(open=False)
    item = item_in(moved)
    if isinstance(item, ModelItem):
        work = ShownWork(kind="model", number=0, token=item.token, title=item.title)
        return moved.showing(work)
    if isinstance(item, LessonItem):
        return moved.sending(lesson_checks.sent_lesson(item.lesson, item.step))
    if isinstance(item, AskItem):
        return _asking(moved, plan, item, at)
    if isinstance(item, ResultItem) and shows_answers(moved, item):
        return moved.changing_bet(shown=True)
    return moved


def _asking(content: RoomContent, plan: WorkshopPlan, item: AskItem, at: int) -> RoomContent:
    if content.bet is not None and content.bet.item == at:
        return content.changing_bet(open=True)
    if any(bet.item == at for bet in content.bets):
        return content
    question = plan.question(item.question)
    bet = RoomBet(
        number=0,
        question=one_line(question.text),
        choices=choices(question),
        unit=question.unit if isinstance(question, NumberCheck) else "",
        item=at,
        id=question.id,
    )
    return content.asking(bet)


def shows_answers(content: RoomContent, item: ResultItem) -> bool:
    """Whether the latest question is the one whose answers an item shows."""
    return content.bet is not None and content.bet.id == item.question != ""


def race_started(content: RoomContent) -> bool:
    """Whether the race of the present item was started."""
    return bool(content.plan and content.race and content.race.item == content.plan.at)


def readiness(
    content: RoomContent,
    learners: Sequence[tuple[str, LessonProgress]],
    runs: tuple[int, int],
) -> ClassReadiness:
    """How far the class is with the present item.

    Of each learner it takes the answer to the latest question and the progress on the latest
    lesson; of the race's runs how many have ended, and all.
    """
    item, total = item_in(content), len(learners)
    if isinstance(item, RaceItem):
        return ClassReadiness(*(runs if race_started(content) else (0, 1)), "runs have ended")
    asked = content.bet and content.plan and content.bet.item == content.plan.at
    if isinstance(item, AskItem) and asked:
        return ClassReadiness(sum(bool(answer) for answer, _ in learners), total, "have answered")
    if isinstance(item, LessonItem):
        lesson = lesson_checks.read(item.lesson)
        steps = lesson.steps[item.step - 1 : item.step] if item.step else lesson.steps
        wanted = {check.id for step in steps for check in step.checks}
        opened = [progress for _, progress in learners if progress.title]
        passed = sum(wanted <= {*progress.passed} for progress in opened)
        return ClassReadiness(passed, total, "have passed" if wanted else "have opened it")
    return ClassReadiness(0, 0, "")


def gains(room: Room) -> dict[int, dict[str, Gain]]:
    """What each learner answered to the questions that are asked twice, by number and id."""
    plan = plan_in(room.content)
    answers: dict[int, dict[str, Gain]] = {member.number: {} for member in room.learners}
    for question in plan.asked_twice if plan else ():
        asked = [bet.number for bet in room.content.bets if bet.id == question.id]
        for member in room.learners:
            before, after = (member.choices.get(number, "") for number in (*asked, 0, 0)[:2])
            right = [bool(text) and is_right(question, text) for text in (before, after)]
            answers[member.number][question.id] = Gain(before, after, right[0], right[1])
    return answers
