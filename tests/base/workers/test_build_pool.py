"""Build workers: results, failures, and a server without Keras."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest

from components.base.errors import DataError, RunError, ServerError, ShapeError, WorkerError
from components.base.workers import build_pool, needs_keras
from components.base.workers.build_pool import BuildPool, worker_count
from components.base.workers.host import (
    ForkingHost,
    KerasHost,
    SpawningHost,
    Way,
    keras_host,
    way_of_environment,
)
from components.base.workers.needs_keras import Task
from components.base.workers.processes import is_alive
from components.models import imported
from tests.base.workers import tasks
from tests.waiting import wait_until
from tests.ways import HOSTS, needs_fork


@pytest.fixture(scope="module")
def host(way: Way) -> Iterator[KerasHost]:
    with closing(HOSTS[way]()) as host:
        yield host


@pytest.fixture(scope="module")
def started(host: KerasHost) -> Iterator[BuildPool]:
    pool = BuildPool(host, size=2)
    pool.warm_up()
    yield pool
    pool.close()


@pytest.fixture
def pool(started: BuildPool) -> BuildPool:
    """Start two workers, which run what needs Keras."""
    needs_keras.use(started)
    return started


@pytest.mark.both_ways
def test_a_task_runs_in_a_process_that_has_keras(pool: BuildPool) -> None:
    process, has_keras = tasks.process()
    assert process in pool.processes()
    assert has_keras


def test_without_workers_a_task_runs_here() -> None:
    assert tasks.process()[0] == os.getpid()


@pytest.mark.both_ways
def test_an_error_arrives_whole(pool: BuildPool) -> None:
    with pytest.raises(ShapeError) as caught:
        tasks.mismatch()
    assert caught.value.rule == "Widths must be equal."
    assert caught.value.where == ("merges", 0)
    assert caught.value.culprits == ("a",)


def test_a_fault_is_a_sentence_and_the_worker_goes_on(pool: BuildPool) -> None:
    before = pool.processes()
    with pytest.raises(RunError, match="ZeroDivisionError: nothing to divide by"):
        tasks.broken()
    assert pool.processes() == before


def test_an_error_arrives_without_the_one_before_it(pool: BuildPool) -> None:
    before = pool.processes()
    with pytest.raises(DataError, match="The table can't be read"):
        tasks.explained()
    assert pool.processes() == before


def test_a_result_that_cannot_be_sent_is_a_sentence_and_the_worker_goes_on(
    pool: BuildPool,
) -> None:
    before = pool.processes()
    with pytest.raises(RunError, match="This model could not be built"):
        tasks.result_that_cannot_be_sent()
    assert pool.processes() == before


def test_a_result_that_cannot_be_read_is_not_the_end_of_its_worker(pool: BuildPool) -> None:
    with pytest.raises(RunError, match=r"can't be read \(ValueError"):
        tasks.result_that_cannot_be_read()
    assert tasks.process()[1]


def test_a_hostile_model_file_leaves_its_worker_alive(pool: BuildPool) -> None:
    """Leave layers with giant arrays or with thousands of cells unbuilt and unknown."""
    cells = [{"class_name": "LSTMCell", "config": {"units": 3}}] * 3000
    wide = {"name": "n", "batch_input_shape": [None, 2**20, 2**20]}
    before = pool.processes()
    for kind, config in (
        ("Normalization", {**wide, "axis": [1, 2]}),
        ("StackedRNNCells", {**wide, "cells": cells}),
    ):
        layers = [{"class_name": kind, "config": config}]
        found = imported.read(json.dumps({"class_name": "Sequential", "config": layers}))
        assert [node.layer for node in found.uncounted] == [kind]
    assert pool.processes() == before


@pytest.mark.both_ways
@pytest.mark.parametrize("hang", [tasks.compute_forever, tasks.wait_forever])
def test_a_worker_that_hangs_is_replaced(pool: BuildPool, hang: Callable[[], None]) -> None:
    before = pool.processes()
    with pytest.raises(WorkerError, match=r"more than 0\.2 seconds"):
        hang()
    _works_again(pool, before)


@pytest.mark.both_ways
@pytest.mark.parametrize("ending", [lambda: tasks.end(3), tasks.be_killed], ids=["exit", "kill"])
def test_a_worker_that_ends_fails_its_task_only(
    pool: BuildPool, ending: Callable[[], None]
) -> None:
    before = pool.processes()
    with pytest.raises(RunError, match=r"a process that (exited with code|ended)"):
        ending()
    _works_again(pool, before)


@needs_fork
@pytest.mark.matrix
def test_a_worker_that_ends_with_the_forkserver_fails_its_task() -> None:
    with closing(HOSTS["fork"]()) as host, BuildPool(host, size=1) as alone:
        needs_keras.use(alone)
        with pytest.raises(RunError, match=r"\(a process that ended\)"):
            tasks.kill_parent()
        assert tasks.process()[1]


@pytest.mark.both_ways
def test_workers_that_were_killed_while_they_were_idle_fail_no_task(pool: BuildPool) -> None:
    pool.warm_up()
    before = pool.processes()
    _kill(*before)
    assert all(has_keras for _, has_keras in needs_keras.side_by_side(tasks.process, range(4)))
    assert not set(before) & set(pool.processes())


def _kill(*processes: int) -> None:
    for process in processes:
        psutil.Process(process).kill()
    wait_until(lambda: not any(map(is_alive, processes)))


def _works_again(pool: BuildPool, before: list[int]) -> None:
    left = [process for process in before if process in pool.processes()]
    assert len(left) == 1
    assert all(has_keras for _, has_keras in needs_keras.side_by_side(tasks.process, range(8)))
    wait_until(lambda: not any(psutil.pid_exists(p) for p in before if p not in left))


@pytest.mark.both_ways
def test_a_worker_that_has_grown_is_replaced_after_its_answer(
    pool: BuildPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_pool, "GROWTH", 40_000_000)
    process = tasks.grow(80_000_000)
    assert process not in pool.processes()
    assert tasks.process()[1]


def test_a_worker_that_exceeds_the_memory_of_its_task_is_ended(pool: BuildPool) -> None:
    before = pool.processes()
    with pytest.raises(WorkerError, match="of memory"):
        tasks.exceed_memory()
    _works_again(pool, before)


def test_a_task_says_itself_that_it_was_too_much(pool: BuildPool) -> None:
    with pytest.raises(DataError, match=r"The file is too much \(a process that exited .* 3\)"):
        tasks.exit_midway()
    assert tasks.process()[1]


@pytest.mark.both_ways
def test_tasks_run_side_by_side(pool: BuildPool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(tasks.meet, str(tmp_path), "one", "other")
        other = threads.submit(tasks.meet, str(tmp_path), "other", "one")
        assert one.result()
        assert other.result()


def test_tasks_in_the_background_come_last(host: KerasHost, tmp_path: Path) -> None:
    """Queue two in the background before another one; all wait for the only worker."""
    names = tmp_path / "names"
    with BuildPool(host, size=1) as pool, ThreadPoolExecutor(3) as threads:
        needs_keras.use(pool)
        tasks.process()
        threads.submit(tasks.meet, str(tmp_path), "one", "other")
        wait_until((tmp_path / "one").exists)
        sign = partial(tasks.sign, str(names))
        threads.submit(needs_keras.side_by_side, sign, ["later", "last"])
        _waiting(pool, 1)
        threads.submit(sign, "first")
        _waiting(pool, 2)
        (tmp_path / "other").touch()
    assert names.read_text(encoding="utf-8").split() == ["first", "later", "last"]


def _waiting(pool: BuildPool, count: int) -> None:
    """Wait until that many threads wait for a worker. Nothing else shows it."""
    wait_until(lambda: len(pool._free._waiters) == count)  # type: ignore[attr-defined]


def _held_by(pool: BuildPool, visitor: str, folder: Path, name: str) -> int:
    """Run a long task for a visitor until its file is removed; return its process."""
    task = Task(tasks.__name__, "hold", (str(folder), name), {}, tasks.LONG, visitor)
    return int(pool.run(task))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_long_tasks_leave_a_worker_to_short_ones(
    host: KerasHost, tmp_path: Path, size: int
) -> None:
    """Finish short tasks while long ones of several visitors are held open."""
    with BuildPool(host, size=size) as pool, ThreadPoolExecutor(3) as threads:
        needs_keras.use(pool)
        held = [
            threads.submit(_held_by, pool, name, tmp_path, name) for name in ("ann", "ben", "cem")
        ]
        open_at_once = max(1, size - 1)
        wait_until(lambda: len([*tmp_path.iterdir()]) == open_at_once)
        _waiting(pool, 3 - open_at_once)
        short = {tasks.process()[0] for _ in range(4)}
        assert len([*tmp_path.iterdir()]) == open_at_once

        def all_end() -> bool:
            for file in tmp_path.iterdir():
                file.unlink()
            return all(each.done() for each in held)

        wait_until(all_end)
        assert not short & {each.result() for each in held}
        assert len(pool.processes()) <= size


def test_a_second_long_task_of_a_visitor_waits_and_lets_others_pass(
    host: KerasHost, tmp_path: Path
) -> None:
    with BuildPool(host, size=3) as pool, ThreadPoolExecutor(3) as threads:
        first = threads.submit(_held_by, pool, "ann", tmp_path, "first")
        wait_until((tmp_path / "first").exists)
        second = threads.submit(_held_by, pool, "ann", tmp_path, "second")
        _waiting(pool, 1)
        other = threads.submit(_held_by, pool, "ben", tmp_path, "other")
        wait_until((tmp_path / "other").exists)
        (tmp_path / "other").unlink()
        assert other.result()
        assert not (tmp_path / "second").exists()
        (tmp_path / "first").unlink()
        assert first.result()
        wait_until((tmp_path / "second").exists)
        (tmp_path / "second").unlink()
        assert second.result()


def test_a_long_task_whose_turn_never_comes_gets_a_sentence(
    host: KerasHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BuildPool(host, size=2) as pool, ThreadPoolExecutor(1) as threads:
        first = threads.submit(_held_by, pool, "ann", tmp_path, "first")
        wait_until((tmp_path / "first").exists)
        with monkeypatch.context() as patch:
            patch.setattr(build_pool, "WAIT_SECONDS", 0.0)
            with pytest.raises(ServerError, match="other large files and models"):
                _held_by(pool, "ben", tmp_path, "second")
        (tmp_path / "first").unlink()
        assert first.result()
        assert not (tmp_path / "second").exists()


def test_a_session_comes_back_to_its_worker(pool: BuildPool) -> None:
    processes = set()
    for name in ("a", "b", "c", "d", "e", "f"):
        token = needs_keras.session.set(name)
        processes.add(tasks.process()[0])
        assert len({tasks.process()[0] for _ in range(4)}) == 1
        needs_keras.session.reset(token)
    assert processes <= set(pool.processes())


@needs_fork
@pytest.mark.matrix
def test_the_host_is_started_anew_when_it_was_killed(pool: BuildPool) -> None:
    pool.warm_up()
    host = psutil.Process(pool.processes()[0]).parent()
    assert host is not None
    host.kill()
    wait_until(lambda: not any(psutil.pid_exists(process) for process in pool.processes()))
    assert all(has_keras for _, has_keras in needs_keras.side_by_side(tasks.process, range(4)))


def test_the_owner_of_a_server_sets_how_many_workers_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FUSION_BUILDERS", raising=False)
    assert worker_count() == (os.cpu_count() or 1)
    monkeypatch.setenv("FUSION_BUILDERS", "3")
    assert worker_count() == 3


@pytest.mark.parametrize(
    ("platform", "value", "found"),
    [
        ("linux", None, "fork"),
        ("darwin", None, "spawn"),
        ("win32", None, "spawn"),
        ("linux", "spawn", "spawn"),
        ("linux", "thread", "can only be `fork` or `spawn` here"),
        ("win32", "fork", "can only be `spawn` here"),
    ],
)
def test_only_linux_forks_unless_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, platform: str, value: str | None, found: str
) -> None:
    monkeypatch.delenv("FUSION_CHILDREN", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    if value:
        monkeypatch.setenv("FUSION_CHILDREN", value)
    if "can only" in found:
        with pytest.raises(RunError, match=f"FUSION_CHILDREN {found}"):
            way_of_environment()
        return
    assert way_of_environment() == found
    assert type(keras_host()) is {"fork": ForkingHost, "spawn": SpawningHost}[found]
