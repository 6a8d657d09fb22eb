from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.core.errors import RunError
from components.core.paths import ROOT
from components.keras_host.host import Way
from components.training.child_process import ChildProcesses
from components.training.events import Epoch, Event, Started, Stopped, Surface
from components.training.foreground import train_run
from components.training.limits import Limits
from sample_data.saving import save_npz
from tests.training.support import (
    IMAGE_SEQUENCE,
    LONG,
    SCALARS,
    SLOW,
    VECTORS,
    WIDE,
    random_data,
    request,
    ten_billion,
)
from tests.waiting import PATIENCE_SECONDS
from tests.ways import HOSTS, KILLED, needs_fork


def child_of(children: ChildProcesses) -> psutil.Process:
    (pid,) = children._host.children()
    return psutil.Process(pid)


def gone(process: psutil.Process) -> bool:
    try:
        process.wait(PATIENCE_SECONDS)
    except psutil.TimeoutExpired:
        return False
    return True


def test_a_run_in_a_child_is_the_run_in_this_process(children: ChildProcesses) -> None:
    from components.training.loop import train

    asked = request(epochs=2)
    events: list[Event] = []
    result = children.train(asked, events.append)
    assert result.status == "finished"
    here = train(asked, lambda _: None, lambda: False)
    assert [e.logs for e in result.history] == [e.logs for e in here.history]
    assert (result.parameters, result.message) == (321, "")
    assert [e.kind for e in events if e.kind != "progress"] == [
        "started",
        "epoch",
        "epoch",
        "report",
        "finished",
    ]


def test_the_same_request_gives_the_same_bits_in_another_process(children: ChildProcesses) -> None:
    asked = request(
        IMAGE_SEQUENCE,
        epochs=3,
        batch_size=16,
        seed=5,
        schedule="cosine",
        clip_norm=0.5,
        class_weights="balanced",
        restore_best=True,
    )
    first = children.train(asked, lambda _: None)
    with ChildProcesses() as other:
        again = other.train(asked, lambda _: None)
    assert first.status == "finished"
    assert [e.logs for e in first.history] == [e.logs for e in again.history]
    assert first.report is not None
    assert again.report is not None
    assert first.report.heads == again.report.heads


def test_the_surface_comes_from_the_child(children: ChildProcesses) -> None:
    events: list[Event] = []
    result = children.train(request(SCALARS, epochs=2), events.append)
    assert result.report is not None
    surfaces = [event for event in events if isinstance(event, Surface)]
    assert (surfaces[0].epoch, surfaces[-1].epoch) == (0, 2)


def test_events_come_while_the_run_goes_on_and_gives_way(children: ChildProcesses) -> None:
    running: list[bool] = []
    priorities: list[int] = []

    def report(event: Event) -> None:
        if isinstance(event, Epoch):
            running.append(child_of(children).is_running())
            priorities.append(int(child_of(children).nice()))

    children.train(request(**LONG), report, lambda: bool(running))
    assert running[0]
    assert priorities[0] > int(psutil.Process().nice())


@pytest.mark.both_ways
def test_a_killed_child_is_a_failed_run(children: ChildProcesses) -> None:
    _fails_when(children, psutil.Process.kill, KILLED)
    assert children.train(request(), lambda _: None).status == "finished"


@needs_fork
def test_a_terminated_child_is_a_failed_run(children: ChildProcesses) -> None:
    _fails_when(children, psutil.Process.terminate, "SIGTERM (signal 15)")


