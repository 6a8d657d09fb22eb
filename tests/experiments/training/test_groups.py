from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.experiments.queue.child import train_in_turn
from components.experiments.training import loop
from components.experiments.training.compiled_model import CompiledModel
from components.experiments.training.control import RunControl
from components.experiments.training.events import Event, Outcome, Progress, Started
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest
from components.models.analysis import trials
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build_with_weights
from components.models.merges import MERGES
from tests.experiments.training.support import (
    BINARY,
    TWO_HEADS,
    VECTORS,
    fused,
    picture,
    request,
    results_of,
    seeded,
    series,
    train,
    vector,
)


def merged(kind: str, **fields: Any) -> Architecture:
    data = fused([vector("left", dropout=0.2), vector("right")], [BINARY]).data()
    data["merges"][0].update({"kind": kind, **fields})
    return parse(data)


CASES: dict[str, tuple[Architecture, dict[str, Any]]] = {
    "momentum, schedule, clipped": (
        merged("gated"),
        {"optimizer": "momentum", "learning_rate": 0.1, "schedule": "cosine", "warmup_epochs": 1,
         "clip_norm": 0.1},
    ),
    "dropped sources, best kept": (
        merged("film", source_dropout=0.3),
        {"optimizer": "adamw", "restore_best": True, "patience": 1, "learning_rate": 0.05},
    ),
    "three heads, weighed": (TWO_HEADS, {"class_weights": "balanced", "optimizer": "rmsprop"}),
    "batch norm, best kept": (
        fused([picture(normalization="batch"), series(dropout=0.2)], [BINARY]),
        {"restore_best": True, "patience": 1, "learning_rate": 0.05},
    ),
}  # fmt: skip


def all_in_matrix(names: Iterable[str], *here: str) -> list[Any]:
    """Return all names; `make test` uses only those in `here`."""
    matrix = pytest.mark.matrix
    return [pytest.param(name, marks=() if name in here else matrix) for name in names]


def grouped(requests: list[RunRequest], **more: Any) -> list[Outcome]:
    return results_of(train_in_turn, requests, lambda *_: None, control=RunControl(), **more)


def alone(asked: RunRequest, save: SaveOptions | None = None) -> Outcome:
    return train(asked, lambda _: None, lambda: False, save=save)


def weights(file: str) -> dict[str, Any]:
    model = keras.saving.load_model(file)
    return {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_seeds_share_one_traced_model(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[RunRequest] = []
    traced = CompiledModel

    def counted(asked: RunRequest, data: Any) -> CompiledModel:
        made.append(asked)
        return traced(asked, data)

    monkeypatch.setattr(loop, "CompiledModel", counted)
    asked = seeded(VECTORS, range(3), epochs=1)
    different = [request(epochs=1, batch_size=16), request(samples=50, epochs=1)]
    grouped([*asked, *different])
    assert made == [asked[0], *different]


@pytest.mark.parametrize("case", all_in_matrix(CASES, "dropped sources, best kept"))
def test_a_run_of_a_group_is_identical_to_a_single_run(case: str, tmp_path: Path) -> None:
    architecture, settings = CASES[case]
    asked = seeded(architecture, range(3, 5), batch_size=16, **settings)
    files = [str(tmp_path / f"{name}.keras") for name in ("first", "second", "alone")]
    saves = [SaveOptions(file, 10**9) for file in files]
    other, found = grouped(asked, saves=saves[:2])
    expected = alone(asked[1], saves[2])
    assert found.status == expected.status == "finished"
    assert [e.logs for e in found.history] == [e.logs for e in expected.history]
    assert (found.message, found.parameters) == (expected.message, expected.parameters)
    assert found.report is not None
    assert expected.report is not None
    assert found.report.heads == expected.report.heads
    assert same(weights(saves[1].path), weights(saves[2].path))
    assert other.final != found.final
    assert not same(weights(saves[0].path), weights(saves[1].path))


@pytest.mark.parametrize("kind", all_in_matrix(MERGES, "mixture_of_experts", "perceiver"))
def test_weights_follow_from_the_generator_that_a_group_seeds(kind: str) -> None:
    data = trials.example_merge(kind).data()
    if len(trials.example_part(kind).shape) > 1:
        data["merges"][-1]["then"] = {"kind": trials.POOLING}
    architecture = parse(data)
    keras.utils.set_random_seed(7)
    expected = build_with_weights(architecture).model.variables
    keras.utils.set_random_seed(8)
    random.seed(7)
    found = build_with_weights(architecture).model.variables
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_run_reports_all_its_own_events() -> None:
    reported: list[tuple[int, Event]] = []
    asked = seeded(VECTORS, range(2), epochs=2)
    results_of(train_in_turn, asked, lambda *sent: reported.append(sent), control=RunControl())
    kinds = [(place, e.kind) for place, e in reported if not isinstance(e, Progress)]
    each = ("started", "epoch", "epoch", "report", "finished")
    assert kinds == [(place, kind) for place in (0, 1) for kind in each]
    first, second = (event for _, event in reported if isinstance(event, Started))
    assert first == second
    assert first.parameters == 321


def test_a_run_that_fails_leaves_the_others_alone() -> None:
    good, other = seeded(VECTORS, range(2), epochs=2)
    lost = request().model_copy(update={"data": "/nowhere/data.npz"})
    results = grouped([good, lost, other])
    assert [result.status for result in results] == ["finished", "failed", "finished"]
    assert "data.npz" in results[1].message
    assert results[2].final == alone(other).final


def test_an_error_of_its_own_ends_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: loop.ModelTrainer, asked: RunRequest, *rest: Any, **more: Any) -> None:
        if asked.settings.seed == 1:
            raise ValueError("no such shape")
        whole(self, asked, *rest, **more)

    whole = loop.ModelTrainer.train
    monkeypatch.setattr(loop.ModelTrainer, "train", broken)
    results = grouped(seeded(VECTORS, range(3), epochs=1))
    assert [result.status for result in results] == ["finished", "failed", "finished"]
    assert "ValueError: no such shape" in results[1].message


def test_stop_ends_the_current_run_and_later_ones() -> None:
    control = RunControl()

    def stop(place: int, event: Event) -> None:
        control.stopped = control.stopped or place == 1

    asked = seeded(VECTORS, range(4), epochs=3)
    results = results_of(train_in_turn, asked, stop, control=control)
    assert [result.status for result in results] == ["finished", "stopped", "stopped", "stopped"]
    assert results[3].message == "Stopped before it started."
