"""Small architectures, requests and data for the tests of training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from components.experiments.queue.run import Run
from components.experiments.queue.store import Store
from components.experiments.training.control import RunControl, Work
from components.experiments.training.events import Event, Outcome
from components.experiments.training.loop import ModelTrainer, TrainOptions
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture, parse
from tests.waiting import wait_until

Arrays = dict[str, "np.ndarray[Any, Any]"]
SendEvent = Callable[[int, Event], None]
"""Receiver of a group's events, each with the place of its run in the group."""


def train(
    asked: RunRequest,
    send: Callable[[Event], None],
    should_stop: Callable[[], bool],
    save: SaveOptions | None = None,
) -> Outcome:
    """Train one run in this process."""
    events: list[Event] = []

    def record(event: Event) -> None:
        events.append(event)
        send(event)

    control = RunControl(is_cancelled=should_stop)
    ModelTrainer().train(asked, record, control, TrainOptions(save))
    return Outcome.of(events)


def results_of(
    train: Callable[..., None],
    requests: Sequence[RunRequest],
    send: SendEvent,
    saves: Sequence[SaveOptions | None] = (),
    **more: Any,
) -> list[Outcome]:
    """Run `train` on a group, and return the result of each run; `send` receives the events."""
    events: list[list[Event]] = [[] for _ in requests]

    def record(place: int, event: Event) -> None:
        events[place].append(event)
        send(place, event)

    train(Work(requests, saves), record, **more)
    return [Outcome.of(of_run) for of_run in events]


def vector(name: str, features: int = 8, units: int = 16, **encoder: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "vector",
        "features": features,
        "encoder": {"kind": "dense", "depth": 1, "units": units, **encoder},
    }


def picture(**encoder: Any) -> dict[str, Any]:
    encoder = {"kind": "conv2d", "depth": 1, "filters": 4, **encoder}
    sizes = {"height": 8, "width": 8, "channels": 1}
    return {"name": "picture", "kind": "image", **sizes, "encoder": encoder}


def series(**encoder: Any) -> dict[str, Any]:
    encoder = {"kind": "lstm", "depth": 1, "units": 8, **encoder}
    return {"name": "series", "kind": "timeseries", "length": 6, "features": 2, "encoder": encoder}


def fused(
    inputs: list[dict[str, Any]], heads: list[dict[str, Any]], kind: str = "concatenate"
) -> Architecture:
    merge = {"name": "fusion", "kind": kind, "sources": [given["name"] for given in inputs]}
    heads = [{"source": "fusion", **head} for head in heads]
    return parse({"inputs": inputs, "merges": [merge], "heads": heads})


BINARY = {"name": "y", "kind": "binary"}
LABEL = {"name": "label", "kind": "binary"}
VECTORS = fused([vector("left"), vector("right")], [BINARY])
WEIGHTED = fused([vector("left"), vector("right")], [{**BINARY, "loss_weight": 0.25}])
DROPPED = fused([vector("left", dropout=0.3), vector("right")], [BINARY])
LACKING = fused(
    [
        {**vector("left"), "missing": "mean", "missing_rate": 0.3},
        {**vector("right"), "missing": "learned", "missing_rate": 0.3},
    ],
    [BINARY],
)
"""Inputs that may be missing, with fillings that training computes and one that it learns."""
TWO_HEADS = fused(
    [vector("left"), vector("right")],
    [
        {"name": "sort", "kind": "multiclass", "classes": 3, "loss_weight": 0.3},
        {**BINARY, "metrics": ["accuracy", "auc"]},
        {"name": "amount", "kind": "regression", "outputs": 2, "loss_weight": 2.0},
    ],
)
IMAGE_SEQUENCE = fused([picture(), series()], [BINARY])
SCALARS = fused([vector("across", 1), vector("up", 1)], [BINARY])
SORTED = fused([vector("across", 1), vector("up", 1)], [{"name": "sort", "kind": "multiclass"}])
WIDE = fused([vector("left", units=30000, depth=2), vector("right")], [BINARY])
SLOW = fused([vector("left", units=4096, depth=4), vector("right")], [BINARY])

LONG: dict[str, Any] = {"epochs": 1000, "samples": 400, "batch_size": 4}
"""Settings of a run that would take tens of seconds, so that a test can stop it."""


def ten_billion() -> Architecture:
    return fused([vector("left", 65536, 65536, depth=2), vector("right", 65536, 20000)], [BINARY])


def request(
    architecture: Architecture = VECTORS, samples: int = 100, **settings: Any
) -> RunRequest:
    return RunRequest.model_validate(
        {
            "architecture": architecture,
            "data": {"relation": {"kind": "additive"}, "samples": samples},
            "settings": Settings(**{"epochs": 3, **settings}),
        }
    )


def seeded(architecture: Architecture, seeds: range, **settings: Any) -> list[RunRequest]:
    """Return requests that differ by the seeds of training and data."""
    asked = [request(architecture, seed=seed, **settings) for seed in seeds]
    return [
        one.model_copy(update={"data": one.data.model_copy(update={"seed": seed})})  # type: ignore[union-attr]
        for one, seed in zip(asked, seeds, strict=True)
    ]


def random_data(architecture: Architecture, samples: int) -> tuple[Arrays, Arrays]:
    rng = np.random.default_rng(5)
    inputs = {
        given.name: rng.normal(size=(samples, *(axis or 1 for axis in given.shape))).astype(
            "float32"
        )
        for given in architecture.inputs
    }
    targets: Arrays = {}
    for head in architecture.heads:
        if head.target == "values":
            targets[head.name] = rng.normal(size=(samples, head.width)).astype("float32")
        else:
            classes = max(2, head.width)
            targets[head.name] = rng.integers(0, classes, (samples, 1)).astype("int32")
    return inputs, targets


@contextmanager
def rows_at(url: str) -> Iterator[Session]:
    """Open a session on a database without its store."""
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def wait_for(store: Store, run_id: str, reached: Callable[[Run], bool]) -> Run:
    wait_until(lambda: reached(store.get(run_id)))
    return store.get(run_id)


def record_events(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the run of each stored event from now on, in the order of storage."""
    recorded: list[str] = []
    append = store.append

    def record(run_id: str, *events: Event) -> None:
        append(run_id, *events)
        recorded.extend(run_id for _ in events)

    monkeypatch.setattr(store, "append", record)
    return recorded


def wait_for_end(store: Store, run_id: str) -> Run:
    return wait_for(store, run_id, lambda run: run.ended)
