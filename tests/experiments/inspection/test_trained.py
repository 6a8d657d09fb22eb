"""Inspections of trained models: at the end of a run, of a race, and of a stored model."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from components.base.errors import RunError
from components.experiments.inspection import trained
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.inspection.trained import (
    inspect_after_training,
    inspect_kept,
    inspect_trained,
    seconds_for,
)
from components.experiments.queue.artifacts import weights_in
from components.experiments.queue.run_service import Service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.control import RunControl
from components.experiments.training.events import End, Epoch, Event, Finished
from components.experiments.training.loop import ModelTrainer, RunModel, TrainOptions
from components.experiments.training.models import SaveOptions
from tests.experiments.training.support import LONG, TWO_HEADS, VECTORS, request, wait_for_end

ASKED = request(VECTORS, samples=200, epochs=2)
ENDED = Finished(seconds=0.5)


def test_a_run_is_inspected_before_its_end_and_its_owner_and_readers_have_it(
    service: Service,
) -> None:
    store = service.store
    owner, other = VisitorRuns(service, "ann"), VisitorRuns(service, "bob")
    run_id = owner.submit(ASKED)
    assert wait_for_end(store, run_id).status == "finished"
    text = owner.result(owner.run(run_id), "inspection")
    assert text is not None
    inspection, report = parse_inspection(text), store.report(run_id)
    assert report is not None
    head = inspection.heads["y"]
    assert (inspection.samples, inspection.validated) == (50, True)
    assert head.quality == pytest.approx(report.heads["y"].measures["accuracy"])
    assert sum(ShapleyShare.values(head)) == pytest.approx(head.quality - head.nothing)
    assert inspection.unplug is not None
    assert owner.latest_results("inspection", [owner.run(run_id)]) == {ASKED.digest: text}

    with pytest.raises(RunError, match="none that is shared with you"):
        other.keep_result(run_id, "inspection", text)
    owner.share(run_id)
    assert other.result(other.run(run_id), "inspection") == text
    with pytest.raises(RunError, match="Only the owner"):
        other.keep_result(run_id, "inspection", text)
    store.remove([run_id])
    assert store.result(run_id, "inspection") is None


def test_a_stopped_run_is_inspected_too(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []
    monkeypatch.setattr(trained, "STOPPED_SECONDS", 60.0)

    def should_stop() -> bool:
        return any(isinstance(event, Epoch) for event in events)

    finish = partial(inspect_after_training, should_stop=should_stop)
    control, options = RunControl(is_cancelled=should_stop), TrainOptions(finish=finish)
    ModelTrainer().train(request(VECTORS, **LONG), events.append, control, options)
    assert [event.kind for event in events][-3:] == ["report", "inspected", "stopped"]


def test_a_kept_model_has_the_inspection_of_its_run(tmp_path: Path) -> None:
    asked, path = request(TWO_HEADS, samples=200, epochs=2), tmp_path / "trained.keras"
    found: list[str] = []

    def finish(model: RunModel, _: End) -> None:
        found.append(inspect_trained(model, 60.0).json_text())

    options = TrainOptions(SaveOptions(str(path), 10**9), finish=finish)
    ModelTrainer().train(asked, lambda _: None, RunControl(), options)
    found.append(inspect_kept(asked.json_text(), weights_in(path.read_bytes()), 60.0))
    of_run, of_kept = map(parse_inspection, found)
    assert of_run.heads == of_kept.heads
    assert of_run.unplug == of_kept.unplug


def test_an_inspection_that_is_stopped_or_fails_fails_no_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = RunModel.of(ASKED)
    assert inspect_after_training(model, ENDED, lambda: True) is None
    assert "could not be inspected" not in caplog.text
    monkeypatch.setattr(trained, "inspect", None)
    assert inspect_after_training(model, ENDED, lambda: False) is None
    assert "could not be inspected" in caplog.text


def test_an_inspection_leaves_the_model_as_it_is() -> None:
    inspected = RunModel.of(ASKED)
    model = inspected.blueprint.model
    before, activation = model.get_weights(), model.get_layer("y").activation
    assert inspect_after_training(inspected, ENDED, lambda: False) is not None
    assert model.get_layer("y").activation == activation
    for one, other in zip(before, model.get_weights(), strict=True):
        assert (one == other).all()


def test_long_trainings_have_longer_inspections() -> None:
    assert (seconds_for(0.5), seconds_for(10), seconds_for(60)) == (1.0, 1.0, 6.0)
