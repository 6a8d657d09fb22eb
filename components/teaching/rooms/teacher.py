"""Class room as its teacher may use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from components.base import clock
from components.base.errors import RunError
from components.base.text import one_line, plural
from components.experiments.queue.run import Run
from components.experiments.queue.store import Store
from components.experiments.training.events import Epoch, Report
from components.teaching.lessons import library
from components.teaching.lessons.checks import BetCheck
from components.teaching.people.activity import activity_of
from components.teaching.people.draft_store import DraftStore
from components.teaching.people.lesson_store import LessonProgress, LessonStore
from components.teaching.rooms.board import ClassRuns, class_runs, lesson_data
from components.teaching.rooms.codes import no_room
from components.teaching.rooms.content import (
    ClassBoard,
    ClassRace,
    LedView,
    Room,
    RoomContent,
    SentLink,
    ShownWork,
)
from components.teaching.rooms.items.base import ClassReadiness
from components.teaching.rooms.learner_state import LearnerState
from components.teaching.rooms.plan import LONGEST_CHOICE, LONGEST_QUESTION, parse_plan
from components.teaching.rooms.position import at_item, present_item, racing_again
from components.teaching.rooms.store import room_store

MOST_CHOICES = 12
NOTHING = LessonProgress(lesson="")


class RoomTeacher:
    """Actions of a teacher. Every method raises `RunError` for a visitor who doesn't teach."""

    def __init__(self, store: Store, code: str, visitor: str) -> None:
        self._store, self._rooms = store, room_store(store.database)
        self.code, self._visitor = code, visitor

    def room(self) -> Room:
        """Return the room. Raises `RunError` if it is gone, or this visitor does not teach it."""
        room = self._rooms.find(self.code)
        member = room.members.get(self._visitor) if room else None
        if room is None or member is None or member.number:
            raise no_room(self.code)
        return room

    def content(self) -> RoomContent:
        """Return the settings of the room."""
        return self.room().content

    @property
    def join_code(self) -> str:
        """Code with which learners join now."""
        return self.room().join_code

    def learners(self) -> tuple[LearnerState, ...]:
        """Return the state of each learner, in the order in which they joined."""
        room = self.room()
        owners = [member.owner for member in room.learners]
        activity = activity_of(self._store.database, owners)
        lesson = room.content.lesson.lesson if room.content.lesson else ""
        stored = LessonStore(self._store.database).of_people(owners, lesson) if lesson else {}
        item = present_item(room.content)
        asked = item.asks if item else room.content.plan is None
        states = []
        for member in room.learners:
            changed, progress = stored.get(member.owner, (0.0, NOTHING))
            done = activity[member.owner]
            idle = max(0.0, clock.now() - max(member.joined, done.changed, changed))
            has_done = item is not None and item.has_done(room.content, member, progress)
            has_lesson = item is None or item.shows == "runs"
            states.append(LearnerState(member, done, progress, idle, asked, has_done, has_lesson))
        return tuple(states)

    def progress(self) -> dict[SentLink, dict[int, LessonProgress]]:
        """Return the progress on each lesson that was sent, by learner's number."""
        room, store = self.room(), LessonStore(self._store.database)
        numbers = {member.owner: member.number for member in room.learners}
        return {
            sent: {
                numbers[owner]: progress
                for owner, (_, progress) in store.of_people(numbers, sent.lesson).items()
            }
            for sent in room.content.lessons
        }

    def waiting(self) -> int:
        """Return the number of single runs in the queue, of everybody."""
        self.room()
        return len(self._store.queue.waiting())

    def draft(self, number: int) -> bytes | None:
        """Return the present model of a learner, packed."""
        stored = DraftStore(self._store.database).latest(self._owner(number))
        return stored.content if stored else None

    def run(self, number: int) -> tuple[Run, Report | None, tuple[Epoch, ...], str | None] | None:
        """Return the latest finished run of a learner: its report, epochs and inspection."""
        runs, store = self._store.list(self._owner(number), 1, ("finished",)), self._store
        if not runs:
            return None
        run = runs[0].id
        return runs[0], store.report(run), store.points(run), store.result(run, "inspection")

    def stop_runs(self, number: int | None = None) -> int:
        """Stop the runs and races of a learner, or of all learners; return their number."""
        owners = [
            member.owner for member in self.room().learners if number in (None, member.number)
        ]
        work = self._store.unfinished_ids(owners)
        for work_id in work:
            self._store.stop(work_id)
        return len(work)

    def show(self, work: ShownWork | None) -> None:
        """Show a work to the class, or nothing."""
        self._change(lambda content: content.showing(work))

    def put_up(self, board: ClassBoard) -> None:
        """Show a board of the class on the projector, until another thing is shown."""
        self._change(lambda content: content.model_copy(update={"board": board}))

    def lead(self, view: LedView | None) -> None:
        """Let learners follow the teacher's view; `None` ends that."""
        if self.content().led != view:
            self._change(lambda content: content.model_copy(update={"led": view}))

    def runs(self) -> ClassRuns | None:
        """Return the class's runs on the task that most train; `None` before the first epoch.

        While the plan is at a lesson, runs on other data are left out.
        """
        room = self.room()
        item, sent = present_item(room.content), room.content.lesson
        of = (
            lesson_data(library.find(sent.target)) if sent and item and item.shows == "runs" else ()
        )
        return class_runs(self._store, room.learners, of)

    def send(self, sent: SentLink) -> None:
        """Send a model or a lesson to all."""
        self._change(lambda content: content.sending(sent))

    def open_vote(self, question: str, choices: Sequence[str]) -> None:
        """Ask a question, and close the vote before it. Raises `RunError` if it is malformed."""
        asked = one_line(question)[:LONGEST_QUESTION]
        options = tuple(dict.fromkeys(one_line(choice)[:LONGEST_CHOICE] for choice in choices))
        options = tuple(option for option in options if option)
        if not asked or not 2 <= len(options) <= MOST_CHOICES:
            raise RunError(
                f"A vote needs a question and 2 to {MOST_CHOICES} choices.",
                plural(len(options), "choice") if asked else "no question",
                "Write a question, and one choice on each line.",
            )

        vote = BetCheck(id="vote", kind="bet", text=asked, options=options)
        self._change(lambda content: content.asking(vote))

    def name_answers(self, on: bool) -> None:
        """Put nicknames beside answers in the CSV, for questions that are asked from now on."""
        self._change(lambda content: content.model_copy(update={"names_answers": on}))

    def change_vote(self, **changes: bool) -> None:
        """Close or open the latest vote (`open`), or show its counts (`shown`)."""
        self._change(lambda content: content.with_vote(**changes))

    def started_race(self, sweep: str, nicknames: dict[str, tuple[str, ...]]) -> None:
        """Store the class race, which must be the visitor's own, and let the class read it."""
        self.room()
        stored = self._store.sweeps.find(sweep)
        if stored is None or stored.owner != self._visitor:
            raise RunError(
                "Only a race of the teacher's own can be a class race.",
                "",
                "Start it from the room.",
            )
        self._store.sweeps.share(sweep)
        race = ClassRace(sweep=sweep, nicknames=nicknames)
        self._change(lambda content: content.racing(race))

    def start_race_again(self) -> None:
        """Have the server start the race of the present item again, after it failed to."""
        brought = self.room().entries
        self._change(lambda content: racing_again(content, brought))

    def use_plan(self, source: str) -> None:
        """Use the plan in a file; none if it is empty. Raises `LessonError`."""
        if source:
            parse_plan(source).check()
        self._change(lambda content: content.planning(source))

    def go(self, before: int, to: int) -> bool:
        """Begin an item of the plan if the room is at item `before`.

        Return `True` if it began: of two presses at once, only the first one does it.
        """
        moved, brought = False, self.room().entries

        def change(content: RoomContent) -> RoomContent:
            nonlocal moved
            moved = content.plan is not None and content.plan.at == before
            if not moved:
                return content
            return at_item(content, to, clock.now(), self._visitor, brought)

        self._change(change)
        return moved

    def readiness(self) -> ClassReadiness:
        """Return the progress of the class on the present item of the plan."""
        content = self.content()
        item = present_item(content)
        return item.readiness(content, self.learners(), self._store) if item else ClassReadiness()

    def remove(self, *numbers: int) -> None:
        """Remove learners from the room."""
        learners = self.room().learners
        self._rooms.remove(self.code, [one.owner for one in learners if one.number in numbers])

    def admit(self, on: bool) -> None:
        """Let new learners join, or keep them out."""
        self._change(lambda content: content.model_copy(update={"admits": on}))

    def new_code(self) -> None:
        """Replace the code with which people join. Those in the room stay."""
        self.room()
        self._rooms.renew_code(self.code)

    def new_secret(self) -> str:
        """Replace the secret of the teacher's link, and return the new one."""
        self.room()
        return self._rooms.renew_secret(self.code)

    def close(self) -> None:
        """Delete the room."""
        self.room()
        self._rooms.close(self.code)

    def _change(self, change: Callable[[RoomContent], RoomContent]) -> None:
        self.room()
        self._rooms.change(self.code, change)

    def _owner(self, number: int) -> str:
        numbered = {member.number: member.owner for member in self.room().learners}
        if number not in numbered:
            raise RunError("This learner is not in the room.", "", "Choose one who is in it.")
        return numbered[number]
