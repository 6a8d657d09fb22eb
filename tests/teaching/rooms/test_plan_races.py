"""Races of plans: each is started once, even with several servers and if one of them ends."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier, get_ident
from typing import Any

import pytest

from components.base.database.database import Database
from components.base.errors import LessonError, StoreError
from components.experiments.races.plan import RacePlan, plan_race
from components.experiments.races.stored_race import stored_race_of
from components.teaching.rooms import plan_races
from components.teaching.rooms.content import ClassRace
from components.teaching.rooms.plan import WorkshopPlan, plan_of, shipped_plans
from components.teaching.rooms.plan_races import PlanRaces
from components.teaching.rooms.position import whole_plan
from components.teaching.rooms.roles import RoomLimits, Rooms
from components.teaching.rooms.teacher import RoomTeacher
from tests.experiments.queue.fake_runner import FakeServer

pytestmark = pytest.mark.clock

TEACHER, ADA = "a" * 32, "b" * 32
PLAN = shipped_plans()["demo"]
RACE = [item.kind for item in PLAN.items].index("race")
BROUGHT = plan_of(
    {
        "title": "p",
        "about": "p",
        "items": [
            {"kind": "race", "title": "r", "minutes": 1, "data": "xor", "seeds": 1},
            {"kind": "race", "title": "s", "minutes": 1, "data": "redundant", "seeds": 1},
        ],
    }
)
MOMENTS = 20


@pytest.fixture
def server(database_url: str) -> Iterator[FakeServer]:
    """Start a server whose runs wait."""
    with closing(FakeServer(database_url, slots=0)) as server:
        yield server


class Killed(BaseException):
    """Exception that stands for the end of a process."""


class Teaching:
    """Teacher at the item before a race, with one learner in the room."""

    def __init__(self, server: FakeServer, plan: WorkshopPlan = PLAN, before: int = RACE - 1):
        self.store = server.store
        self.code, _ = Rooms(self.store, TEACHER, RoomLimits()).open()
        Rooms(self.store, ADA, RoomLimits()).join(self.code, "Ada")
        self.teacher.use_plan(plan.yaml_text())
        if before >= 0:
            self.teacher.go(-1, before)

    @property
    def teacher(self) -> RoomTeacher:
        return RoomTeacher(self.store, self.code, TEACHER)

    @property
    def race(self) -> ClassRace:
        race = self.teacher.content().item_race
        assert race is not None
        return race

    def bring(self, entry: str) -> None:
        Rooms(self.store, ADA, RoomLimits()).learner(self.code).bring(entry)

    def sweeps(self) -> list[str]:
        return [sweep.id for sweep in self.store.sweeps.list()]


def races(server: FakeServer) -> PlanRaces:
    return PlanRaces(lambda: server.service, lambda: True)


def test_a_plan_with_a_race_that_its_model_can_not_have_is_refused(server: FakeServer) -> None:
    """Report it to the teacher before the class reaches that item."""
    entries = ["time_concatenate", "apart"]
    item = {"kind": "race", "title": "r", "minutes": 1, "data": "xor", "entries": entries}
    wrong = plan_of({"title": "p", "about": "p", "items": [item]})
    teaching = Teaching(server)
    with pytest.raises(LessonError, match="can join two vectors"):
        teaching.teacher.use_plan(wrong.yaml_text())
    plan = teaching.teacher.content().plan
    assert plan is not None
    assert whole_plan(plan) == PLAN


@contextmanager
def killed_at(moment: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the process before (even) or after (odd) one of its accesses to the database."""
    visits, mine = 0, get_ident()

    def ending(visit: Any) -> Any:
        @contextmanager
        def visited(*args: Any, **more: Any) -> Iterator[Any]:
            nonlocal visits
            if get_ident() != mine:
                with visit(*args, **more) as session:
                    yield session
                return
            if moment == visits:
                raise Killed
            visits += 1
            with visit(*args, **more) as session:
                yield session
            if moment == visits:
                raise Killed
            visits += 1

        return visited

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", ending(Database.read))
        patch.setattr(Database, "write", ending(Database.write))
        try:
            yield
        except Killed:
            assert moment < MOMENTS - 1, "there are more moments than are tried"