def _fails_when(
    children: ChildProcesses, end: Callable[[psutil.Process], None], received: str
) -> None:
    def report(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 2:
            end(child_of(children))

    result = children.train(request(**LONG), report)
    assert result.status == "failed"
    assert f"Received `{received}`. " in result.message
    assert len(result.history) >= 2


@pytest.mark.both_ways
def test_a_child_that_grows_past_the_limit_is_a_failed_run(children: ChildProcesses) -> None:
    limits = Limits(memory=1_200_000_000)
    result = children.train(request(WIDE), lambda _: None, limits=limits)
    assert result.status == "failed"
    assert "A run may take 1.20 GB of memory here." in result.message
    assert "a process with 1." in result.message


@pytest.mark.both_ways
def test_a_run_may_take_only_so_long(children: ChildProcesses) -> None:
    limits = Limits(seconds=1.0)
    result = children.train(request(**LONG), lambda _: None, limits=limits)
    assert result.status == "failed"
    assert "A run may take 1 seconds here." in result.message


@pytest.mark.parametrize("architecture", [VECTORS, SLOW], ids=["short steps", "long steps"])
def test_stop_ends_a_run_long_before_its_last_epoch(
    children: ChildProcesses, architecture: Any
) -> None:
    told: list[Event] = []
    long = request(architecture, epochs=1000, samples=4000, batch_size=4000)
    result = children.train(long, told.append, lambda: bool(told))
    assert isinstance(told[0], Started)
    assert result.status == "stopped"
    assert len(result.history) < long.settings.epochs


@pytest.mark.both_ways
def test_stop_keeps_what_was_reached(children: ChildProcesses) -> None:
    reached: list[Event] = []
    result = children.train(request(**LONG), reached.append, lambda: len(reached) > 5)
    assert result.status == "stopped"
    assert result.history


@pytest.mark.both_ways
def test_a_run_stopped_before_its_child_is_spawned(way: Way) -> None:
    with closing(HOSTS[way]()) as host, ChildProcesses(host) as cold:
        told: list[Event] = []
        assert cold.train(request(), told.append, lambda: True).status == "stopped"
        assert [type(event) for event in told] == [Stopped]


def test_a_fault_of_the_data_is_a_failed_run(children: ChildProcesses, tmp_path: Path) -> None:
    asked = request().model_copy(update={"data": str(tmp_path / "nowhere.npz")})
    result = children.train(asked, lambda _: None)
    assert result.status == "failed"
    assert "nowhere.npz" in result.message


def test_two_runs_at_a_time_do_not_disturb_each_other(children: ChildProcesses) -> None:
    from concurrent.futures import ThreadPoolExecutor

    alone = children.train(request(epochs=2), lambda _: None)
    with ThreadPoolExecutor(2) as pool:
        both = pool.map(
            lambda seed: children.train(request(epochs=2, seed=seed), lambda _: None), (0, 1)
        )
        first, second = both
    assert [e.logs for e in first.history] == [e.logs for e in alone.history]
    assert second.final != first.final


@needs_fork
def test_the_forkserver_is_started_anew_when_it_was_killed(children: ChildProcesses) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, Epoch) and (host := child_of(children).parent()):
            host.kill()

    result = children.train(request(**LONG), kill)
    assert result.status == "interrupted"
    assert "Start the run again" in result.message
    assert children.train(request(epochs=1), lambda _: None).status == "finished"


_PARENT = """
from components.training.child_process import ChildProcesses
from tests.training.support import request
asked = request(epochs=1000, samples=200)
ChildProcesses().train(asked, lambda event: print(event.kind, flush=True))
"""


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


def test_train_run_trains_and_leaves_nothing(tmp_path: Path) -> None:

    inputs, targets = random_data(VECTORS, 30)
    save_npz(tmp_path / "own.npz", {**inputs, **targets})
    before = set(psutil.Process().children(recursive=True))
    asked = request(epochs=2).model_copy(update={"data": str(tmp_path / "own.npz")})
    kinds: list[str] = []
    result = train_run(asked, lambda event: kinds.append(event.kind))
    assert (result.status, len(result.history)) == ("finished", 2)
    assert (kinds[0], kinds[-1]) == ("started", "finished")
    assert set(psutil.Process().children(recursive=True)) <= before


def test_train_run_refuses_what_is_too_large() -> None:
    with pytest.raises(RunError, match="a run that needs"):
        train_run(request(ten_billion()), lambda _: None, limits=Limits(memory=10**9))
