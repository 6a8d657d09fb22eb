"""Two servers on one database share the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from components.runs.run import Run
from components.runs.tables import RunRow
from components.training.requests import RunRequest
from tests.postgres import both_databases
from tests.runs.fake_runner import FakeServer
from tests.training.support import VECTORS, request, rows_at, seeded, wait_for_end
from tests.waiting import wait_until

pytestmark = both_databases

Start = Callable[..., FakeServer]
ASKED = request()


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    """Starts servers on the same database."""
    servers: list[FakeServer] = []

    def start(slots: int = 1, instant: bool = False) -> FakeServer:
        servers.append(FakeServer(database_url, slots, instant))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def submit(server: FakeServer, *owners: str) -> list[str]:
    return [server.service.submit(ASKED, owner=owner) for owner in owners]


def trained_by(run_id: str, *servers: FakeServer) -> FakeServer:
    """The server that trains the run, once one does."""
    return wait_until(lambda: [one for one in servers if one.runner.key_of(run_id)])[0]


def test_a_free_server_trains_what_another_was_asked_for(start: Start) -> None:
    one, two = start(), start()
    first, second, third = submit(one, "ada", "ben", "cid")
    busy = [trained_by(run_id, one, two) for run_id in (first, second)]
    assert {id(server) for server in busy} == {id(one), id(two)}
    assert one.store.get(second).service == busy[1].service.id
    position = two.service.queue_position(third)
    assert position is not None
    assert position.number == 1
    busy[1].finish(second)
    assert trained_by(third, one, two) is busy[1]
    assert wait_until(lambda: one.store.get(second).ended)
    for server, run_id in ((busy[0], first), (busy[1], third)):
        server.finish(run_id)
        wait_for_end(one.store, run_id)


def test_a_run_is_stopped_from_any_server(start: Start) -> None:
    one = start()
    (run_id, waiting) = submit(one, "ada", "ada")
    trained_by(run_id, one)
    two = start()
    trained_by(waiting, two)
    two.service.stop(run_id)
    assert wait_until(lambda: one.store.get(run_id).ended)
    assert one.store.get(run_id).status == "stopped"
    one.service.stop(waiting)
    assert wait_until(lambda: one.store.get(waiting).ended)
    assert one.store.get(waiting).status == "stopped"


def sweep_runs(server: FakeServer, asked: list[RunRequest]) -> list[Run | None]:
    latest = server.store.latest([one.digest for one in asked])
    return [latest.get(one.digest) for one in asked]


def test_a_sweep_is_paused_resumed_and_ended_from_any_server(start: Start) -> None:
    one = start()
    asked = seeded(VECTORS, range(4))
    sweep_id = one.service.submit_sweep([asked[:2], asked[2:]])
    (key,) = wait_until(lambda: list(one.runner.jobs))
    two = start()
    two.service.pause(sweep_id)
    wait_until(lambda: key in one.runner.interrupted)
    assert one.store.sweeps.get(sweep_id).state == "paused"
    one.runner.finish(key)

    def statuses() -> list[str | None]:
        return [None if run is None else run.status for run in sweep_runs(one, asked)]

    wait_until(lambda: statuses() == ["finished", "queued", "queued", "queued"])
    two.service.resume(sweep_id)
    (key,) = wait_until(lambda: list(two.runner.jobs))
    assert len(two.runner.jobs[key].runs) == 1
    one.service.end(sweep_id)
    wait_until(lambda: statuses() == ["finished", *["stopped"] * 3] and not two.runner.jobs)
    assert one.store.sweeps.get(sweep_id).state == "stopped"
    assert not one.runner.jobs
    one.runner.instant = True
    one.service.resume(sweep_id)
    wait_until(lambda: one.store.sweeps.get(sweep_id).state == "finished")
    assert statuses() == ["finished"] * 4


def test_sixty_runs_of_thirty_people_end_once_each_and_in_turns(
    start: Start, database_url: str
) -> None:
    servers = [start(), start(2)]
    people = [f"person {number}" for number in range(30)]
    (blocker,) = submit(servers[0], "blocker")
    blocked = [blocker, *submit(servers[0], "blocker", "blocker")]
    busy = [trained_by(run_id, *servers) for run_id in blocked]

    def submit_one(number: int) -> tuple[str, str]:
        owner = people[number % 30]
        (run_id,) = submit(servers[number % 2], owner)
        return owner, run_id

    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(submit_one, range(60)))
    for server in servers:
        server.runner.instant = True
    for server, run_id in zip(busy, blocked, strict=True):
        server.finish(run_id)
    owners = {run_id: owner for owner, run_id in asked}
    store = servers[0].store
    wait_until(lambda: all(store.get(run_id).status == "finished" for run_id in owners))
    started = Counter(run_id for server in servers for run_id in server.runner.started)
    assert started == Counter([*blocked, *owners])
    assert Counter(owner for owner, _ in asked) == dict.fromkeys(people, 2)
    turns = sorted(owners, key=turns_at(database_url).__getitem__)
    assert len({owners[run_id] for run_id in turns[:30]}) == 30


def turns_at(url: str) -> dict[str, float]:
    """The turn of each run that had one."""
    with rows_at(url) as session:
        rows = session.execute(select(RunRow.id, RunRow.turn))
        return {run_id: turn for run_id, turn in rows if turn is not None}
