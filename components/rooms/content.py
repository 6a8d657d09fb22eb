"""What a teacher sets up in a class room, and the people in it, as frozen values."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from components.core.errors import LessonError
from components.export.link import token_in
from components.export.token import is_token
from components.lessons import library
from components.lessons.checks import Check, Question
from components.lessons.lesson import LESSON
from components.plans.items.base import PlanItem
from components.plans.workshop import MOST_ITEMS, WorkshopPlan, parse_plan

MOST_BETS = MOST_ITEMS + 10
"""Latest bets that a room keeps: all of its present plan are among them."""
NoteKind = Literal["sent", "shown", "bet", "answers"]


class _RoomPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ShownWork(_RoomPart):
    """A learner's model or run that the teacher shows to the class, as it was at that moment."""

    kind: Literal["model", "run"]
    token: str
    """A share link's token of the model, and of a run also its data and settings."""
    title: str
    figures: tuple[tuple[str, str], ...] = ()
    """Names and values of a run's results."""


class SentLink(_RoomPart):
    """A model or a lesson that the teacher has sent to all."""

    kind: Literal["model", "lesson"]
    target: str
    """The token of a model; the name or the token of a lesson."""
    title: str
    lesson: str = ""
    """The name under which progress on the lesson is stored."""
    step: int = 0
    """The step that the lesson opens at, from 1; 0 for where each learner is."""

    @classmethod
    def of_lesson(cls, text: str, step: int = 0) -> SentLink:
        """A lesson as it is sent, by its name, its link or its token. Raises as `library.find`."""
        target = token_in(text, LESSON)
        lesson = library.find(target)
        stored = lesson.linked_name if is_token(target) else target
        return cls(kind="lesson", target=target, title=lesson.title, lesson=stored, step=step)


class RoomBet(_RoomPart):
    """A question that the class is asked."""

    number: int
    """Counts the bets of the room, from 1."""
    question: Question
    item: int | None = None
    """The item of the room's plan that asked, from 0; `None` for the teacher's own question."""
    open: bool = True
    """Whether learners may choose."""
    shown: bool = False
    """Whether learners see how many chose what."""


class ClassRace(_RoomPart):
    """A race of the strategies that learners have brought."""

    sweep: str
    """Its id in the store, also while it is due."""
    nicknames: dict[str, tuple[str, ...]]
    """Who brought each entry."""
    item: int | None = None
    """The item of the plan that started it, from 0."""
    due: bool = False
    """`True` until the server has tried to start it."""
    data: str = ""
    """Relation of a race of the plan, as the command line writes it; empty for any other."""
    seeds: int = 0
    """Seeds of a race of the plan."""
    problem: str = ""
    """Reason why the server could not start it."""


class ClassBoard(_RoomPart):
    """What the projector shows of the class: its runs, wrong answers to a question, its race."""

    kind: Literal["runs", "answers", "race"]
    check: str = ""
    """The check of the lesson whose wrong answers are shown."""


class LedView(_RoomPart):
    """What the teacher looks at, which learners follow."""

    page: str
    """The page's label."""
    token: str
    """A share link's token of the model, with data and settings unless they are an own file's."""
    layer: str = ""
    """The id of the selected layer."""


class RoomNote(_RoomPart):
    """What learners are told: the latest of what the teacher did for all."""

    number: int
    """Counts the notes of the room, from 1."""
    kind: NoteKind


class RoomPlan(_RoomPart):
    """Where a room is in its plan."""

    source: str
    """The plan's file."""
    at: int = -1
    """The present item, from 0; -1 before the first, and the number of items after the last."""
    began: float = 0.0
    """When the first item began, in seconds since the epoch."""
    since: float = 0.0
    """When the present item began."""
    teacher: str = Field("", repr=False)
    """The secret name of the browser that began the present item: the item's race is theirs."""

    @property
    def whole(self) -> WorkshopPlan:
        """The plan with all its items."""
        return parse_plan(self.source)

    @property
    def item(self) -> PlanItem | None:
        """The present item; `None` before the first and after the last."""
        items = self.whole.items
        return items[self.at] if 0 <= self.at < len(items) else None


