"""The service over each runner, with real child processes."""

from __future__ import annotations

from itertools import groupby

import pytest

from components.core.errors import RunError
from components.training.service import Service
from components.training.store import Store
from tests.training.backends import LIMITS, Backend
from tests.training.support import (
    LONG,
    SCALARS,
    in_order_of_start,
    record_events,
    request,
    ten_billion,
    wait_for,
    wait_for_end,
)
from tests.ways import needs_fork


def running(service: Service, run_id: str) -> None:
    wait_for(service.store, run_id, lambda _: len(service.store.points(run_id)) > 2)


def stop_all(service: Service, *run_ids: str) -> None:
    for run_id in run_ids:
        service.stop(run_id)
    for run_id in run_ids:
        assert wait_for_end(service.store, run_id).status == "stopped"


def test_two_runs_one_after_the_other(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = record_events(service.store, monkeypatch)
    first = service.submit(request(epochs=3), owner="ada")
    second = service.submit(request(epochs=4, seed=1), name="second")
    for run_id, epochs in ((first, 3), (second, 4)):
        run = wait_for_end(service.store, run_id)
        assert (run.status, run.message) == ("finished", "")
        assert len(service.store.points(run_id)) == epochs
        assert run.model_digest
    one, two = service.store.get(first), service.store.get(second)
    assert (one.owner, two.name, one.parameters) == ("ada", "second", 321)
    assert [run_id for run_id, _ in groupby(stored)] == [first, second]


@pytest.mark.both_ways
def test_a_queued_and_a_running_run_are_stopped(backend: Backend) -> None:
    service = backend.service
    first, second = service.submit(request(**LONG)), service.submit(request(**LONG))
    running(service, first)
    status = service.status()
    assert (status.state, status.running, status.queued) == ("ready", 1, 1)
    assert status.address == backend.environment["DASK_SCHEDULER_ADDRESS"]
    service.stop(second)
    queued = wait_for_end(service.store, second)
    assert (queued.status, queued.message) == ("stopped", "Stopped before it started.")
    assert service.store.get(first).status == "running"
    stop_all(service, first)
    assert service.store.points(first)
    service.stop(first)


def test_the_surface_comes_while_the_run_goes_on_and_the_report_at_its_end(
    service: Service,
) -> None:
    run_id = service.submit(request(SCALARS, **LONG))
    running(service, run_id)
    wait_for(service.store, run_id, lambda _: _drawn(service, run_id) > 0)
    assert service.store.get(run_id).status == "running"
    assert service.store.report(run_id) is None
    stop_all(service, run_id)
    epochs = len(service.store.points(run_id))
    report = service.store.report(run_id)
    assert report is not None
    assert (report.epoch, report.held) == (epochs, 100)
    assert _drawn(service, run_id) == epochs


def _drawn(service: Service, run_id: str) -> float:
    surface = service.store.surface(run_id)
    return 0 if surface is None else surface.epoch


@needs_fork
@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_people_take_turns(backend: Backend) -> None:
    service = backend.service
    names = ("ann", "ann", "ann", "ben", "cid", "ben", "zoe")
    with backend.held():
        first = service.submit(request(epochs=1), owner="zoe of turns")
        backend.settle()
        runs = [
            service.submit(request(epochs=1, seed=seed), owner=f"{name} of turns")
            for seed, name in enumerate(names)
        ]
        assert service.queue_position(first) is None
        turns = [runs[0], runs[3], runs[4], runs[6], runs[1], runs[5], runs[2]]
        positions = [service.queue_position(run_id) for run_id in turns]
        assert [position and position.number for position in positions] == [1, 2, 3, 4, 5, 6, 7]
    turns.insert(0, first)
    assert [wait_for_end(service.store, run_id).status for run_id in turns] == ["finished"] * 8
    assert in_order_of_start(service.store, turns) == turns


def test_what_is_too_large_is_refused_and_not_stored(store: Store) -> None:
    own = Service(store, limits=LIMITS)
    with pytest.raises(RunError, match=r"a run that needs [\d.]+ [GT]B"):
        own.submit(request(ten_billion()))
    assert store.list() == ()
    own.shutdown()


@pytest.mark.parametrize("value", ["0", "two", "-1"])
def test_the_number_of_workers_is_checked(
    store: Store, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FUSION_WORKERS", value)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    own = Service(store)
    run = wait_for_end(store, own.submit(request()))
    assert run.status == "failed"
    assert f"`{value}`" in run.message
    own.shutdown()
