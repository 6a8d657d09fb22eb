"""Frozen values of a class room: the teacher's settings, and the people in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from components.sharing.links.link import token_in
from components.sharing.links.token import is_token
from components.teaching.lessons import library
from components.teaching.lessons.checks import Check, Question
from components.teaching.lessons.lesson import LESSON

MOST_ITEMS = 40
"""Maximum number of items of a plan."""
MOST_VOTES = MOST_ITEMS + 10
"""Number of latest votes that a room keeps: all of its present plan are among them."""
MOST_LESSONS = 20
"""Number of latest lessons that a room keeps, and on which a learner may hand in work."""
NoteKind = Literal["sent", "shown", "bet", "answers", "now"]


class _RoomPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ShownWork(_RoomPart):
    """Learner's model or run, as it was when the teacher showed it to the class."""

    kind: Literal["model", "run"]
    token: str
    """Token of a share link: the model, and for a run also its data and settings."""
    title: str
    figures: tuple[tuple[str, str], ...] = ()
    """Names and values of a run's results."""
    verdict: str = ""
    """Sentence on what happened in a run; empty if it is not known."""


class SentLink(_RoomPart):
    """Model or lesson that the teacher has sent to all."""

    kind: Literal["model", "lesson"]
    target: str
    """Token of a model; name or token of a lesson."""
    title: str
    lesson: str = ""
    """Name under which progress on the lesson is stored."""
    step: int = 0
    """Step at which the lesson opens, from 1; 0 to stay where each learner is."""

    @classmethod
    def of_lesson(cls, text: str, step: int = 0) -> SentLink:
        """Return a lesson to send, from its name, link or token. Raises as `library.find`."""
        target = token_in(text, LESSON)
        lesson = library.find(target)
        stored = lesson.linked_name if is_token(target) else target
        return cls(kind="lesson", target=target, title=lesson.title, lesson=stored, step=step)


class Vote(_RoomPart):
    """Question to the class."""

    number: int
    """Number of the vote in the room, from 1."""
    question: Question
    item: int | None = None
    """Item of the room's plan that asked, from 0; `None` for the teacher's own question."""
    open: bool = True
    """`True` while learners may choose."""
    shown: bool = False
    """`True` while learners see the counts."""
    named: bool = False
    """`True` if nicknames stand beside the answers in the CSV, as learners read below it."""


class ClassRace(_RoomPart):
    """Race of the strategies that learners submitted."""

    sweep: str
    """Id of the race in the store, also before it starts."""
    nicknames: dict[str, tuple[str, ...]]
    """Nicknames of those who submitted each entry."""
    item: int | None = None
    """Item of the plan that started it, from 0."""
    due: bool = False
    """`True` until the server has tried it."""
    data: str = ""
    """Relation of a race of the plan, as the command line writes it; empty for any other."""
    seeds: int = 0
    """Number of seeds of a race of the plan."""
    problem: str = ""
    """Reason why the server could not start it."""


class ClassBoard(_RoomPart):
    """View of the class on the projector: its runs, wrong answers to a question, or its race."""

    kind: Literal["runs", "answers", "race"]
    check: str = ""
    """Check of the lesson whose wrong answers are shown."""


class LedView(_RoomPart):
    """Teacher's view, which learners follow."""

    page: str
    """Label of the page."""
    token: str
    """Token of a share link: the model, with data and settings unless they are an own file's."""
    layer: str = ""
    """Id of the selected layer."""


class RoomNote(_RoomPart):
    """Note to learners about the teacher's latest action for all."""

    number: int
    """Number of the note in the room, from 1."""
    kind: NoteKind


class RoomPlan(_RoomPart):
    """Position of a room in its plan."""

    source: str
    """File of the plan."""
    at: int = -1
    """Present item, from 0; -1 before the first, and the number of items after the last."""
    began: float = 0.0
    """Time when the first item began, in seconds since the epoch."""
    since: float = 0.0
    """Time when the present item began."""
    teacher: str = Field("", repr=False)
    """Secret name of the browser that began the present item, and so owns the item's race."""