def test_a_race_is_due_once_its_item_begins_and_the_server_starts_it(server: FakeServer) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    assert class_.race.due
    assert class_.teacher.readiness() == (0, 12, "runs have ended")
    races(server).start_due()
    assert not class_.race.due
    sweep = server.store.sweeps.get(class_.race.sweep)
    assert (sweep.owner, sweep.shared, len(sweep.digests)) == (TEACHER, True, 12)
    assert sweep.name.startswith(f"Class race {class_.code}: ")
    assert stored_race_of(sweep).race.seeds == 3
    class_.teacher.go(RACE, RACE - 1)
    class_.teacher.go(RACE - 1, RACE)
    races(server).start_due()
    assert class_.sweeps() == [sweep.id], "Back and Next start no race again"


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_browser_that_ends_at_any_moment_leaves_one_race(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    class_ = Teaching(server)
    with killed_at(moment, monkeypatch):
        class_.teacher.go(RACE - 1, RACE)
        class_.teacher.readiness()
        class_.teacher.content()
    races(server).start_due()
    stands = class_.teacher.content().plan
    assert stands is not None
    assert len(class_.sweeps()) == (stands.at == RACE)
    class_.teacher.go(RACE - 1, RACE)
    races(server).start_due()
    assert class_.sweeps() == [class_.race.sweep]


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_server_that_ends_at_any_moment_leaves_one_race(
    server: FakeServer, database_url: str, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    with (
        closing(FakeServer(database_url, slots=0)) as first,
        killed_at(moment, monkeypatch),
    ):
        races(first).start_due()
    races(server).start_due()
    races(server).start_due()
    assert class_.sweeps() == [class_.race.sweep]
    assert not class_.race.due
    sweep = server.store.sweeps.get(class_.race.sweep)
    assert (sweep.state, sweep.shared) == ("running", True)


def test_two_servers_at_once_start_one_race(
    server: FakeServer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_, both = Teaching(server), Barrier(2, timeout=60)
    class_.teacher.go(RACE - 1, RACE)

    def planned(race: Any) -> RacePlan:
        plan = plan_race(race)
        both.wait()
        return plan

    monkeypatch.setattr(plan_races, "plan_race", planned)
    with closing(FakeServer(database_url, slots=0)) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: races(one).start_due(), (server, other)))
        assert class_.sweeps() == [class_.race.sweep]
        assert len(server.store.list(sweeps=True)) == 12


def test_a_race_that_cannot_start_has_a_reason_and_starts_when_asked_again(
    server: FakeServer,
) -> None:
    class_ = Teaching(server, BROUGHT, -1)
    class_.teacher.go(-1, 0)
    races(server).start_due()
    assert "needs a merge that fits" in class_.race.problem
    class_.bring("gated")
    races(server).start_due()
    assert not class_.sweeps()
    class_.teacher.start_race_again()
    races(server).start_due()
    assert (class_.race.problem, class_.race.nicknames) == ("", {"gated": ("Ada",)})
    class_.teacher.start_race_again()
    races(server).start_due()
    assert class_.sweeps() == [class_.race.sweep], "what has started is not asked for again"


def test_a_race_stays_due_until_models_can_be_built(server: FakeServer) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    PlanRaces(lambda: server.service, lambda: False).start_due()
    assert class_.race.due
    assert class_.sweeps() == []


def test_a_fault_is_logged_and_shown_in_the_room(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    monkeypatch.setattr(plan_races, "plan_race", lambda _: 1 // 0)
    races(server).start_due()
    assert class_.race.problem == plan_races.NOT_STARTED
    assert "ZeroDivisionError" in caplog.text


def test_a_failing_database_leaves_a_race_due(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)

    def fail(*_: Any, **__: Any) -> None:
        raise StoreError("The database is busy.", "", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(type(server.service), "submit_sweep", fail)
        with pytest.raises(StoreError):
            races(server).start_due()
    assert class_.race.due


def test_a_server_that_is_ending_leaves_what_fails_to_the_next_one(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_, ending = Teaching(server), races(server)
    class_.teacher.go(RACE - 1, RACE)
    ending.close()
    with monkeypatch.context() as patch:
        patch.setattr(plan_races, "plan_race", lambda _: 1 // 0)
        ending.start_due()
    races(server).start_due()
    assert class_.sweeps() == [class_.race.sweep]


def test_each_race_of_a_plan_starts_once_also_where_the_plan_has_gone_on(
    server: FakeServer,
) -> None:
    class_ = Teaching(server, BROUGHT, -1)
    class_.bring("add")
    class_.teacher.go(-1, 0)
    first = class_.race.sweep
    class_.teacher.go(0, 1)
    races(server).start_due()
    assert sorted(class_.sweeps()) == sorted([first, class_.race.sweep])
    class_.teacher.go(1, 0)
    races(server).start_due()
    assert class_.race.sweep == first
    assert len(class_.sweeps()) == 2


def test_another_plan_leaves_what_was_not_started(server: FakeServer) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    class_.teacher.use_plan(PLAN.yaml_text())
    races(server).start_due()
    assert class_.sweeps() == []


def test_a_server_goes_on_with_the_race_of_one_that_has_ended(server: FakeServer) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    races(server).start_due()
    sweeps, sweep = server.store.sweeps, class_.race.sweep
    sweeps.change_state(sweep, "paused")
    races(server).start_due()
    assert sweeps.get(sweep).state == "paused", "a person has paused it"
    sweeps.claim(sweep, "a server that has ended")
    sweeps.pause_orphans([server.service.id])
    races(server).start_due()
    assert sweeps.get(sweep).state == "running"


def test_a_race_goes_on_only_while_its_item_is_the_present_one(server: FakeServer) -> None:
    class_ = Teaching(server)
    class_.teacher.go(RACE - 1, RACE)
    races(server).start_due()
    sweeps, sweep = server.store.sweeps, class_.race.sweep
    class_.teacher.go(RACE, RACE + 1)
    sweeps.change_state(sweep, "paused")
    sweeps.claim(sweep, "a server that has ended")
    sweeps.pause_orphans([server.service.id])
    races(server).start_due()
    assert sweeps.get(sweep).state == "paused"
    class_.teacher.go(RACE + 1, RACE)
    races(server).start_due()
    assert sweeps.get(sweep).state == "running"
