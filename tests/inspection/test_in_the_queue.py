"""An inspection of a run's model in the queue: its turn, its result, Stop, and who may do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.core.errors import FileError, RunError
from components.inspection.results import Inspection, parse_inspection
from components.training.child_process import ChildProcesses
from components.training.events import Event, Inspected
from components.training.models import WEIGHTS
from components.training.service import Service
from components.training.store import Store
from components.training.visitor_runs import VisitorRuns
from tests.training.backends import Backend
from tests.training.conftest import backend, children, cluster, service
from tests.training.support import LONG, TWO_HEADS, VECTORS, request, wait_for, wait_for_end

__all__ = ["backend", "children", "cluster", "service"]


def trained(service: Service, owner: str = "ann") -> str:
    run_id = service.submit(request(VECTORS, samples=200, epochs=8), owner)
    assert wait_for_end(service.store, run_id).status == "finished"
    return run_id


def inspected(store: Store, run_id: str) -> Inspection:
    text = store.inspections.of(run_id)
    assert text is not None
    return parse_inspection(text)


def test_a_trained_model_is_inspected_and_the_result_is_kept(service: Service) -> None:
    store, run_id = service.store, trained(service)
    inspection_id = service.inspect(run_id, "ann")
    end = wait_for_end(store, inspection_id)
    assert (end.status, end.message) == ("finished", "")
    inspection = inspected(store, run_id)
    report = store.report(run_id)
    assert report is not None
    head = inspection.heads["y"]
    assert (inspection.samples, inspection.validated) == (50, True)
    assert head.quality == pytest.approx(report.heads["y"].measures["accuracy"])
    assert sum(share.shapley for share in head.inputs) == pytest.approx(head.quality - head.nothing)
    sample = head.samples[0]
    assert sample.base + sum(sample.pushes) == pytest.approx(sample.score, abs=1e-4)
    assert store.inspections.latest(run_id) == store.get(inspection_id)


def test_an_inspection_is_no_run_of_its_own(service: Service) -> None:
    store, run_id = service.store, trained(service)
    inspection_id = service.inspect(run_id, "ann")
    wait_for_end(store, inspection_id)
    listed = [run.id for run in store.list(owner="ann", sweeps=True)]
    assert run_id in listed
    assert inspection_id not in listed
    assert store.latest([store.get(run_id).digest])[store.get(run_id).digest].id != inspection_id
    store.upkeep.remove_runs([run_id])
    assert store.find(inspection_id) is None
    assert store.inspections.of(run_id) is None


def test_an_inspection_waits_its_turn_and_is_stopped(backend: Backend) -> None:
    service = backend.service
    store, run_id = service.store, trained(service)
    busy = service.submit(request(**LONG), "bob")
    wait_for(store, busy, lambda run: run.status == "running")
    inspection_id = service.inspect(run_id, "ann")
    assert service.inspect(run_id, "ann") == inspection_id
    position = service.queue_position(inspection_id)
    assert position is not None
    assert position.number == 1
    service.stop(inspection_id)
    assert store.get(inspection_id).status == "stopped"
    service.stop(busy)
    wait_for_end(store, busy)
    assert store.inspections.of(run_id) is None


def test_a_model_must_have_been_kept(service: Service) -> None:
    store = service.store
    run_id = store.create(request(TWO_HEADS))
    with pytest.raises(FileError, match="must have been kept"):
        service.inspect(run_id)


def test_a_model_that_changed_is_not_read(service: Service) -> None:
    store, run_id = service.store, trained(service)
    path = store.models.path(run_id)
    path.write_bytes(path.read_bytes() + b"!")
    end = wait_for_end(store, service.inspect(run_id))
    assert end.status == "failed"
    assert "must not change after training" in end.message


def test_only_the_owner_inspects_and_readers_read(service: Service) -> None:
    store, run_id = service.store, trained(service)
    owner, other = VisitorRuns(service, "ann"), VisitorRuns(service, "bob")
    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        other.inspect(run_id)
    owner.share(run_id)
    with pytest.raises(RunError, match="Only the owner"):
        other.inspect(run_id)
    wait_for_end(store, owner.inspect(run_id))
    latest = owner.latest_inspection(owner.run(run_id))
    assert latest is not None
    assert latest.status == "finished"
    assert other.latest_inspection(other.run(run_id)) is None
    assert other.inspection(other.run(run_id)) == owner.inspection(owner.run(run_id)) is not None


def test_stop_ends_an_inspection_in_its_child(children: ChildProcesses, tmp_path: Path) -> None:
    from components.model.builder import build_with_weights

    weights = tmp_path / WEIGHTS
    build_with_weights(VECTORS).model.save_weights(weights)
    events: list[Event] = []
    asked = request(VECTORS, samples=2000)
    result = children.inspect(asked, str(weights), events.append, lambda: bool(events))
    assert result.status == "stopped"
    assert not any(isinstance(event, Inspected) for event in events)
    assert children.inspect(asked, str(weights), events.append).status == "finished"
    assert isinstance(events[-2], Inspected)


def test_a_file_that_has_no_weights_fails(children: ChildProcesses, tmp_path: Path) -> None:
    weights = tmp_path / WEIGHTS
    weights.write_bytes(b"no weights")
    result = children.inspect(request(VECTORS), str(weights), lambda _: None)
    assert result.status == "failed"
