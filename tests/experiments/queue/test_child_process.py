from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from components.base.errors import RunError
from components.base.paths import ROOT
from components.base.workers.host import Way
from components.experiments.queue import child
from components.experiments.queue.child import train_group
from components.experiments.queue.without_server import train_run
from components.experiments.training.control import RunControl
from components.experiments.training.events import (
    End,
    Epoch,
    Event,
    Outcome,
    Report,
    Started,
    Stopped,
    Surface,
)
from components.experiments.training.limits import Limits
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture
from tests.experiments.queue.backends import training_host
from tests.experiments.training.support import (
    IMAGE_SEQUENCE,
    LONG,
    SCALARS,
    SLOW,
    VECTORS,
    WIDE,
    request,
    results_of,
    seeded,
    ten_billion,
    train,
)
from tests.waiting import PATIENCE_SECONDS
from tests.ways import HOSTS, KILLED, needs_fork

Train = Callable[..., None]


def train_in_child(
    children: Train,
    asked: RunRequest,
    send: Callable[[Event], None],
    **more: Any,
) -> Outcome:
    """Train one run in a child."""
    (result,) = results_of(children, [asked], lambda _, event: send(event), **more)
    return result


def child_of(way: Way) -> psutil.Process:
    (pid,) = training_host(way).children()
    return psutil.Process(pid)


def gone(process: psutil.Process) -> bool:
    try:
        process.wait(PATIENCE_SECONDS)
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.parametrize("architecture", [SCALARS, IMAGE_SEQUENCE], ids=["drawn", "not drawn"])
def test_a_run_in_a_child_is_identical_to_one_in_this_process(
    children: Train, architecture: Architecture
) -> None:
    asked = request(
        architecture,
        epochs=3,
        batch_size=16,
        seed=5,
        schedule="cosine",
        clip_norm=0.5,
        class_weights="balanced",
        restore_best=True,
    )
    events: list[Event] = []
    result = train_in_child(children, asked, events.append)
    here = train(asked, lambda _: None, lambda: False)
    assert (result.status, result.message) == ("finished", here.message)
    assert [e.logs for e in result.history] == [e.logs for e in here.history]
    assert result.parameters == here.parameters
    assert result.report is not None
    assert here.report is not None
    assert result.report.heads == here.report.heads
    kinds = [e.kind for e in events if e.kind not in ("progress", "surface")]
    assert kinds == ["started", "epoch", "epoch", "epoch", "report", "finished"]
    drawn = [event.epoch for event in events if isinstance(event, Surface)]
    assert (drawn[:1], drawn[-1:]) == (([0], [3]) if architecture is SCALARS else ([], []))


@pytest.mark.both_ways
def test_events_arrive_while_the_run_continues_at_low_priority_until_it_is_stopped(
    children: Train, way: Way
) -> None:
    running: list[bool] = []
    priorities: list[int] = []
    control = RunControl()

    def report(event: Event) -> None:
        if isinstance(event, Epoch) and not running:
            priorities.append(int(child_of(way).nice()))
            running.append(child_of(way).is_running())
            control.stopped = True

    result = train_in_child(children, request(**LONG), report, control=control)
    assert running == [True]
    # If the tests have a low priority themselves, a child's can hardly be lower.
    assert priorities[0] > min(9, int(psutil.Process().nice()))
    assert result.status == "stopped"
    assert 0 < len(result.history) < LONG["epochs"]


def test_a_child_that_dies_while_it_inspects_has_finished_its_run(
    children: Train, way: Way
) -> None:
    def report(event: Event) -> None:
        if isinstance(event, Report):
            child_of(way).kill()

    result = train_in_child(children, request().inspected(), report)
    assert (result.status, result.message) == ("finished", "")
    assert result.report is not None


@pytest.mark.both_ways
def test_a_child_that_grows_past_the_limit_is_a_failed_run(children: Train) -> None:
    limits = Limits(memory=1_200_000_000)
    result = train_in_child(children, request(WIDE), lambda _: None, limits=limits)
    assert result.status == "failed"
    assert "This run took 1." in result.message
    assert "GB of memory, and a run may take 1.20 GB here." in result.message


