from __future__ import annotations

from collections.abc import Sequence

import pytest

from components.core.errors import RunError
from components.training.events import Finished
from components.training.requests import RunRequest
from components.training.runs import Run
from components.training.service import Service
from components.training.store import Store
from components.training.sweep_scheduler import SweepScheduler
from tests.training.backends import Backend
from tests.training.support import (
    LONG,
    VECTORS,
    in_order_of_start,
    request,
    seeded,
    ten_billion,
    wait_for_end,
)
from tests.waiting import wait_until
from tests.ways import KILLED, needs_fork

COUNTER = iter(range(1000, 10**6, 100))
"""Seeds that no test has had."""


def group(count: int = 2, **settings: object) -> list[RunRequest]:
    start = next(COUNTER)
    return seeded(VECTORS, range(start, start + count), **{"epochs": 2, **settings})


def runs(service: Service, asked: Sequence[RunRequest]) -> list[Run | None]:
    found = service.store.latest([one.digest for one in asked])
    return [found.get(one.digest) for one in asked]


def statuses(service: Service, asked: Sequence[RunRequest]) -> list[str | None]:
    return [None if run is None else run.status for run in runs(service, asked)]


def settle(service: Service, sweep_id: str, state: str) -> None:
    wait_until(lambda: service.store.sweeps.get(sweep_id).state != "running")
    assert service.store.sweeps.get(sweep_id).state == state


def at_work(service: Service, asked: RunRequest) -> Run:
    def with_points() -> Run | None:
        (run,) = runs(service, [asked])
        return run if run and len(service.store.points(run.id)) > 1 else None

    run = wait_until(with_points)
    assert run is not None
    return run


def test_a_sweep_trains_what_no_run_has_finished(service: Service) -> None:
    first, second = group(3), group()
    known = service.submit(first[1])
    wait_for_end(service.store, known)
    sweep_id = service.submit_sweep([first, second, first], '{"x": 1}', "ada", "all of it")
    settle(service, sweep_id, "finished")
    sweep = service.store.sweeps.get(sweep_id)
    assert (sweep.owner, sweep.name, sweep.plan) == ("ada", "all of it", '{"x": 1}')
    assert sweep.groups == tuple(tuple(one.digest for one in g) for g in (first, second))
    assert statuses(service, [*first, *second]) == ["finished"] * 5
    found = service.store.latest(sweep.digests)
    assert found[first[1].digest].id == known
    assert found[first[1].digest].sweep == ""
    assert found[first[0].digest].sweep == sweep_id
    assert found[first[0].digest].model_digest == ""
    assert len(service.store.points(found[second[0].digest].id)) == 2
    again = service.submit_sweep([first, second])
    settle(service, again, "finished")
    assert service.store.latest(sweep.digests) == found


@needs_fork
def test_a_paused_sweep_ends_the_group_at_work_and_goes_on_later(backend: Backend) -> None:
    service = backend.service
    working, waiting, behind = group(), group(), group(1)
    with backend.held():
        sweep_id = service.submit_sweep([working, waiting, behind])
        backend.settle()
        service.pause(sweep_id)
        assert service.store.sweeps.get(sweep_id).state == "paused"
    wait_until(lambda: statuses(service, working) == ["finished", "stopped"])
    assert statuses(service, [*waiting, *behind]) == [None] * 3
    service.resume(sweep_id)
    settle(service, sweep_id, "finished")
    assert statuses(service, [*working, *waiting, *behind]) == ["finished"] * 5


def test_a_sweep_is_ended_with_all_its_runs(service: Service) -> None:
    working, waiting, behind = group(**LONG), group(), group()
    sweep_id = service.submit_sweep([working, waiting, behind])
    run = at_work(service, working[0])
    with pytest.raises(RunError, match="only be stopped with the whole sweep"):
        service.stop(run.id)
    service.end(sweep_id)
    assert service.store.sweeps.get(sweep_id).state == "stopped"
    wait_for_end(service.store, run.id)
    assert statuses(service, working) == ["stopped"] * 2
    assert statuses(service, [*waiting, *behind]) == [None] * 4
    assert service.store.points(run.id)
    service.end(sweep_id)
    assert service.store.sweeps.get(sweep_id).state == "stopped"


