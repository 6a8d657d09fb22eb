"""An inspection of a run's model in the queue: its turn, its result, Stop, and who may do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.core.errors import FileError, RunError
from components.inspection.results import parse_inspection
from components.model.builder import build_with_weights
from components.runs.child import ChildProcesses
from components.runs.run_service import Service
from components.runs.store import Store
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Event, Finished, Inspected
from components.training.models import WEIGHTS
from tests.runs.fake_runner import FakeServer
from tests.training.support import TWO_HEADS, VECTORS, request, wait_for_end


@pytest.fixture
def trained(store: Store) -> str:
    """A run of ann that had finished, with its model, before the server started."""
    run_id = store.create(request(), "ann")
    store.keep_model(run_id, b"model")
    store.append(run_id, Finished(seconds=1.0))
    return run_id


def test_the_owner_has_a_trained_model_inspected_and_readers_read(service: Service) -> None:
    store = service.store
    owner, other = VisitorRuns(service, "ann"), VisitorRuns(service, "bob")
    run_id = owner.submit(request(VECTORS, samples=200, epochs=8))
    assert wait_for_end(store, run_id).status == "finished"
    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        other.inspect(run_id)
    owner.share(run_id)
    with pytest.raises(RunError, match="Only the owner"):
        other.inspect(run_id)
    inspection_id = owner.inspect(run_id)
    end = wait_for_end(store, inspection_id)
    assert (end.status, end.message) == ("finished", "")

    text = owner.inspection(owner.run(run_id))
    assert text is not None
    inspection, report = parse_inspection(text), store.report(run_id)
    assert report is not None
    head = inspection.heads["y"]
    assert (inspection.samples, inspection.validated) == (50, True)
    assert head.quality == pytest.approx(report.heads["y"].measures["accuracy"])
    assert sum(share.shapley for share in head.inputs) == pytest.approx(head.quality - head.nothing)
    sample = head.samples[0]
    assert sample.base + sum(sample.pushes) == pytest.approx(sample.score, abs=1e-4)
    assert owner.latest_inspection(owner.run(run_id)) == store.get(inspection_id)
    assert other.latest_inspection(other.run(run_id)) is None
    assert other.inspection(other.run(run_id)) == text

    listed = [run.id for run in store.list(owner="ann", sweeps=True)]
    assert run_id in listed
    assert inspection_id not in listed, "an inspection is no run of its own"
    assert store.latest([store.get(run_id).digest])[store.get(run_id).digest].id != inspection_id
    store.upkeep.remove_runs([run_id])
    assert store.find(inspection_id) is None
    assert store.inspections.of(run_id) is None


def test_an_inspection_waits_its_turn_and_is_stopped(trained: str, server: FakeServer) -> None:
    service, store, run_id = server.service, server.store, trained
    server.in_training(service.submit(request(), "bob"))
    inspection_id = service.inspect(run_id, "ann")
    assert service.inspect(run_id, "ann") == inspection_id
    position = service.queue_position(inspection_id)
    assert position is not None
    assert position.number == 1
    service.stop(inspection_id)
    assert store.get(inspection_id).status == "stopped"
    assert store.inspections.of(run_id) is None


def test_a_model_must_have_been_kept(server: FakeServer) -> None:
    run_id = server.store.create(request(TWO_HEADS))
    with pytest.raises(FileError, match="must have been kept"):
        server.service.inspect(run_id)


def test_a_model_that_changed_is_not_read(trained: str, server: FakeServer) -> None:
    server.store.models.path(trained).write_bytes(b"model!")
    end = wait_for_end(server.store, server.service.inspect(trained))
    assert end.status == "failed"
    assert "must not change after training" in end.message
    assert not server.runner.started


def test_stop_ends_an_inspection_in_its_child(children: ChildProcesses, tmp_path: Path) -> None:
    weights = tmp_path / WEIGHTS
    build_with_weights(VECTORS).model.save_weights(weights)
    events: list[Event] = []
    asked = request(VECTORS, samples=2000)
    result = children.inspect(asked, str(weights), events.append, lambda: bool(events))
    assert result.status == "stopped"
    assert not any(isinstance(event, Inspected) for event in events)


def test_a_file_that_has_no_weights_fails(children: ChildProcesses, tmp_path: Path) -> None:
    weights = tmp_path / WEIGHTS
    weights.write_bytes(b"no weights")
    result = children.inspect(request(VECTORS), str(weights), lambda _: None)
    assert result.status == "failed"
