"""X-rays during a training: of some epochs, in bounded time, without a change of its numbers."""

from __future__ import annotations

import pytest

from components.inspection import xray_epochs
from components.inspection.basis.xray_results import Xray, parse_xray
from components.inspection.xray_epochs import EPOCHS, EpochXrays
from components.training.events import Event, RunResult, Xrayed
from components.training.loop import ModelTrainer, Watch
from tests.training.support import VECTORS, request


def watched(watch: Watch | None = EpochXrays, **settings: int) -> tuple[RunResult, list[Xray]]:
    events: list[Event] = []
    asked = request(VECTORS, samples=120, **settings)
    ModelTrainer().train(asked, events.append, lambda: False, watch=watch)
    xrays = [parse_xray(one.xray) for one in events if isinstance(one, Xrayed)]
    return RunResult.of(events), [one for one in xrays if one is not None]


def test_a_training_has_the_same_numbers_with_and_without_xrays() -> None:
    seen, xrays = watched(epochs=3)
    unseen, none = watched(None, epochs=3)
    assert [point.logs for point in seen.history] == [point.logs for point in unseen.history]
    assert len(xrays) == 3
    assert none == []


def test_the_last_xray_has_all_epochs_and_reads_all_layers() -> None:
    _, xrays = watched(epochs=30)
    assert all(len(one.epochs) == 1 for one in xrays[:-1])
    epochs = [one.epoch for one in xrays[-1].epochs]
    assert (epochs[0], epochs[-1]) == (1, 30)
    assert 3 <= len(epochs) <= EPOCHS
    last = xrays[-1].epochs[-1]
    assert last.readings.keys() == last.layers.keys()
    assert xrays[-1].epochs[0].readings.keys() == last.spaces.keys()


def test_a_model_that_is_too_large_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xray_epochs, "MOST_FLOPS", 1)
    result, xrays = watched(epochs=2)
    assert result.status == "finished"
    assert xrays == []


def test_an_earlier_xray_is_not_kept_as_that_of_the_trained_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xray_epochs, "END_SECONDS", 0)
    events: list[Event] = []
    asked = request(VECTORS, samples=120, epochs=3)
    ModelTrainer().train(asked, events.append, lambda: False, watch=EpochXrays)
    taken = [one.xray for one in events if isinstance(one, Xrayed)]
    assert len(taken) > 1
    assert taken[-1] == ""
