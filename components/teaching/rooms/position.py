"""Position of a room in its plan: the whole plan, the present item, and the start of another."""

from __future__ import annotations

from types import MappingProxyType

from components.base.errors import LessonError
from components.teaching.rooms.content import RoomContent, RoomPlan
from components.teaching.rooms.items.base import PlanItem, Submitted
from components.teaching.rooms.plan import WorkshopPlan, parse_plan


def whole_plan(stands: RoomPlan) -> WorkshopPlan:
    """Return the plan of a room with all its items."""
    return parse_plan(stands.source)


def right_answer(content: RoomContent) -> str:
    """Return the right answer to the latest vote, once the class sees the answers.

    Empty for a question without a right answer, and for one that the plan asks again.
    """
    vote, plan = content.vote, content.plan
    if vote is None or not vote.shown:
        return ""
    later = whole_plan(plan).items[plan.at + 1 :] if plan else ()
    again = any(one.shows == "question" and one.about == vote.question.id for one in later)
    return "" if again else vote.question.right


def present_item(content: RoomContent) -> PlanItem | None:
    """Return the present item; `None` before the first, after the last, and without a plan."""
    if content.plan is None:
        return None
    items, at = whole_plan(content.plan).items, content.plan.at
    return items[at] if 0 <= at < len(items) else None


def at_item(
    content: RoomContent,
    at: int,
    now: float,
    teacher: str = "",
    submitted: Submitted = MappingProxyType({}),
) -> RoomContent:
    """Return the content after item `at` of the plan has begun, as by the teacher's buttons.

    A vote of the item before is closed. A question of an item is asked only once, and its race
    becomes due only once, with the strategies that learners have `submitted` if the item names
    none. Raises `LessonError` if there is no such item.
    """
    stands = content.plan
    if stands is None or not 0 <= at <= len(whole_plan(stands).items):
        raise LessonError("The plan has no such item.", "", "Choose the plan again.")
    began = stands.began or now
    stands = stands.model_copy(update={"at": at, "since": now, "began": began, "teacher": teacher})
    moved = content.showing(None).model_copy(update={"plan": stands})
    if moved.vote is not None and moved.vote.item is not None:
        moved = moved.with_vote(open=False)
    return _begun(moved.noting("now"), submitted)


def racing_again(content: RoomContent, submitted: Submitted) -> RoomContent:
    """Return the content with the present item's race due again, if it could not be started."""
    race = content.item_race
    if race is None or not race.problem:
        return content
    others = tuple(one for one in content.races if one is not race)
    return _begun(content.model_copy(update={"races": others}), submitted)


def _begun(content: RoomContent, submitted: Submitted) -> RoomContent:
    item = present_item(content)
    if content.plan is None or item is None:
        return content
    question = whole_plan(content.plan).question(item.about) if item.about else None
    return item.begin(content, question, submitted)