class RoomContent(_RoomPart):
    """What the teacher has set up."""

    lesson: SentLink | None = None
    """The lesson whose checks the grid shows: the latest that was sent."""
    shown: ShownWork | None = None
    sent: SentLink | None = None
    bets: tuple[RoomBet, ...] = ()
    races: tuple[ClassRace, ...] = ()
    """Races of the plan's items, and the latest that a teacher started; the latest is the last."""
    board: ClassBoard | None = None
    """Over the shown work on the projector."""
    led: LedView | None = None
    """While learners follow the teacher."""
    note: RoomNote | None = None
    plan: RoomPlan | None = None
    admits: bool = True
    """Whether new learners may join."""

    def showing(self, work: ShownWork | None) -> RoomContent:
        """The same with a work that the class sees, or none."""
        shown = self.model_copy(update={"shown": work, "board": None})
        return shown.noting("shown") if work else shown

    def sending(self, sent: SentLink) -> RoomContent:
        """The same after something is sent to all."""
        lesson = sent if sent.kind == "lesson" else self.lesson
        return self.model_copy(update={"sent": sent, "lesson": lesson}).noting("sent")

    def asking(self, question: Question, item: int | None = None) -> RoomContent:
        """The same with one more question, after the one before it is closed.

        Where there are too many, the oldest that the present plan has not asked is dropped.
        """
        number = self.bet.number + 1 if self.bet else 1
        bets = (
            *self.with_bet(open=False).bets,
            RoomBet(number=number, question=question, item=item),
        )
        if len(bets) > MOST_BETS:
            oldest = next(bet for bet in bets if bet.item is None)
            bets = tuple(bet for bet in bets if bet is not oldest)
        return self.model_copy(update={"bets": bets}).noting("bet")

    def planning(self, source: str) -> RoomContent:
        """The same with another plan, before its first item; none if its file is empty."""
        plan = RoomPlan(source=source) if source else None
        bets = tuple(bet.model_copy(update={"item": None}) for bet in self.bets)
        races = tuple(
            race.model_copy(update={"item": None})
            for race in self.races[-1:]
            if not (race.due or race.problem)
        )
        return self.model_copy(update={"plan": plan, "bets": bets, "races": races})

    def going(
        self,
        at: int,
        now: float,
        teacher: str = "",
        brought: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> RoomContent:
        """The same once item `at` of the plan has begun: with what the teacher's buttons change.

        A vote of the item before is closed. What an item asks is not asked twice, and its race is
        due once, of what learners have `brought` if the item names no strategies. Raises
        `LessonError` if there is no such item.
        """
        stands = self.plan
        if stands is None or not 0 <= at <= len(stands.whole.items):
            raise LessonError("The plan has no such item.", "", "Choose the plan again.")
        began = stands.began or now
        stands = stands.model_copy(
            update={"at": at, "since": now, "began": began, "teacher": teacher}
        )
        moved, item = self.showing(None).model_copy(update={"plan": stands}), stands.item
        if moved.bet is not None and moved.bet.item is not None:
            moved = moved.with_bet(open=False)
        return item.begin(_ItemBegins(moved, at, brought)) if item else moved

    def racing_again(self, brought: Mapping[str, tuple[str, ...]]) -> RoomContent:
        """The same with the race of the present item due again, if it could not be started."""
        race, item = self.item_race, self.plan.item if self.plan else None
        if race is None or race.item is None or item is None or not race.problem:
            return self
        others = tuple(one for one in self.races if one is not race)
        without = self.model_copy(update={"races": others})
        return item.begin(_ItemBegins(without, race.item, brought))

    def racing(self, race: ClassRace) -> RoomContent:
        """The same with a race as the latest, in place of one of the same item, or of no item."""
        others = (one for one in self.races if one.item != race.item)
        return self.model_copy(update={"races": (*others, race)})

    def with_race(self, sweep: str, **changes: object) -> RoomContent:
        """The same with other values of a race, if it is still there."""
        races = (
            race.model_copy(update=changes) if race.sweep == sweep else race for race in self.races
        )
        return self.model_copy(update={"races": tuple(races)})

    def noting(self, kind: NoteKind) -> RoomContent:
        """The same with a new note, which takes the place of the one before it."""
        number = self.note.number + 1 if self.note else 1
        return self.model_copy(update={"note": RoomNote(number=number, kind=kind)})

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks of the room's lesson; empty without one."""
        return library.find(self.lesson.target).checks if self.lesson else ()

    @property
    def bet(self) -> RoomBet | None:
        """The latest bet."""
        return self.bets[-1] if self.bets else None

    @property
    def race(self) -> ClassRace | None:
        """The latest race."""
        return self.races[-1] if self.races else None

    @property
    def item_race(self) -> ClassRace | None:
        """The race of the plan's present item."""
        at = self.plan.at if self.plan else None
        return next((race for race in self.races if at is not None and race.item == at), None)

    def shows_answers(self, question: str) -> bool:
        """Whether the latest question is the one of this id that the plan asked."""
        bet = self.bet
        return bet is not None and bet.item is not None and bet.question.id == question

    def with_bet(self, **changes: bool) -> RoomContent:
        """The same with other values of the latest bet, of which learners get a note.

        Answers that are shown close it, and it opens again without them.
        """
        if not self.bets:
            return self
        if changes.get("shown"):
            changes["open"] = False
        elif changes.get("open"):
            changes["shown"] = False
        latest = self.bets[-1].model_copy(update=changes)
        changed = self.model_copy(update={"bets": (*self.bets[:-1], latest)})
        if changes.get("shown"):
            return changed.noting("answers")
        return changed.noting("bet") if changes.get("open") else changed


@dataclass(frozen=True)
class _ItemBegins:
    """Actions of an item on its room as it begins."""

    content: RoomContent
    at: int
    brought: Mapping[str, tuple[str, ...]]

    def nothing(self) -> RoomContent:
        return self.content

    def show_model(self, token: str, title: str) -> RoomContent:
        return self.content.showing(ShownWork(kind="model", token=token, title=title))

    def send_lesson(self, lesson: str, step: int) -> RoomContent:
        return self.content.sending(SentLink.of_lesson(lesson, step))

    def ask(self, question: str) -> RoomContent:
        content = self.content
        if content.bet is not None and content.bet.item == self.at:
            return content.with_bet(open=True)
        if content.plan is None or any(bet.item == self.at for bet in content.bets):
            return content
        return content.asking(content.plan.whole.question(question), self.at)

    def show_answers(self, question: str) -> RoomContent:
        shows = self.content.shows_answers(question)
        return self.content.with_bet(shown=True) if shows else self.content

    def race(self, entries: Sequence[str], data: str, seeds: int) -> RoomContent:
        if begun := self.content.item_race:
            return self.content.racing(begun)
        chosen: dict[str, tuple[str, ...]] = dict.fromkeys(entries, ())
        race = ClassRace(
            sweep=uuid.uuid4().hex[:12],
            nicknames=chosen or dict(self.brought),
            item=self.at,
            due=True,
            data=data,
            seeds=seeds,
        )
        return self.content.racing(race)


@dataclass(frozen=True)
class RoomMember:
    """A person in a room."""

    owner: str = field(repr=False)
    """Their browser's secret name: it never reaches a page."""
    number: int
    """From 1; 0 for a teacher."""
    nickname: str
    joined: float
    entry: str
    """What they brought for the class race."""
    choices: Mapping[int, str]
    """What they chose, by the number of the bet."""
    done: int = 0
    """The number of the last note that they have opened or closed."""
    handed_in: Mapping[str, str] = field(default_factory=dict)
    """The tokens of the work that they have handed in, by lesson."""


class Gain(NamedTuple):
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


@dataclass(frozen=True)
class Room:
    """A room with all who are in it."""

    code: str
    join_code: str
    created: float
    version: int
    content: RoomContent
    members: Mapping[str, RoomMember]
    """By owner."""

    @property
    def learners(self) -> tuple[RoomMember, ...]:
        """The learners in the order in which they joined."""
        listed = (member for member in self.members.values() if member.number)
        return tuple(sorted(listed, key=lambda member: member.number))

    def counts(self, bet: RoomBet) -> dict[str, int]:
        """How many learners chose each choice of a bet; for a number, each that was typed."""
        chosen = Counter(member.choices.get(bet.number, "") for member in self.learners)
        choices = bet.question.choices or sorted(filter(None, chosen), key=float)
        return {choice: chosen[choice] for choice in choices}

    @property
    def entries(self) -> dict[str, tuple[str, ...]]:
        """The strategies that learners have brought, each with their nicknames."""
        brought: dict[str, tuple[str, ...]] = {}
        for member in self.learners:
            if member.entry:
                brought[member.entry] = (*brought.get(member.entry, ()), member.nickname)
        return brought

    def gains(self, question: Question) -> dict[int, Gain]:
        """What learners answered to a question of the plan before and after, by their number."""
        bets = (bet for bet in self.content.bets if bet.item is not None)
        asked = [bet.number for bet in bets if bet.question.id == question.id]
        gained = {}
        for member in self.learners:
            before, after = (member.choices.get(number, "") for number in (*asked, 0, 0)[:2])
            right = [bool(text) and question.is_right(text) for text in (before, after)]
            gained[member.number] = Gain(before, after, right[0], right[1])
        return gained
