"""Class rooms without a page: codes, nicknames, votes, limits, their end, and roles."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from components.base import clock
from components.base.database.database import Database, remove_old
from components.base.errors import LessonError, RunError
from components.base.text import DAY_SECONDS
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.queue.tables import RunRow
from components.experiments.training.events import Epoch, Failed, Started, Stopped
from components.sharing.links.link import share
from components.teaching.lessons import library
from components.teaching.lessons.hand_in import HandIn
from components.teaching.people.activity import Activity, RunBrief, activity_of
from components.teaching.people.draft_store import DraftChange, DraftStore
from components.teaching.people.lesson_store import (
    AWAY_SECONDS,
    STUCK_TRIES,
    LessonProgress,
    LessonStore,
)
from components.teaching.rooms import board, content
from components.teaching.rooms import store as rooms_store
from components.teaching.rooms.codes import LETTERS, LONGEST_NICKNAME, tidy_code
from components.teaching.rooms.content import (
    MOST_VOTES,
    ClassBoard,
    Gain,
    LedView,
    RoomContent,
    RoomMember,
    SentLink,
    ShownWork,
)
from components.teaching.rooms.learner_state import LearnerState
from components.teaching.rooms.plan import plan_of, shipped_plans
from components.teaching.rooms.position import at_item
from components.teaching.rooms.results import csv_text
from components.teaching.rooms.roles import WRONG_SECONDS, RoomLimits, Rooms
from components.teaching.rooms.store import RoomMemberRow, RoomRow, RoomStore, room_store
from components.teaching.rooms.teacher import RoomTeacher
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.races.support import result_of, small_race
from tests.experiments.training.support import request, rows_at

pytestmark = pytest.mark.clock

TEACHER, ADA, BEN, STRANGER = "a" * 32, "b" * 32, "c" * 32, "d" * 32
SHOWN = ShownWork(kind="model", token="1.a.b", title="A model")
PLAN = shipped_plans()["demo"]
LINK = SentLink(kind="model", target="1.a.b", title="A start")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def code(store: Store) -> str:
    """Return a room of the teacher with two learners."""
    code, _ = rooms(store, TEACHER).open()
    rooms(store, ADA).join(code, "Ada")
    rooms(store, BEN).join(code, "Ben")
    return code


def rooms(store: Store, visitor: str, sender: str = "") -> Rooms:
    return Rooms(store, visitor, RoomLimits(), sender)


def counts(teacher: RoomTeacher) -> dict[str, int]:
    """Return the number of learners for each choice of the latest vote."""
    room = teacher.room()
    assert room.content.vote is not None
    return room.counts(room.content.vote)


def view_of(store: Store, code: str, visitor: str) -> Any:
    return rooms(store, visitor).learner(code).view()


def test_a_code_has_six_clear_letters_and_is_read_as_it_is_typed(store: Store) -> None:
    code, secret = rooms(store, TEACHER).open()
    assert len(code) == 6
    assert set(code) <= set(LETTERS)
    assert len(LETTERS) == 24
    assert not set("IO") & set(LETTERS)
    assert len(secret) == 32
    typed = f" {code[:3].lower()}-{code[3:].lower()} "
    assert rooms(store, ADA).join(typed, "Ada") == code
    assert tidy_code("ABCDEI") == tidy_code("ABCDE") == tidy_code("ABC' OR 1") == ""


def test_the_secret_makes_another_browser_a_teacher_until_it_is_renewed(
    store: Store, database_url: str
) -> None:
    code, secret = rooms(store, TEACHER).open()
    with rows_at(database_url) as session:
        assert secret not in repr(vars(session.get_one(RoomRow, code)))
    other = rooms(store, STRANGER)
    assert other.teach(secret) == code
    other.teacher(code).show(SHOWN)
    again = rooms(store, TEACHER).teacher(code).new_secret()
    with pytest.raises(RunError, match="of a room that has ended"):
        rooms(store, BEN).teach(secret)
    assert rooms(store, BEN).teach(again) == code
    assert [(one.code, one.teaches) for one in rooms(store, TEACHER).mine()] == [(code, True)]


def test_a_learner_who_becomes_a_teacher_frees_their_nickname(store: Store) -> None:
    code, secret = rooms(store, TEACHER).open()
    rooms(store, ADA).join(code, "Ada")
    rooms(store, ADA).teach(secret)
    rooms(store, BEN).join(code, "Ada")
    assert [one.nickname for one in rooms(store, TEACHER).teacher(code).room().learners] == ["Ada"]


@pytest.mark.parametrize("wrong", ["", "  \n ", "\u200d\u200b", "x" * (LONGEST_NICKNAME + 1)])
def test_a_nickname_is_short(store: Store, code: str, wrong: str) -> None:
    with pytest.raises(RunError, match="needs 1 to 24 characters"):
        rooms(store, STRANGER).join(code, wrong)
    assert view_of(store, code, STRANGER) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "^A room has a code. Type the six letters"),
        (" \n", "^A room has a code. Type the six letters"),
        (" a\nb ", "no open room with the code A B"),
    ],
)
def test_a_wrong_code_is_explained(store: Store, typed: str, said: str) -> None:
    with pytest.raises(RunError, match=said):
        rooms(store, STRANGER).join(typed, "Eve")


def test_a_taken_nickname_gets_a_number_and_stays_short(store: Store, code: str) -> None:
    for visitor, nickname, expected in (
        ("1", "ada", "ada 2"),
        ("2", "ADA", "ADA 3"),
        ("3", " Ada\n2 ", "Ada 2 2"),
        ("4", "n" * LONGEST_NICKNAME, "n" * LONGEST_NICKNAME),
        ("5", "n" * LONGEST_NICKNAME, f"{'n' * (LONGEST_NICKNAME - 4)} 2"),
        ("6", "<b>*x*</b>", "<b>*x*</b>"),
    ):
        rooms(store, visitor).join(code, nickname)
        assert view_of(store, code, visitor).nickname == expected
    rooms(store, ADA).join(code, "Another")
    assert view_of(store, code, ADA).nickname == "Ada", "who is in the room stays as they are"


@pytest.mark.parametrize(
    "name", ["Жанна", "Νίκος", "李雷", "محمد", "שרה", "Ḣáo", "علی\u200cرضا", "😀"]
)
def test_a_nickname_may_be_in_any_alphabet(store: Store, code: str, name: str) -> None:
    rooms(store, "1").join(code, name)
    assert view_of(store, code, "1").nickname == name


def limited(clock: Clock) -> RoomLimits:
    """Return limits whose pauses take no time."""

    def pause(seconds: float) -> None:
        clock.now += seconds

    return RoomLimits(clock, pause)


def test_wrong_codes_slow_their_sender_alone(store: Store, code: str) -> None:
    clock = Clock()
    limits, wrong = limited(clock), "AAAAAA" if code != "AAAAAA" else "BBBBBB"
    for number in range(120):
        with pytest.raises(RunError, match="no open room"):
            Rooms(store, f"w{number}", limits, "10.0.0.9").join(("IO", wrong)[number % 2], "Name")
    assert clock.now == 1000
    with pytest.raises(RunError, match="no open room"):
        Rooms(store, "other", limits, "10.0.0.8").join(wrong, "Name")
    assert clock.now == 1000
    with pytest.raises(RunError, match="no open room"):
        Rooms(store, "new", limits, "10.0.0.9").join(wrong, "Name")
    assert clock.now == 1000 + WRONG_SECONDS
    assert Rooms(store, "w0", limits, "10.0.0.9").join(code, "Name") == code, "a right one joins"
    clock.now += 61
    before = clock.now
    with pytest.raises(RunError, match="no open room"):
        Rooms(store, "new", limits, "10.0.0.9").join(wrong, "Name")
    assert clock.now == before


def test_at_most_thirty_join_a_room_in_a_second(store: Store, code: str) -> None:
    clock = Clock()
    limits, (other, _) = limited(clock), rooms(store, TEACHER).open()
    for number in range(30):
        Rooms(store, f"v{number}", limits).join(code, "Name")
    with pytest.raises(RunError, match="thirty people"):
        Rooms(store, "v30", limits).join(code, "Name")
    Rooms(store, "v30", limits).join(other, "Name")
    clock.now += 1.1
    Rooms(store, "v30", limits).join(code, "Name")


def test_a_refused_learner_keeps_nobody_out(store: Store, code: str) -> None:
    clock = Clock()
    limits = limited(clock)
    for number in range(40):
        with pytest.raises(RunError, match="needs 1 to 24 characters"):
            Rooms(store, f"e{number}", limits).join(code, "")
        Rooms(store, (ADA, BEN)[number % 2], limits).join(code, "Again")
    Rooms(store, STRANGER, limits).join(code, "Cem")
    pupil = Rooms(store, "pupil", limits)
    for _ in range(20):
        pupil.join(code, "Comes")
        pupil.learner(code).leave()
    with pytest.raises(RunError, match="too many messages to the room"):
        pupil.join(code, "Comes")
    Rooms(store, "1" * 32, limits).join(code, "Dea")


def test_a_class_of_150_behind_one_address_fits(store: Store) -> None:
    clock, (code, _) = Clock(), rooms(store, TEACHER).open()
    limits = limited(clock)
    for number in range(150):
        clock.now += 0.04
        Rooms(store, f"v{number}", limits, "10.0.0.9").join(code, "Name")
    with pytest.raises(RunError, match="may have 150 learners"):
        Rooms(store, "v150", limits, "10.0.0.9").join(code, "Name")


def test_a_room_that_takes_no_new_learners_keeps_those_in_it(store: Store, code: str) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.admit(False)
    with pytest.raises(RunError, match="takes no new learners"):
        rooms(store, STRANGER).join(code, "Cem")
    assert rooms(store, ADA).join(code, "Ada") == code
    assert view_of(store, code, ADA).nickname == "Ada"
    teacher.admit(True)
    rooms(store, STRANGER).join(code, "Cem")
    assert [one.nickname for one in teacher.room().learners] == ["Ada", "Ben", "Cem"]


def test_a_new_code_ends_the_one_before_it_and_keeps_those_in_the_room(
    store: Store, code: str
) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA)
    teacher.new_code()
    second = teacher.join_code
    teacher.new_code()
    latest = teacher.join_code
    assert len({code, second, latest}) == 3
    for old in (code, second):
        with pytest.raises(RunError, match=f"no open room with the code {old}"):
            rooms(store, STRANGER).join(old, "Cem")
    assert rooms(store, STRANGER).join(latest, "Cem") == code, "it is the same room"
    assert [one.nickname for one in teacher.room().learners] == ["Ada", "Ben", "Cem"]
    assert (view_of(store, code, ADA).code, ada.join_code(code)) == (latest, latest)
    assert ada.mine() == ((code, False, latest),)


def test_rooms_and_learners_are_bounded(
    store: Store, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(rooms_store.MOST_ROOMS_EACH - 1):
        rooms(store, TEACHER).open()
    with pytest.raises(RunError, match="teacher may have at most 3"):
        rooms(store, TEACHER).open()
    monkeypatch.setattr(rooms_store, "MOST_ROOMS", 4)
    rooms(store, STRANGER).open()
    with pytest.raises(RunError, match="server may have at most 4"):
        rooms(store, STRANGER).open()
    monkeypatch.setattr(rooms_store, "MOST_LEARNERS", 2)
    with pytest.raises(RunError, match="may have 2 learners"):
        rooms(store, STRANGER).join(code, "Eve")


def aged(url: str, code: str, seconds: float) -> None:
    """Set the age of a room in seconds."""
    with rows_at(url) as session:
        session.get_one(RoomRow, code).created = clock.now() - seconds


def test_the_oldest_empty_room_is_removed_if_all_places_are_taken(
    store: Store, database_url: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_hour = rooms_store.EMPTY_SECONDS
    young, old, oldest = (rooms(store, visitor).open()[0] for visitor in "123")
    aged(database_url, code, 4 * half_hour)
    aged(database_url, old, half_hour + 1)
    aged(database_url, oldest, 2 * half_hour)
    rooms(store, "4").open()
    assert room_store(store.database).find(oldest) is not None, "there was a place"
    monkeypatch.setattr(rooms_store, "MOST_ROOMS", 5)
    rooms(store, "5").open()
    assert room_store(store.database).find(oldest) is None
    assert room_store(store.database).find(old) is not None
    rooms(store, "6").open()
    with pytest.raises(RunError, match="server may have at most 5"):
        rooms(store, "7").open()
    assert room_store(store.database).find(young) is not None
    assert room_store(store.database).find(code) is not None, "a room with learners stays"


def test_an_address_has_a_share_of_the_rooms_and_this_machine_all_of_them(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_store, "MOST_ROOMS_SENDER", 1)
    code, _ = rooms(store, "1", "10.0.0.9").open()
    with pytest.raises(RunError, match="At most 1 rooms may be open from one network"):
        rooms(store, "2", "10.0.0.9").open()
    for other in ("10.0.0.8", "", ""):
        rooms(store, f"other {other}", other).open()
    aged(database_url, code, rooms_store.EMPTY_SECONDS + 1)
    rooms(store, "2", "10.0.0.9").open()
    assert room_store(store.database).find(code) is None, "its own empty room gave way"


def rows(url: str) -> tuple[int, int]:
    """Return the number of stored rooms, and of people in them."""
    with rows_at(url) as session:
        return session.query(RoomRow).count(), session.query(RoomMemberRow).count()


def test_a_room_ends_after_a_day_with_all_that_is_in_it(
    store: Store, database_url: str, code: str
) -> None:
    rooms(store, TEACHER).teacher(code).open_vote("Who?", ["a", "b"])
    rooms(store, ADA).learner(code).vote(1, "a")
    aged(database_url, code, DAY_SECONDS + 1)
    with closing(Store(database_url)) as later:
        assert room_store(later.database).find(code) is None
        assert rooms(later, ADA).mine() == ()
        with pytest.raises(RunError, match="no open room"):
            rooms(later, STRANGER).join(code, "Eve")
        remove_old(later.database)
    assert rows(database_url) == (0, 0)


def test_closing_deletes_at_once(store: Store, database_url: str, code: str) -> None:
    teacher, learner = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)
    teacher.close()
    assert rows(database_url) == (0, 0)
    assert learner.view() is None
    with pytest.raises(RunError, match="no open room"):
        learner.vote(1, "a")
    with pytest.raises(RunError, match="no open room"):
        teacher.learners()


TEACHING: dict[str, Callable[[RoomTeacher], object]] = {
    "room": lambda room: room.room(),
    "content": lambda room: room.content(),
    "learners": lambda room: room.learners(),
    "progress": lambda room: room.progress(),
    "waiting": lambda room: room.waiting(),
    "stop_runs": lambda room: room.stop_runs(),
    "draft": lambda room: room.draft(1),
    "run": lambda room: room.run(1),
    "show": lambda room: room.show(SHOWN),
    "lead": lambda room: room.lead(LedView(page="Build", token="1.a.b")),
    "put_up": lambda room: room.put_up(ClassBoard(kind="runs")),
    "runs": lambda room: room.runs(),
    "send": lambda room: room.send(LINK),
    "open_vote": lambda room: room.open_vote("Who?", ["a", "b"]),
    "name_answers": lambda room: room.name_answers(True),
    "change_vote": lambda room: room.change_vote(shown=True),
    "started_race": lambda room: room.started_race("any", {}),
    "start_race_again": lambda room: room.start_race_again(),
    "use_plan": lambda room: room.use_plan(PLAN.yaml_text()),
    "go": lambda room: room.go(-1, 0),
    "readiness": lambda room: room.readiness(),
    "remove": lambda room: room.remove(1),
    "admit": lambda room: room.admit(False),
    "new_code": lambda room: room.new_code(),
    "join_code": lambda room: room.join_code,
    "new_secret": lambda room: room.new_secret(),
    "close": lambda room: room.close(),
}


@pytest.mark.parametrize("visitor", [ADA, STRANGER])
def test_a_learner_and_a_stranger_do_nothing_that_the_teacher_does(
    store: Store, code: str, visitor: str
) -> None:
    before = room_store(store.database).find(code)
    assert {name for name in vars(RoomTeacher) if not name.startswith("_")} == TEACHING.keys()
    for action in TEACHING.values():
        with pytest.raises(RunError, match="no open room"):
            action(rooms(store, visitor).teacher(code))
    assert room_store(store.database).find(code) == before


def test_a_learner_sees_no_other(store: Store, code: str) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.open_vote("Who wins?", ["sum", "product"])
    rooms(store, BEN).learner(code).vote(1, "product")
    rooms(store, BEN).learner(code).bring("gated")
    teacher.show(SHOWN)
    seen = view_of(store, code, ADA)
    for hidden in ("Ben", "gated", BEN, TEACHER):
        assert hidden not in repr(seen)
    assert (seen.choice, seen.counts) == ("", None)
    assert view_of(store, code, TEACHER) is None, "a teacher is no learner"
    assert view_of(store, code, STRANGER) is None


def test_a_vote_is_open_then_closed_then_shown(store: Store, code: str) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)
    ben = rooms(store, BEN).learner(code)
    with pytest.raises(RunError, match="a question and 2 to 12 choices"):
        teacher.open_vote("Who?", ["one", "one", " "])
    teacher.open_vote("Who wins?", ["sum", "product"])
    with pytest.raises(RunError, match="one of the choices"):
        ada.vote(1, "something else")
    ada.vote(1, "product")
    teacher.change_vote(open=False)
    closed = pytest.raises(RunError, match="This vote is closed")
    with closed:
        ben.vote(1, "sum")
    assert view_of(store, code, BEN).counts is None
    teacher.change_vote(open=True)
    teacher.change_vote(shown=True)
    assert view_of(store, code, BEN).counts == {"sum": 0, "product": 1}
    with closed:
        ben.vote(1, "sum")
    teacher.change_vote(open=True)
    assert view_of(store, code, BEN).counts is None, "it opens again without the answers"
    teacher.open_vote("And now?", ["x", "y"])
    with pytest.raises(RunError, match="This vote is closed"):
        ada.vote(1, "sum")
    assert [one.choices for one in teacher.room().learners] == [{1: "product"}, {}]


def test_a_vote_that_is_locked_stays(store: Store, code: str) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)
    teacher.open_vote("Who wins?", ["sum", "product"])
    ada.vote(1, "product")
    with pytest.raises(RunError, match="You have voted already"):
        ada.vote(1, "sum")
    assert counts(teacher) == {"sum": 0, "product": 1}


def test_a_note_is_the_newest_until_the_learner_closes_it(store: Store, code: str) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)

    def note(visitor: str = ADA) -> str:
        seen = view_of(store, code, visitor).note
        return seen.kind if seen else ""

    assert note() == ""
    teacher.send(LINK)
    first = view_of(store, code, ADA).note.number
    teacher.open_vote("Who?", ["a", "b"])
    assert note() == "bet"
    ada.close_note(first)
    assert note() == "bet", "an older one was closed"
    ada.close_note(view_of(store, code, ADA).note.number)
    assert (note(), note(BEN)) == ("", "bet"), "nothing older comes back"
    teacher.change_vote(open=False)
    assert note() == ""
    teacher.change_vote(open=True)
    assert note() == "bet", "it is open again"
    teacher.change_vote(shown=True)
    assert note() == "answers"
    teacher.change_vote(shown=False)
    teacher.show(SHOWN)
    assert note() == "shown"
    ada.close_note(view_of(store, code, ADA).note.number)
    teacher.show(None)
    assert note() == ""
    teacher.send(LINK)
    assert note() == "sent"
    with pytest.raises(RunError, match="no open room"):
        rooms(store, STRANGER).learner(code).close_note(9)


def test_a_learner_leaves_or_is_removed_without_a_trace(
    store: Store, database_url: str, code: str
) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.open_vote("Who?", ["a", "b"])
    for visitor in (ADA, BEN):
        rooms(store, visitor).learner(code).vote(1, "a")
    rooms(store, ADA).learner(code).leave()
    rooms(store, STRANGER).join(code, "Cem")
    teacher.remove(2, 3, 99)
    assert teacher.learners() == ()
    assert rows(database_url) == (1, 1)
    rooms(store, TEACHER).learner(code).leave()
    teacher.content()


def test_a_teacher_stops_the_runs_of_one_learner_or_of_all_and_of_nobody_else(
    store: Store, code: str
) -> None:
    of_ada, of_ben, other = (store.create(request(), owner) for owner in (ADA, BEN, STRANGER))
    race = store.sweeps.create(SweepOrder([[request(seed=1)]]), BEN)
    teacher = rooms(store, TEACHER).teacher(code)
    ada, ben = (learner.number for learner in teacher.room().learners)
    assert teacher.stop_runs(ada) == 1
    assert [store.get(run).status for run in (of_ada, of_ben, other)] == [
        "stopped", "queued", "queued",
    ]  # fmt: skip
    assert teacher.stop_runs() == 2
    assert (store.get(of_ben).status, store.sweeps.get(race).state) == ("stopped", "stopped")
    assert store.get(other).status == "queued"
    with pytest.raises(RunError):
        rooms(store, ADA).teacher(code).stop_runs(ben)


def test_the_grid_shows_progress_runs_and_who_is_stuck(
    store: Store, database_url: str, code: str
) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.send(SentLink(kind="lesson", target="sums", title="Sums", lesson="sums"))
    teacher.send(LINK)
    progress = LessonProgress(lesson="sums", passed=("bet",), tries={"bet": 1, "runs": 3})
    LessonStore(store.database).put(ADA, progress.model_copy(update={"failed_in_row": 3}))
    LessonStore(store.database).put(BEN, progress.model_copy(update={"lesson": "another"}))
    store.create(request(), BEN, "first")
    run_id = store.create(request(seed=1), BEN, "second")
    ada, ben = teacher.learners()
    assert (ada.member.nickname, ada.state, ada.progress.passed) == ("Ada", "stuck", ("bet",))
    assert (ben.member.nickname, ben.state, ben.progress.passed) == ("Ben", "working", ())
    assert "Ben" not in repr(view_of(store, code, ADA)), "a learner sees nobody else"
    assert ada.activity.run is None
    assert ben.activity.run is not None
    assert (ben.activity.run.id, ben.activity.run.status) == (run_id, "queued")
    store.append(run_id, Stopped(seconds=1.0))
    of_ben = activity_of(store.database, [ADA, BEN])[BEN].run
    assert of_ben is not None
    assert (of_ben.name, of_ben.status) == ("first", "queued")
    with rows_at(database_url) as session:
        session.execute(update(RoomMemberRow).values(joined=clock.now() - AWAY_SECONDS - 1))
    with closing(Store(database_url)) as later:
        seen = rooms(later, TEACHER).teacher(code).learners()
        assert [one.state for one in seen] == ["stuck", "working"], "they failed, or started a run"
    DraftStore(store.database).write([DraftChange(ADA, "one", "", "A model", b"bytes", "two")])
    LessonStore(store.database).put(ADA, progress)
    assert [one.state for one in teacher.learners()] == ["working", "working"]
    assert teacher.draft(1) == b"bytes"
    assert (teacher.draft(2), teacher.run(2)) == (None, None)
    with pytest.raises(RunError, match="not in the room"):
        teacher.draft(3)


def handed_in(lesson: str = "xor") -> str:
    """Return the token of the solution of a lesson."""
    known = library.load("xor")
    return HandIn(lesson=lesson, digest=known.digest, work=known.solution).token()


def test_work_is_handed_in_to_the_teacher_of_the_room(store: Store, code: str) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)
    ada.hand_in(handed_in("other"))
    ada.hand_in(f"http://school/?m={handed_in()}")
    rooms(store, BEN).learner(code).hand_in(handed_in())
    ada.hand_in(handed_in())
    assert [one.handed_in for one in teacher.room().learners] == [
        {"other": handed_in("other"), "xor": handed_in()},
        {"xor": handed_in()},
    ]
    for number in range(content.MOST_LESSONS - 2):
        rooms(store, ADA).learner(code).hand_in(handed_in(f"lesson {number}"))
    with pytest.raises(RunError, match="work on 20 lessons"):
        ada.hand_in(handed_in("one more"))
    with pytest.raises(LessonError, match="not from a lesson"):
        ada.hand_in(share(library.load("xor").solution.architecture))
    for visitor in (STRANGER, TEACHER):
        with pytest.raises(RunError, match="no open room"):
            rooms(store, visitor).learner(code).hand_in(handed_in())


def test_a_learner_who_sends_too_much_is_stopped_alone(store: Store, code: str) -> None:
    clock = Clock()
    limits = limited(clock)
    ada, ben = (Rooms(store, visitor, limits).learner(code) for visitor in (ADA, BEN))
    rooms(store, TEACHER).teacher(code).open_vote("Who?", ["a", "b"])
    for _ in range(20):
        ada.bring("add")
    before = room_store(store.database).find(code)
    again = pytest.raises(RunError, match="Try again in a moment")
    with again:
        ada.vote(1, "a")
    with again:
        ada.bring("x" * 10**6)
    with again:
        ada.hand_in("")
    assert room_store(store.database).find(code) is before
    ben.vote(1, "b")
    clock.now += 11
    ada.vote(1, "b")
    assert counts(rooms(store, TEACHER).teacher(code)) == {"a": 0, "b": 2}


def test_the_board_has_the_latest_runs_on_the_task_that_most_train(store: Store, code: str) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    rooms(store, STRANGER).join(code, "Cem")
    assert teacher.runs() is None

    data, head = DataSpec(relation=parse_data("additive")), request().architecture.heads[0].name

    def trained(owner: str, accuracy: float, ended: bool = False, **other: float) -> None:
        asked = request().model_copy(update={"data": data.model_copy(update=other)})
        run = store.create(asked, owner)
        store.append(run, Started(parameters=9))
        logs = {"loss": 1.0, f"{head}/accuracy": 0.9, f"val_{head}/accuracy": accuracy}
        store.append(run, Epoch(epoch=1, logs=logs, seconds=0.1))
        if ended:
            store.append(run, Stopped(seconds=1.0))

    trained(ADA, 0.5)
    trained(ADA, 0.75, ended=True, samples=99, seed=3)
    trained(BEN, 0.6)
    trained(STRANGER, 0.9, difficulty=0.9)
    trained(TEACHER, 1.0)
    store.create(request(), BEN)
    runs = teacher.runs()
    assert runs is not None
    assert (runs.data, runs.head, runs.measure.name) == (data, head, "accuracy")
    assert runs.dots == ((1, 0.75, False), (2, 0.6, True))
    spoiled = update(RunRow).where(RunRow.owner == BEN).values(request_json="{}")
    store.database.execute(spoiled)
    runs = teacher.runs()
    assert runs is not None
    assert runs.dots == ((1, 0.75, False),)


def test_wrong_answers_are_counted_by_learner() -> None:
    choice, number, *_ = library.load("xor").checks
    right, *wrong = [option.text for option in choice.options]  # type: ignore[union-attr]
    given = [
        LessonProgress(lesson="xor", passed=(choice.id,), wrong={choice.id: (wrong[1],)}),
        LessonProgress(lesson="xor", wrong={choice.id: (wrong[1],), number.id: (4.0, 2)}),
        LessonProgress(lesson="xor", wrong={number.id: (2.0,)}),
    ]
    assert board.wrong_answers(choice, given) == {wrong[0]: 0, wrong[1]: 2}
    assert board.wrong_answers(number, given) == {"2 cases": 2, "4 cases": 1}
    assert right not in board.wrong_answers(choice, given)


@pytest.mark.parametrize(
    ("counts", "reached", "sentence"),
    [
        (
            (2, 1),
            {"add": 0.5, "multiply": 0.9},
            "came last. Multiply has the best mean: 1 voted f",
        ),
        ((2, 0), {"add": 0.5, "multiply": 0.9}, "came last. Multiply has the best mean: nobody v"),
        ((2, 1), {"add": 0.9, "multiply": 0.5}, "2 of 3 voted for Add, which won."),
        ((2, 1), {"add": 0.9, "multiply": 0.9}, "2 of 3 voted for Add, which is among the best 2."),
        ((2, 1), {"add": 0.9, "multiply": None}, ""),
        ((0, 0), {"add": 0.9, "multiply": 0.5}, ""),
    ],
)
def test_the_outcome_of_a_bet_is_shown_beside_the_race(
    counts: tuple[int, int], reached: dict[str, float | None], sentence: str
) -> None:
    def value(kind: str, _: str, seed: int) -> float | None:
        mean = reached[kind]
        return None if mean is None else mean + seed / 500

    result = result_of(small_race(), value)
    said = board.bet_outcome(dict(zip(("Add", "Multiply"), counts, strict=True)), result.tables[0])
    assert sentence in said
    assert bool(sentence) == bool(said)


def test_a_bet_on_one_of_two_that_share_the_last_rank_is_not_called_last() -> None:
    means = {"add": 0.5, "average": 0.5, "multiply": 0.9}
    result = result_of(small_race(",".join(means)), lambda kind, _, seed: means[kind] + seed / 500)
    assert "2 of 2 voted for Add, which came second." in board.bet_outcome(
        {"Add": 2}, result.tables[0]
    )


def test_a_class_race_is_the_teachers_own_and_open_to_the_class(store: Store, code: str) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    rooms(store, ADA).learner(code).bring("add")
    rooms(store, BEN).learner(code).bring("add")
    assert teacher.room().entries == {"add": ("Ada", "Ben")}
    others = store.sweeps.create(SweepOrder([[request()]]), BEN)
    with pytest.raises(RunError, match="Only a race of the teacher's own"):
        teacher.started_race(others, {})
    own = store.sweeps.create(SweepOrder([[request()]]), TEACHER)
    teacher.started_race(own, teacher.room().entries)
    seen = view_of(store, code, ADA).race
    assert (seen.sweep, seen.nicknames) == (own, {"add": ("Ada", "Ben")})
    shared = store.sweeps.find(own)
    assert shared is not None
    assert shared.shared


class CountedReads(Database):
    reads = 0

    def read(self) -> Any:
        self.reads += 1
        return super().read()


def test_many_learners_ask_once_a_second_and_see_what_another_server_changed(
    store: Store, database_url: str, code: str
) -> None:
    clock = Clock()
    with closing(CountedReads(database_url)) as database:
        known = RoomStore(database, clock)
        first = known.find(code)
        assert first is not None
        rooms(store, TEACHER).teacher(code).send(LINK)
        assert all(known.find(code) is first for _ in range(30))
        assert database.reads == 1
        clock.now += rooms_store.FRESH_SECONDS
        second = known.find(code)
        assert second is not None
        assert [first.content.sent, second.content.sent] == [None, LINK]
        clock.now += rooms_store.FRESH_SECONDS
        assert known.find(code) is second
        assert database.reads == 3


def test_a_room_that_changes_while_it_is_read_is_not_remembered_as_it_was(
    database_url: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(database_url)) as database:
        once, read = RoomStore(database), database.read

        @contextmanager
        def while_another_joins() -> Iterator[Session]:
            with read() as session:
                yield session
            monkeypatch.undo()
            once.join(code, STRANGER, "Cem")

        monkeypatch.setattr(database, "read", while_another_joins)
        once.find(code)
        room = once.find(code)
        assert room is not None
        assert STRANGER in room.members


def planned(store: Store, code: str) -> tuple[RoomTeacher, Callable[[], None]]:
    """Return the teacher of a room with the shortest plan, and a function that starts the next
    item.
    """
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.use_plan(PLAN.yaml_text())

    def go_on() -> None:
        at = teacher.content().plan
        assert at is not None
        assert teacher.go(at.at, at.at + 1)

    return teacher, go_on


def test_a_plan_asks_shows_and_sends_as_its_items_do(store: Store, code: str) -> None:
    teacher, go_on = planned(store, code)
    seen, since = [], []
    for item in PLAN.items:
        go_on()
        view = view_of(store, code, ADA)
        is_open = view.vote is not None and view.vote.open
        seen.append((item.kind, view.note.kind if view.note else "", is_open))
        stands = teacher.content().plan
        assert stands is not None
        since.append(stands.since)
        assert stands.began == since[0]
    assert seen == [
        ("pause", "now", False),
        ("ask", "bet", True),
        ("ask", "bet", True),
        ("model", "shown", False),
        ("ask", "bet", True),
        ("race", "now", False),
        ("result", "answers", False),
        ("lesson", "sent", False),
        ("ask", "bet", True),
        ("ask", "bet", True),
        ("pause", "now", False),
    ]
    assert view_of(store, code, ADA).sent.step == 2
    assert view_of(store, code, ADA).shown is None, "a model is shown while its item lasts"
    go_on()
    with pytest.raises(LessonError, match="no such item"):
        teacher.go(len(PLAN.items), len(PLAN.items) + 1)


def test_two_presses_at_once_begin_one_item(store: Store, code: str) -> None:
    teacher, _ = planned(store, code)
    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(lambda _: teacher.go(-1, 0), range(4)))
    assert sorted(moved) == [False, False, False, True]
    place = teacher.content().plan
    assert place is not None
    assert place.at == 0


def test_another_server_goes_on_where_the_plan_stands(
    store: Store, database_url: str, code: str
) -> None:
    _, go_on = planned(store, code)
    go_on()
    go_on()
    with closing(Store(database_url)) as later:
        teacher = rooms(later, TEACHER).teacher(code)
        place = teacher.content().plan
        assert place is not None
        assert place.at == 1
        rooms(later, ADA).learner(code).vote(1, "Always")
        assert teacher.readiness().text == "1 of 2 have answered"
        assert teacher.go(1, 2)


def test_back_asks_no_question_twice(store: Store, code: str) -> None:
    teacher, go_on = planned(store, code)
    go_on()
    go_on()
    rooms(store, ADA).learner(code).vote(1, "Always")
    teacher.go(1, 0)
    assert not view_of(store, code, ADA).vote.open
    teacher.go(0, 1)
    again = view_of(store, code, ADA).vote
    assert (again.number, again.open, view_of(store, code, ADA).choice) == (1, True, "Always")
    teacher.go(1, 2)
    teacher.go(2, 1)
    assert len(teacher.content().bets) == 2
    assert teacher.readiness().total == 0, "the latest answers are to another question"


def test_plans_follow_each_other_in_one_room_without_end() -> None:
    room, kinds = RoomContent(), [item.kind for item in PLAN.items]
    for _ in range(2 * MOST_VOTES // kinds.count("ask")):
        room = room.planning(PLAN.yaml_text())
        for at in range(len(kinds) + 1):
            room = at_item(room, at, now=0.0)
    assert len(room.bets) == MOST_VOTES
    first = room.bets[0].number
    assert [vote.number for vote in room.bets] == list(range(first, first + MOST_VOTES))
    for _ in range(2 * MOST_VOTES):
        room = room.asking(room.bets[-1].question)
    asked = [at for at, kind in enumerate(kinds) if kind == "ask"]
    assert [vote.item for vote in room.bets[: len(asked)]] == asked, "the present plan's stay"
    assert len(room.bets) == MOST_VOTES


def test_an_answer_is_kept_as_long_as_its_question(
    store: Store, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_VOTES", 2)
    teacher = rooms(store, TEACHER).teacher(code)
    for number in (1, 2, 3):
        teacher.open_vote("Who wins?", ["sum", "product"])
        rooms(store, ADA).learner(code).vote(number, "sum")
    assert dict(teacher.room().members[ADA].choices) == {2: "sum", 3: "sum"}


def test_a_lesson_is_awaited_until_its_step_has_passed(store: Store, code: str) -> None:
    teacher, _ = planned(store, code)
    teacher.go(-1, [item.kind for item in PLAN.items].index("lesson"))
    assert teacher.readiness().text == "0 of 2 have passed"
    title = library.load("xor").title
    progress = LessonProgress(lesson="xor", title=title, passed=("works",))
    LessonStore(store.database).put(ADA, progress)
    LessonStore(store.database).put(BEN, progress.model_copy(update={"passed": ()}))
    assert teacher.readiness() == (1, 2, "have passed")
    assert teacher.readiness().waits


def test_a_race_is_awaited_from_its_item_on(store: Store, code: str) -> None:
    teacher, _ = planned(store, code)
    at = [item.kind for item in PLAN.items].index("race")
    teacher.go(-1, at)
    assert teacher.readiness() == (0, 12, "runs have ended"), "the server has not started it yet"
    race = teacher.content().item_race
    assert race is not None
    groups = [[request(samples=100), request(samples=120)]]
    store.sweeps.create(SweepOrder(groups, id=race.sweep), TEACHER)
    assert teacher.readiness() == (0, 2, "runs have ended")
    store.sweeps.ask(race.sweep)
    for run in store.latest([groups[0][0].digest]).values():
        store.append(run.id, Failed(message="No memory."))
    assert teacher.readiness() == (1, 2, "runs have ended"), "a failed run has ended, too"
    teacher.use_plan(PLAN.yaml_text())
    teacher.go(-1, at)
    assert teacher.readiness() == (0, 12, "runs have ended"), "another plan, another race"


def test_a_learner_who_is_asked_twice_has_a_gain(store: Store, code: str) -> None:
    number = {"id": "n", "kind": "number", "text": "How many?", "answer": 3, "unit": "cases"}
    ask = {"kind": "ask", "title": "Say", "minutes": 1, "question": "n"}
    plan = plan_of({"title": "p", "about": "p", "questions": [number], "items": [ask, ask]})
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.use_plan(plan.yaml_text())
    ada, ben = rooms(store, ADA).learner(code), rooms(store, BEN).learner(code)
    teacher.go(-1, 0)
    for wrong in ("many", "nan", "inf", ""):
        with pytest.raises(RunError, match="is not a number"):
            ada.vote(1, wrong)
    ada.vote(1, "4.0")
    ben.vote(1, "3")
    assert counts(teacher) == {"3": 1, "4": 1}

    def gained(number: int) -> Gain:
        return teacher.room().gains(plan.question("n"))[number]

    assert gained(1).value is None
    teacher.go(0, 1)
    ada.vote(2, "3")
    assert (gained(1).value, gained(2).value) == (1, None)
    ben.vote(2, "2")
    assert gained(2).value == -1
    teacher.use_plan(plan.yaml_text())
    assert gained(1).before == "", "answers of an earlier plan are not its own"
    assert not teacher.content().shows_answers("n")


def test_the_class_reads_the_right_answer_once_it_is_not_asked_again(
    store: Store, code: str
) -> None:
    number = {"id": "n", "kind": "number", "text": "How many?", "answer": 3, "unit": "cases"}
    ask = {"kind": "ask", "title": "Say", "minutes": 1, "question": "n"}
    result = {**ask, "kind": "result"}
    items = [ask, result, ask, result]
    plan = plan_of({"title": "p", "about": "p", "questions": [number], "items": items})
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.use_plan(plan.yaml_text())
    read = []
    for at in range(len(items)):
        teacher.go(at - 1, at)
        view = rooms(store, ADA).learner(code).view()
        read.append(view and view.right)
    assert read == ["", "", "", "3 cases"]


def csv_rows(teacher: RoomTeacher) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(teacher))))


def test_an_answer_has_a_name_in_the_csv_only_if_the_question_said_so(
    store: Store, code: str
) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    teacher.open_vote("Nameless?", ["a", "b"])
    teacher.name_answers(True)
    for visitor, choice in ((ADA, "b"), (BEN, "a")):
        rooms(store, visitor).learner(code).vote(1, choice)
    assert not view_of(store, code, ADA).vote.named, "it was asked without names"
    teacher.open_vote("Named?", ["a", "b"])
    rooms(store, ADA).learner(code).vote(2, "b")
    assert view_of(store, code, ADA).vote.named
    shown = [(row["nickname"], row["Nameless?"], row["Named?"]) for row in csv_rows(teacher)]
    assert shown == [
        ("Ada", "", "b"),
        ("Ben", "", ""),
        ("without a name", "a", ""),
        ("without a name", "b", ""),
    ], "in the order of the answers, not of the learners"


def test_the_csv_has_all_lessons_that_were_sent(store: Store, code: str) -> None:
    teacher = rooms(store, TEACHER).teacher(code)
    for lesson in ("sums", "xor", "sums"):
        teacher.send(SentLink.of_lesson(lesson))
    check = library.load("xor").checks[0].id
    progress = LessonProgress(lesson="xor", passed=(check,), tries={check: 2})
    LessonStore(store.database).put(ADA, progress)
    ada, ben = csv_rows(teacher)
    assert (ada[f"xor {check} passed"], ada[f"xor {check} tries"]) == ("yes", "2")
    assert ben[f"xor {check} passed"] == "no"
    assert [name for name in ada if name.endswith(" handed in")] == [
        "xor handed in",
        "sums handed in",
    ], "each lesson once, the latest last"


RUN = RunBrief("r", "first", "running", 0.0)
FAILED = LessonProgress(lesson="xor", failed_in_row=STUCK_TRIES)


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ("stuck", {"progress": FAILED}),
        ("finished", {"progress": FAILED.model_copy(update={"done": 1.0}), "idle": 9999.0}),
        ("away", {"progress": FAILED, "idle": AWAY_SECONDS}),
        ("waiting for others", {"progress": FAILED, "has_done": True, "idle": 9999.0}),
        ("listening", {"progress": FAILED, "asked": False, "idle": 9999.0}),
        ("working", {"progress": FAILED, "has_lesson": False}),
        ("working", {"idle": 9999.0, "activity": Activity(0.0, replace(RUN, status="queued"))}),
        ("training", {"progress": FAILED, "activity": Activity(0.0, RUN)}),
    ],
)
def test_a_learner_is_stuck_only_at_work(state: str, values: dict[str, Any]) -> None:
    member = RoomMember("", 1, "Ada", 0.0, "", {})
    usual: dict[str, Any] = {
        "activity": Activity(),
        "progress": LessonProgress(lesson=""),
        "idle": 0.0,
    }
    assert LearnerState(member, **(usual | values)).state == state


def test_nobody_is_stuck_while_the_class_talks(store: Store, code: str) -> None:
    teacher, _ = planned(store, code)
    kinds = [item.kind for item in PLAN.items]
    teacher.go(-1, kinds.index("lesson"))
    title = library.load("xor").title
    passed = LessonProgress(lesson="xor", title=title, passed=("works",))
    LessonStore(store.database).put(ADA, passed)
    LessonStore(store.database).put(BEN, FAILED)
    assert [one.state for one in teacher.learners()] == ["waiting for others", "stuck"]
    teacher.go(kinds.index("lesson"), len(kinds) - 1)
    assert [one.state for one in teacher.learners()] == ["listening", "listening"]


@pytest.mark.parametrize("name", shipped_plans())
def test_each_item_of_a_plan_tells_learners_what_to_do_now(
    store: Store, code: str, name: str
) -> None:
    plan, teacher = shipped_plans()[name], rooms(store, TEACHER).teacher(code)
    teacher.use_plan(plan.yaml_text())
    for at, item in enumerate(plan.items):
        teacher.go(at - 1, at)
        view = view_of(store, code, ADA)
        assert (view.now.title, view.now.text) == (item.title, item.now)
        assert view.note is not None, "each item has a note"
    teacher.go(len(plan.items) - 1, len(plan.items))
    assert view_of(store, code, ADA).now is None


def test_who_joined_submitted_and_answered_is_counted(store: Store, code: str) -> None:
    teacher, ada = rooms(store, TEACHER).teacher(code), rooms(store, ADA).learner(code)
    plan = shipped_plans()["meeting"]
    teacher.use_plan(plan.yaml_text())
    teacher.go(-1, 0)
    assert teacher.readiness().text == "2 have joined"
    assert not teacher.readiness().waits
    teacher.go(0, 1)
    ada.vote(1, plan.questions[0].choices[0])
    assert view_of(store, code, ADA).now.text == "You are done. Wait for the others."
    assert view_of(store, code, BEN).now.text == "Answer the question."
    assert teacher.readiness().text == "1 of 2 have answered"
    submits = [item.title for item in plan.items].index("Submit your merge")
    teacher.go(1, submits)
    assert teacher.readiness().text == "0 of 2 have submitted"
    ada.bring("gated")
    assert teacher.readiness().text == "1 of 2 have submitted"
    assert [one.state for one in teacher.learners()] == ["waiting for others", "working"]


def test_the_board_of_a_lesson_leaves_out_runs_on_other_data(store: Store, code: str) -> None:
    teacher, _ = planned(store, code)
    lesson = library.load("xor")
    own = lesson.training_of(lesson.steps[-1]).data
    assert isinstance(own, DataSpec)
    for visitor, data in (
        (ADA, own.model_copy(update={"seed": 5})),
        (BEN, DataSpec(relation=parse_data("additive"))),
    ):
        asked = request().model_copy(update={"data": data})
        run = store.create(asked, visitor)
        store.append(run, Started(parameters=9))
        logs = {"loss": 1.0, f"val_{asked.architecture.heads[0].name}/accuracy": 0.5}
        store.append(run, Epoch(epoch=1, logs=logs, seconds=0.1))
    teacher.go(-1, [item.kind for item in PLAN.items].index("lesson"))
    runs = teacher.runs()
    assert runs is not None
    assert [dot.number for dot in runs.dots] == [1]
