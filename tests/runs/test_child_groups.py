from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from components.keras_host.host import Way
from components.runs import child
from components.runs.child import ChildProcesses
from components.runs.foreground import train_groups
from components.training.events import Epoch, Event
from components.training.limits import Limits
from components.training.loop import train
from components.training.models import SaveOptions
from tests.runs.backends import training_host
from tests.training.support import LONG, VECTORS, request, seeded, ten_billion
from tests.ways import KILLED, needs_fork


def test_a_group_trains_in_one_child(children: ChildProcesses, way: Way, tmp_path: Path) -> None:
    pids: set[int] = set()

    def report(place: int, event: Event) -> None:
        pids.update(training_host(way).children())

    asked = seeded(VECTORS, range(3), epochs=2)
    saves = [SaveOptions(str(tmp_path / "first.keras"), 10**9), None, None]
    results = children.train_group(asked, report, saves=saves)
    assert len(pids) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["first.keras"]
    for one, result in zip(asked, results, strict=True):
        alone = train(one, lambda _: None, lambda: False)
        assert [e.logs for e in result.history] == [e.logs for e in alone.history]


@pytest.mark.parametrize(
    ("killed", "status", "why"),
    [
        ("child", "failed", KILLED),
        pytest.param("forkserver", "interrupted", "a closed connection", marks=needs_fork),
    ],
)
def test_what_ends_a_child_ends_the_run_it_is_at(
    children: ChildProcesses, way: Way, killed: str, status: str, why: str
) -> None:
    first, *others = seeded(VECTORS, range(3), epochs=1)
    ends: list[tuple[int, str]] = []

    def report(place: int, event: Event) -> None:
        if isinstance(event, Epoch) and place == 1 and event.epoch == 2:
            child = psutil.Process(*training_host(way).children())
            (child if killed == "child" else child.parents()[0]).kill()
        if event.kind in ("finished", "failed", "interrupted", "stopped"):
            ends.append((place, event.kind))

    results = children.train_group([first, request(**LONG), *others], report)
    expected = ["finished", status, "finished", "finished"]
    assert [result.status for result in results] == expected
    assert ends == list(enumerate(expected))
    assert why in results[1].message
    assert ("Start the run again" in results[1].message) == (status == "interrupted")
    assert len(results[1].history) >= 2


def test_each_run_may_take_as_long_as_one(
    children: ChildProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monotonic, epochs = time.monotonic, []

    def report(place: int, event: Event) -> None:
        if isinstance(event, Epoch):
            epochs.append(event)

    clock = SimpleNamespace(monotonic=lambda: monotonic() + 6000 * len(epochs))
    monkeypatch.setattr(child, "time", clock)  # Nobody else reads this clock.
    asked = [request(**LONG), request(epochs=1, samples=50)]
    results = children.train_group(asked, report, limits=Limits(seconds=10_000))
    assert [result.status for result in results] == ["failed", "finished"]
    assert "A run may take 10000 seconds here." in results[0].message


def test_stop_ends_a_group(children: ChildProcesses) -> None:
    told: list[tuple[int, Event]] = []

    def stop() -> bool:
        return any(isinstance(event, Epoch) for _, event in told)

    asked = seeded(VECTORS, range(3), **LONG)
    results = children.train_group(asked, lambda place, event: told.append((place, event)), stop)
    assert [result.status for result in results] == ["stopped"] * 3
    assert results[0].history
    assert not results[1].history
    assert results[2].message == "Stopped before it started."


def test_groups_here_are_told_by_digest() -> None:
    left, right = seeded(VECTORS, range(2), epochs=2), seeded(VECTORS, range(2), epochs=1)
    huge = request(ten_billion())
    told: dict[str, list[str]] = {}

    def report(digest: str, event: Event) -> None:
        told.setdefault(digest, []).append(event.kind)

    results = train_groups([left, [huge, *right]], report, workers=2)
    assert list(results) == [one.digest for one in (*left, huge, *right)]
    assert [len(results[one.digest].history) for one in (*left, huge, *right)] == [2, 2, 0, 1, 1]
    alone = train(left[0], lambda _: None, lambda: False)
    assert results[left[0].digest].final == alone.final
    assert results[huge.digest].status == "failed"
    assert "a run that needs" in results[huge.digest].message
    assert told.keys() == results.keys()
    assert all(kinds[-1] == results[digest].status for digest, kinds in told.items())
