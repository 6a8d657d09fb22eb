"""Inspections of a race in the queue: models are trained again, one strategy after another."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.core.errors import RunError
from components.inspection.results import parse_inspection
from components.model.spec import parse
from components.runs.child import ChildProcesses
from components.runs.run import Run
from components.runs.run_service import Service
from components.runs.store import Store
from components.runs.visitor_inspections import VisitorInspections
from components.runs.visitor_runs import VisitorRuns
from components.training.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    Inspected,
    Interrupted,
    Progress,
    Started,
    Stopped,
)
from components.training.limits import QueueLimits
from components.training.models import WEIGHTS
from components.training.requests import RunRequest
from tests.runs.fake_runner import FakeServer
from tests.training.support import VECTORS, request, wait_for_end
from tests.waiting import wait_until


def strategies(samples: int) -> list[RunRequest]:
    """Requests of two strategies."""
    parts = VECTORS.data()
    merge = {"name": "fusion", "sources": parts["merges"][0]["sources"]}
    return [
        request(parse({**parts, "merges": [{**merge, "kind": kind}]}), samples=samples, epochs=4)
        for kind in ("add", "multiply")
    ]


def raced(service: Service, samples: int) -> tuple[str, list[Run]]:
    """A race of ann that has finished, and its runs."""
    requests, store = strategies(samples), service.store
    sweep_id = service.submit_sweep([[one] for one in requests], "", "ann", "a race")
    wait_until(lambda: store.sweeps.get(sweep_id).state == "finished")
    runs = store.latest(one.digest for one in requests)
    return sweep_id, [runs[one.digest] for one in requests]


def ended(store: Store, seed: int) -> str:
    """A run that has finished, as the store has it."""
    run_id = store.create(request(seed=seed), "ann", "one")
    store.append(run_id, Finished(seconds=1.0))
    return run_id


def inspections_of(service: Service, owner: str) -> VisitorInspections:
    return VisitorInspections(service, owner, VisitorRuns(service, owner))


def test_models_are_trained_again_and_inspected_one_after_another(service: Service) -> None:
    store = service.store
    sweep_id, runs = raced(service, 120)
    assert not any(run.model_digest for run in runs)
    ann, bob = inspections_of(service, "ann"), inspections_of(service, "bob")
    first = ann.submit(sweep_id, runs)
    assert ann.submit(sweep_id, runs) in {one.id for one in ann.latest(runs).values()}
    wait_until(lambda: len(ann.results(runs)) == 2)
    latest = ann.latest(runs)
    assert latest[runs[0].id].id == first
    ends = [wait_for_end(store, latest[run.id].id) for run in runs]
    assert [(end.status, end.message) for end in ends] == [("finished", "")] * 2
    for run in runs:
        head = parse_inspection(ann.results(runs)[run.digest]).heads["y"]
        report = store.report(run.id)
        assert report is not None
        assert head.quality == pytest.approx(report.heads["y"].measures["accuracy"])
    assert bob.results(runs) == ann.results(runs)
    assert bob.latest(runs) == {}
    assert not any(store.get(run.id).model_digest for run in runs)


@pytest.fixture
def raced_here(server: FakeServer) -> tuple[str, list[Run]]:
    """A race that the fake runner has finished, after which it holds what it gets."""
    server.runner.instant = True
    race = raced(server.service, 120)
    server.runner.instant = False
    return race


def test_only_the_owner_of_a_race_inspects_it(
    server: FakeServer, raced_here: tuple[str, list[Run]]
) -> None:
    service, (sweep_id, runs) = server.service, raced_here
    bob = inspections_of(service, "bob")
    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        bob.submit(sweep_id, runs)
    VisitorRuns(service, "ann").share_sweep(sweep_id)
    with pytest.raises(RunError, match="Only the owner of a race"):
        bob.submit(sweep_id, runs)
    with pytest.raises(RunError, match="needs a run"):
        inspections_of(service, "ann").submit(sweep_id, [])


def test_what_waits_takes_one_place_and_stop_ends_all(
    server: FakeServer, raced_here: tuple[str, list[Run]]
) -> None:
    service, store, (sweep_id, runs) = server.service, server.store, raced_here
    server.in_training(service.submit(request(), "bob"))
    ann = inspections_of(service, "ann")
    inspection_id = ann.submit(sweep_id, runs)
    assert [run.id for run in store.queue.waiting()] == [inspection_id]
    assert store.get(inspection_id).then_inspects == runs[1].id
    service.stop(inspection_id)
    assert store.get(inspection_id).status == "stopped"
    assert store.queue.waiting() == []
    assert set(ann.latest(runs)) == {runs[0].id}


def test_the_next_inspection_outlives_a_failure_and_a_deleted_run(store: Store) -> None:
    ids = [ended(store, seed) for seed in range(3)]
    first = store.inspections.submit_in_turn(ids, "ann", "gone", QueueLimits(), 1)
    store.delete(ids[1])
    store.append(first, Failed(message="no memory"))
    (waiting,) = store.queue.waiting()
    following = store.get(waiting.id)
    assert (following.inspects, following.then_inspects, following.owner) == (ids[2], "", "ann")
    store.append(following.id, Interrupted(message="the server ended"))
    assert store.queue.waiting() == []


def test_a_stopped_inspection_has_no_next_one(store: Store) -> None:
    ids = [ended(store, seed) for seed in range(2)]
    first = store.inspections.submit_in_turn(ids, "ann", "gone", QueueLimits(), 1)
    store.append(first, Started(epochs=1, estimated_bytes=1, parameters=1), Stopped(seconds=1.0))
    assert store.queue.waiting() == []


def test_a_full_queue_refuses_a_race(store: Store) -> None:
    ids = [store.create(request(seed=seed), "ann", "one") for seed in range(2)]
    with pytest.raises(RunError, match="may wait"):
        store.inspections.submit_in_turn(ids, "ann", "gone", QueueLimits(waiting_each=2), 1)


def test_stop_ends_the_training_before_an_inspection(
    children: ChildProcesses, tmp_path: Path
) -> None:
    events: list[Event] = []
    asked = request(VECTORS, samples=400, epochs=1000)
    weights = str(tmp_path / WEIGHTS)
    training = children.inspect(
        asked, weights, events.append, lambda: any(isinstance(e, Progress) for e in events)
    )
    assert training.status == "stopped"
    assert not any(isinstance(event, Inspected | Epoch) for event in events)
