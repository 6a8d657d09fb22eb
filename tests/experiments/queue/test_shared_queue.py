"""Two servers on one database share the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from components.experiments.queue.run import Run
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.requests import RunRequest
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.training.support import VECTORS, request, seeded, wait_for_end
from tests.postgres import both_databases
from tests.waiting import wait_until

pytestmark = both_databases

Start = Callable[..., FakeServer]
ASKED = request()


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    """Return a function that starts servers on the same database."""
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
    """Wait until a server trains the run, and return that server."""
    return wait_until(lambda: [one for one in servers if one.runner.key_of(run_id)])[0]


def test_a_free_server_trains_the_requests_of_another(start: Start) -> None:
    one, two = start(), start()
    first, second, third = submit(one, "ada", "ben", "cid")
    busy = [trained_by(run_id, one, two) for run_id in (first, second)]
    assert {id(server) for server in busy} == {id(one), id(two)}
    assert one.store.get(second).service == busy[1].service.id
    position = two.store.queue.position(third, 2)
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
    two.store.stop(run_id)
    assert wait_until(lambda: one.store.get(run_id).ended)
    assert one.store.get(run_id).status == "stopped"
    one.store.stop(waiting)
    assert wait_until(lambda: one.store.get(waiting).ended)
    assert one.store.get(waiting).status == "stopped"


def sweep_runs(server: FakeServer, asked: list[RunRequest]) -> list[Run | None]:
    latest = server.store.latest([one.digest for one in asked])
    return [latest.get(one.digest) for one in asked]


def test_a_sweep_is_paused_resumed_and_ended_from_any_server(start: Start) -> None:
    one = start()
    asked = seeded(VECTORS, range(4))
    sweep_id = one.service.submit_sweep(SweepOrder([asked[:2], asked[2:]]))
    (key,) = wait_until(lambda: list(one.runner.jobs))
    two = start()
    two.store.sweeps.change_state(sweep_id, "paused")
    wait_until(lambda: key in one.runner.interrupted)
    assert one.store.sweeps.get(sweep_id).state == "paused"
    one.runner.finish(key)

    def statuses() -> list[str | None]:
        return [None if run is None else run.status for run in sweep_runs(one, asked)]

    wait_until(lambda: statuses() == ["finished", "queued", "queued", "queued"])
    wait_until(lambda: not one.store.queue.taken(one.service.id))
    two.service.resume(sweep_id)
    (key,) = wait_until(lambda: list(two.runner.jobs))
    assert len(two.runner.jobs[key].runs) == 1
    one.store.sweeps.end(sweep_id)
    wait_until(lambda: statuses() == ["finished", *["stopped"] * 3] and not two.runner.jobs)
    assert one.store.sweeps.get(sweep_id).state == "stopped"
    assert not one.runner.jobs
    one.runner.instant = True
    one.service.resume(sweep_id)
    wait_until(lambda: one.store.sweeps.get(sweep_id).state == "finished")
    assert statuses() == ["finished"] * 4