@pytest.mark.matrix
def test_stop_ends_a_run_in_the_middle_of_a_long_step(children: Train) -> None:
    told: list[Event] = []
    long = request(SLOW, epochs=1000, samples=4000, batch_size=4000)
    control = RunControl(is_cancelled=lambda: bool(told))
    result = train_in_child(children, long, told.append, control=control)
    assert isinstance(told[0], Started)
    assert result.status == "stopped"
    assert len(result.history) < long.settings.epochs


@pytest.mark.both_ways
def test_a_run_stopped_before_its_child_is_spawned(way: Way) -> None:
    with closing(HOSTS[way]()) as host:
        told: list[Event] = []
        asked = iter([False])
        control = RunControl(is_cancelled=lambda: next(asked, True))
        train = partial(train_group, host)
        result = train_in_child(train, request(), told.append, control=control)
        assert (result.status, result.message) == ("stopped", "")
        assert [type(event) for event in told] == [Stopped]


_PARENT = """
from components.base.workers.host import keras_host
from components.experiments.queue.child import train_group
from components.base.workers.preloads import PRELOADS
from components.experiments.training.control import Work
from tests.experiments.training.support import request
work, host = Work([request(epochs=1000, samples=200)]), keras_host(*PRELOADS)
train_group(host, work, lambda _, event: print(event.kind, flush=True))
"""


@pytest.mark.matrix
@pytest.mark.both_ways
def test_no_child_outlives_a_killed_parent(way: Way) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FUSION_CHILDREN": way},
    )
    assert parent.stdout is not None
    while parent.stdout.readline().strip() != "epoch":
        assert parent.poll() is None
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) == (2 if way == "fork" else 1)
    parent.kill()
    parent.wait()
    assert all(gone(process) for process in family)


def test_train_run_refuses_what_is_too_large() -> None:
    with pytest.raises(RunError, match="This run needs"):
        train_run(request(ten_billion()), lambda _: None)


def test_a_group_trains_in_one_child(children: Train, way: Way, tmp_path: Path) -> None:
    pids: set[int] = set()

    def report(place: int, event: Event) -> None:
        pids.update(training_host(way).children())

    asked = seeded(VECTORS, range(3), epochs=2)
    saves = [SaveOptions(str(tmp_path / "first.keras"), 10**9), None, None]
    results = results_of(children, asked, report, saves=saves)
    assert len(pids) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["first.keras"]
    assert [result.status for result in results] == ["finished"] * 3


@pytest.mark.both_ways
@pytest.mark.parametrize(
    ("end", "status", "why"),
    [
        (psutil.Process.kill, "failed", f"({KILLED}). "),
        pytest.param(
            psutil.Process.terminate,
            "failed",
            "(SIGTERM, signal 15). ",
            marks=[needs_fork, pytest.mark.matrix],
        ),
        pytest.param(
            lambda child: child.parents()[0].kill(),
            "interrupted",
            "The process that starts runs has ended. Start the run again",
            marks=[needs_fork, pytest.mark.matrix],
        ),
    ],
    ids=["kill", "terminate", "kill the forkserver"],
)
def test_the_end_of_a_child_ends_its_current_run(
    children: Train, way: Way, end: Callable[[psutil.Process], None], status: str, why: str
) -> None:
    if status == "interrupted" and way == "spawn":
        pytest.skip("There is no forkserver.")
    first, *others = seeded(VECTORS, range(3), epochs=1)
    ends: list[tuple[int, str]] = []

    def report(place: int, event: Event) -> None:
        if isinstance(event, Epoch) and place == 1 and event.epoch == 2:
            end(child_of(way))
        if isinstance(event, End):
            ends.append((place, event.kind))

    results = results_of(children, [first, request(**LONG), *others], report)
    expected = ["finished", status, "finished", "finished"]
    assert [result.status for result in results] == expected
    assert ends == list(enumerate(expected))
    assert why in results[1].message
    assert len(results[1].history) >= 2


def test_each_run_may_take_as_long_as_one(children: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monotonic, epochs = time.monotonic, []

    def report(place: int, event: Event) -> None:
        if isinstance(event, Epoch):
            epochs.append(event)

    clock = SimpleNamespace(monotonic=lambda: monotonic() + 6000 * len(epochs))
    monkeypatch.setattr(child, "time", clock)  # No other code reads this clock.
    asked = [request(**LONG), request(epochs=1, samples=50)]
    results = results_of(children, asked, report, limits=Limits(seconds=10_000))
    assert [result.status for result in results] == ["failed", "finished"]
    assert "and a run may take 10000 here." in results[0].message