class RoomContent(_RoomPart):
    """Settings of a room that the teacher has made."""

    lesson: SentLink | None = None
    """Lesson whose checks the grid shows: the latest that was sent."""
    earlier_lessons: tuple[SentLink, ...] = ()
    """Other lessons that were sent, the latest last."""
    shown: ShownWork | None = None
    sent: SentLink | None = None
    bets: tuple[Vote, ...] = ()
    races: tuple[ClassRace, ...] = ()
    """Races of the plan's items, and the latest that a teacher started; the latest race is last."""
    board: ClassBoard | None = None
    """Board that covers the shown work on the projector."""
    led: LedView | None = None
    """View that learners follow; `None` if the teacher does not lead."""
    note: RoomNote | None = None
    plan: RoomPlan | None = None
    admits: bool = True
    """`True` if new learners may join."""
    names_answers: bool = False
    """`True` if questions asked from now on have nicknames beside answers in the CSV."""

    def showing(self, work: ShownWork | None) -> RoomContent:
        """Return the content with a work that the class sees, or with none."""
        shown = self.model_copy(update={"shown": work, "board": None})
        return shown.noting("shown") if work else shown

    def sending(self, sent: SentLink) -> RoomContent:
        """Return the content after something is sent to all."""
        changes: dict[str, object] = {"sent": sent}
        if sent.kind == "lesson":
            others = tuple(one for one in self.lessons if one.lesson != sent.lesson)
            changes |= {"lesson": sent, "earlier_lessons": others[-MOST_LESSONS + 1 :]}
        return self.model_copy(update=changes).noting("sent")

    def asking(self, question: Question, item: int | None = None) -> RoomContent:
        """Return the content with one more question, after closing the one before it.

        If there are too many, the oldest that the present plan has not asked is dropped.
        """
        number = self.vote.number + 1 if self.vote else 1
        votes = (
            *self.with_vote(open=False).bets,
            Vote(number=number, question=question, item=item, named=self.names_answers),
        )
        if len(votes) > MOST_VOTES:
            oldest = next(vote for vote in votes if vote.item is None)
            votes = tuple(vote for vote in votes if vote is not oldest)
        return self.model_copy(update={"bets": votes}).noting("bet")

    def planning(self, source: str) -> RoomContent:
        """Return the content with another plan, before its first item; none for an empty file."""
        plan = RoomPlan(source=source) if source else None
        votes = tuple(vote.model_copy(update={"item": None}) for vote in self.bets)
        races = tuple(
            race.model_copy(update={"item": None})
            for race in self.races[-1:]
            if not (race.due or race.problem)
        )
        return self.model_copy(update={"plan": plan, "bets": votes, "races": races})

    def racing(self, race: ClassRace) -> RoomContent:
        """Return the content with this race as the latest, in place of that of the same item."""
        others = (one for one in self.races if one.item != race.item)
        return self.model_copy(update={"races": (*others, race)})

    def with_race(self, sweep: str, **changes: object) -> RoomContent:
        """Return the content with other values of a race, if it still exists."""
        races = (
            race.model_copy(update=changes) if race.sweep == sweep else race for race in self.races
        )
        return self.model_copy(update={"races": tuple(races)})

    def noting(self, kind: NoteKind) -> RoomContent:
        """Return the content with a new note, which replaces the one before it."""
        number = self.note.number + 1 if self.note else 1
        return self.model_copy(update={"note": RoomNote(number=number, kind=kind)})

    @property
    def lessons(self) -> tuple[SentLink, ...]:
        """Lessons that were sent, each once, the latest last."""
        return (*self.earlier_lessons, *([self.lesson] if self.lesson else []))

    @property
    def checks(self) -> tuple[Check, ...]:
        """Checks of the room's lesson; empty without a lesson."""
        return library.find(self.lesson.target).checks if self.lesson else ()

    @property
    def vote(self) -> Vote | None:
        """Latest vote."""
        return self.bets[-1] if self.bets else None

    @property
    def race(self) -> ClassRace | None:
        """Latest race."""
        return self.races[-1] if self.races else None

    @property
    def item_race(self) -> ClassRace | None:
        """Race of the plan's present item."""
        at = self.plan.at if self.plan else None
        return next((race for race in self.races if at is not None and race.item == at), None)

    def shows_answers(self, question: str) -> bool:
        """Return `True` if the latest question is the one with this id that the plan asked."""
        vote = self.vote
        return vote is not None and vote.item is not None and vote.question.id == question

    def with_vote(self, **changes: bool) -> RoomContent:
        """Return the content with other values of the latest vote, and a note to learners.

        Showing the answers closes it; opening it again hides them.
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
class RoomMember:
    """Person in a room."""

    owner: str = field(repr=False)
    """Secret name of their browser, which never reaches a page."""
    number: int
    """Number from 1; 0 for a teacher."""
    nickname: str
    joined: float
    entry: str
    """Strategy that they submitted for the class race."""
    choices: Mapping[int, str]
    """Choices, by the number of the vote."""
    done: int = 0
    """Number of the last note that they have opened or closed."""
    handed_in: Mapping[str, str] = field(default_factory=dict)
    """Tokens of the work that they have handed in, by lesson."""


class Gain(NamedTuple):
    """Answers of a learner to a question that was asked before and after."""

    before: str
    """First answer; empty without one."""
    after: str
    right_before: bool
    right_after: bool

    @property
    def value(self) -> int | None:
        """Gain: 1 for right after wrong, -1 for wrong after right; `None` without both answers."""
        both = self.before and self.after
        return self.right_after - self.right_before if both else None


@dataclass(frozen=True)
class Room:
    """Room with its members."""

    code: str
    join_code: str
    created: float
    version: int
    content: RoomContent
    members: Mapping[str, RoomMember]
    """Members by owner."""

    @property
    def learners(self) -> tuple[RoomMember, ...]:
        """Learners in the order in which they joined."""
        listed = (member for member in self.members.values() if member.number)
        return tuple(sorted(listed, key=lambda member: member.number))

    def counts(self, vote: Vote) -> dict[str, int]:
        """Count the learners of each choice of a vote; for a number, of each number typed."""
        chosen = Counter(member.choices.get(vote.number, "") for member in self.learners)
        choices = vote.question.choices or sorted(filter(None, chosen), key=float)
        return {choice: chosen[choice] for choice in choices}

    @property
    def entries(self) -> dict[str, tuple[str, ...]]:
        """Strategies that learners submitted, each with their nicknames."""
        brought: dict[str, tuple[str, ...]] = {}
        for member in self.learners:
            if member.entry:
                brought[member.entry] = (*brought.get(member.entry, ()), member.nickname)
        return brought

    def gains(self, question: Question) -> dict[int, Gain]:
        """Return the answers to a question of the plan before and after, by learner's number."""
        votes = (vote for vote in self.content.bets if vote.item is not None)
        asked = [vote.number for vote in votes if vote.question.id == question.id]
        gained = {}
        for member in self.learners:
            before, after = (member.choices.get(number, "") for number in (*asked, 0, 0)[:2])
            right = [bool(text) and question.is_right(text) for text in (before, after)]
            gained[member.number] = Gain(before, after, right[0], right[1])
        return gained