def test_a_killed_child_fails_one_run_which_is_tried_again_when_asked(backend: Backend) -> None:
    service = backend.service
    (killed,), others = group(1, **LONG), group()
    sweep_id = service.submit_sweep([[killed, *others]])
    run = at_work(service, killed)
    backend.child().kill()
    settle(service, sweep_id, "finished")
    assert statuses(service, [killed, *others]) == ["failed", "finished", "finished"]
    assert KILLED in service.store.get(run.id).message
    service.resume(sweep_id)
    settle(service, sweep_id, "finished")
    assert statuses(service, [killed]) == ["failed"]
    service.resume(sweep_id, retry_failed=True)
    wait_until(lambda: statuses(service, [killed]) == ["running"])
    service.end(sweep_id)
    wait_until(lambda: statuses(service, [killed]) == ["stopped"])


@needs_fork
@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_a_single_run_comes_before_the_rest_of_a_group(backend: Backend) -> None:
    service = backend.service
    groups = [group(), group(1)]
    with backend.held():
        sweep_id = service.submit_sweep(groups)
        backend.settle()
        single = service.submit(request(epochs=1, seed=next(COUNTER)))
    settle(service, sweep_id, "finished")
    first, *rest = [run.id for run in runs(service, [*groups[0], *groups[1]]) if run is not None]
    turns = [first, single, *rest]
    assert in_order_of_start(service.store, turns) == turns


@needs_fork
@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_owners_of_sweeps_take_turns(backend: Backend) -> None:
    service = backend.service
    first, second, third = [group(1), group(1), group(1)], [group(1), group(1)], [group(1)]
    with backend.held():
        sweeps = [service.submit_sweep(first, owner="ada")]
        backend.settle()
        sweeps.append(service.submit_sweep(second, owner="ada"))
        sweeps.append(service.submit_sweep(third, owner="ben"))
    for sweep_id in sweeps:
        settle(service, sweep_id, "finished")
    requests = [first[0], third[0], second[0], first[1], second[1], first[2]]
    turns = [run.id for run in runs(service, [one for (one,) in requests]) if run is not None]
    assert in_order_of_start(service.store, turns) == turns


def test_what_is_too_large_fails_and_the_rest_is_trained(service: Service) -> None:
    huge, small = request(ten_billion()), group(1)
    sweep_id = service.submit_sweep([[huge], small])
    settle(service, sweep_id, "finished")
    assert statuses(service, [huge, *small]) == ["failed", "finished"]
    (run,) = runs(service, [huge])
    assert run is not None
    assert "a run that needs" in run.message


def test_a_sweep_without_a_finished_run_has_failed_until_it_is_resumed(service: Service) -> None:
    huge = request(ten_billion(), seed=next(COUNTER))
    sweep_id = service.submit_sweep([[huge]])
    settle(service, sweep_id, "failed")
    before = runs(service, [huge])
    service.resume(sweep_id, retry_failed=True)
    wait_until(lambda: runs(service, [huge]) != before)
    settle(service, sweep_id, "failed")


def test_a_sweep_whose_server_died_is_paused_until_it_is_resumed(service: Service) -> None:
    done, left = group(1), group()
    wait_for_end(service.store, service.submit(done[0]))
    sweep_id = service.store.sweeps.create([done, left], service="dead")
    service.store.create(left[0], service="dead", sweep=sweep_id)
    service.store.mark_interrupted()
    assert service.store.sweeps.get(sweep_id).state == "paused"
    assert statuses(service, left) == ["interrupted", None]
    service.resume(sweep_id)
    settle(service, sweep_id, "finished")
    assert service.store.sweeps.get(sweep_id).service == service.id
    assert statuses(service, [*done, *left]) == ["finished"] * 3


def test_a_sweep_has_a_run_and_a_service_that_is_up(store: Store) -> None:
    own = Service(store)
    with pytest.raises(RunError, match="at least one run"):
        own.submit_sweep([[], []])
    own.shutdown()
    with pytest.raises(RunError, match="shut down"):
        own.submit_sweep([group()])


def test_what_another_trains_is_waited_for(store: Store) -> None:
    (busy,), (free,) = group(1), group(1)
    run_id = store.create(busy)
    scheduler = SweepScheduler(store, "service")
    scheduler.add(store.sweeps.create([[busy], [free]]), True)
    first = scheduler.next_job()
    assert first is not None
    assert [store.get(run_id).request for run_id in first.runs] == [free]
    assert scheduler.next_job() is None
    store.append(run_id, Finished(seconds=1.0))
    assert scheduler.next_job() is None
    assert not scheduler.has_groups()
