from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine, text

from components.base import clock
from components.base.database.database import remove_old
from components.base.errors import RunError
from components.base.paths import ROOT
from components.experiments.queue import artifacts, live_servers
from components.experiments.queue.run import LONGEST_NAME
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.events import (
    Epoch,
    Failed,
    Finished,
    Interrupted,
    Progress,
    Started,
    Stopped,
)
from tests.experiments.training.support import TWO_HEADS, request
from tests.experiments.training.test_events import REPORT, SURFACE
from tests.postgres import both_databases
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.clock

STARTED = Started(parameters=321)


def epoch(number: int, loss: float = 0.5) -> Epoch:
    return Epoch(epoch=number, logs={"loss": loss, "y/loss": loss}, seconds=0.25)


def url(path: Path) -> str:
    return f"sqlite:///{path / 'runs.sqlite'}"


@both_databases
def test_a_run_is_stored_as_requested(store: Store) -> None:
    asked, before = request(TWO_HEADS, epochs=3, seed=9), clock.now()
    run = store.get(store.create(asked, owner="ada", name="  first   try "))
    assert (run.status, run.name, run.owner, run.epochs) == ("queued", "first try", "ada", 3)
    assert run.request == asked
    assert run.digest == asked.digest
    assert run.architecture == asked.architecture.data()
    assert run.settings["seed"] == 9
    assert not run.ended
    assert before <= run.created.timestamp() <= clock.now()


@both_databases
def test_events_change_the_run(store: Store) -> None:
    run_id = store.create(request())
    store.append(run_id, STARTED)
    run = store.get(run_id)
    assert (run.status, run.parameters) == ("running", 321)
    assert run.started is not None
    store.append(run_id, Progress(epoch=1, fraction=0.5, loss=0.7))
    assert store.get(run_id).progress == Progress(epoch=1, fraction=0.5, loss=0.7)
    store.append(run_id, epoch(1), epoch(2))
    assert store.get(run_id).progress is None
    store.append(run_id, Finished(seconds=2.0, message="Ended early."))
    run = store.get(run_id)
    assert (run.status, run.seconds, run.message) == ("finished", 2.0, "Ended early.")
    assert run.ended


@both_databases
def test_nothing_comes_after_the_end_or_twice_or_of_a_run_that_is_gone(store: Store) -> None:
    run_id = store.create(request())
    store.append(run_id, epoch(1), epoch(1), Stopped(seconds=1.0))
    store.append(run_id, epoch(2), Failed(message="Too late."))
    store.append("nobody", STARTED, epoch(1))
    assert [(run.id, run.status) for run in store.list()] == [(run_id, "stopped")]
    assert store.points(run_id) == (epoch(1),)


@both_databases
def test_runs_are_listed_newest_first_and_by_filters(store: Store) -> None:
    ids = [store.create(request(), owner=owner) for owner in ("ada", "bob", "ada")]
    swept = store.create(request(), sweep="abc")
    store.append(ids[1], Finished(seconds=1.0))
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ids[::-1]),
        ({"owner": "ada"}, [ids[2], ids[0]]),
        ({"limit": 1}, [ids[2]]),
        ({"statuses": ("finished",)}, [ids[1]]),
        ({"sweeps": True}, [swept, *ids[::-1]]),
    ]
    for choice, found in wanted:
        assert [run.id for run in store.list(**choice)] == found
    assert store.get(swept).sweep == "abc"


@both_databases
def test_a_run_is_renamed_and_pinned(store: Store) -> None:
    run_id, other = store.create(request()), store.create(request())
    store.rename(run_id, "gated, second try")
    assert store.get(run_id).name == "gated, second try"
    store.pin(run_id)
    assert [store.get(each).pinned for each in (run_id, other)] == [True, False]
    store.pin(run_id, False)
    assert not store.get(run_id).pinned
    for wrong in ("", "   ", "x" * 81):
        with pytest.raises(RunError, match="1 to 80 characters"):
            store.rename(run_id, wrong)


@both_databases
def test_a_run_keeps_a_note_of_one_line(store: Store) -> None:
    run_id = store.create(request())
    store.annotate(run_id, "  too\n slow ")
    assert store.get(run_id).note == "too slow"
    with pytest.raises(RunError, match="more than 200 characters"):
        store.annotate(run_id, "x" * 201)
    store.annotate(run_id, "")
    assert store.get(run_id).note == ""


@both_databases
def test_a_deleted_run_is_gone_until_its_owner_brings_it_back(store: Store) -> None:
    run_id = store.create(request(), owner="ada")
    with pytest.raises(RunError, match="Stop it first"):
        store.delete(run_id)
    store.append(run_id, epoch(1), REPORT, Finished(seconds=1.0))
    run, digest = store.get(run_id), request().digest
    store.delete(run_id)
    for act in (store.get, store.delete, store.pin):
        with pytest.raises(RunError, match="There is no run"):
            act(run_id)
    assert (store.latest([digest]), store.list(), store.report(run_id)) == ({}, (), None)
    with pytest.raises(RunError, match="There is no run"):
        store.restore(run_id, "bob")
    remove_old(store.database)
    store.restore(run_id, "ada")
    assert store.latest([digest]) == {digest: run}
    assert store.points(run_id) == (epoch(1),)
    assert store.report(run_id) == REPORT
    store.delete(run_id)
    store.vacuum()
    with pytest.raises(RunError, match="There is no run"):
        store.restore(run_id, "ada")


@both_databases
def test_an_unknown_run_is_named_with_a_near_one(store: Store) -> None:
    run_id = store.create(request())
    near = f"{run_id[:-1]}x"
    with pytest.raises(RunError, match=f"no run {near}. Did you mean `{run_id}`"):
        store.get(near)
    for act in (store.delete, store.pin, lambda name: store.rename(name, "new")):
        with pytest.raises(RunError, match="There is no run"):
            act("nobody")


@both_databases
def test_the_history_is_written_as_csv(store: Store) -> None:
    run_id = store.create(request())
    store.append(run_id, epoch(1), Epoch(epoch=2, logs={"loss": 0.25, "val_loss": 1.0}, seconds=1))
    assert artifacts.csv_history(store.points(run_id)) == (
        "epoch,seconds,loss,y/loss,val_loss\n1,0.25,0.5,0.5,\n2,1.0,0.25,,1.0\n"
    )


def test_pages_may_read_the_file_while_a_run_is_written(store: Store, tmp_path: Path) -> None:
    with create_engine(url(tmp_path)).connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


@both_databases
def test_runs_of_a_service_that_died_are_interrupted(store: Store) -> None:
    store.services.register("living")
    theirs, mine, done = (
        store.create(request(), service=service) for service in ("dead", "living", "dead")
    )
    store.append(done, Finished(seconds=1.0))
    store.append(theirs, STARTED, epoch(1))
    assert store.mark_interrupted() == (theirs,)
    run = store.get(theirs)
    assert run.status == "interrupted"
    assert "Start the run again" in run.message
    assert store.points(theirs) == (epoch(1),)
    assert store.get(mine).status == "queued"
    assert store.get(done).status == "finished"
    store.services.unregister("living")
    assert store.mark_interrupted() == ()
    assert store.queue.take("living", 9) == (mine,)
    assert store.mark_interrupted() == (mine,)


_OTHER = """
import sys
from components.experiments.queue.store import Store
from tests.experiments.training.support import request
store = Store(sys.argv[1])
store.services.register("other")
run_id = store.create(request(), service="other")
store.queue.take("other", 9)
print(run_id, flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_interrupted_runs_and_a_living_one_does_not(tmp_path: Path) -> None:
    store = Store(url(tmp_path))
    other = _process(_OTHER, url(tmp_path))
    assert other.stdout is not None
    run_id = other.stdout.readline().strip()
    assert store.mark_interrupted() == ()
    other.kill()
    other.wait()
    assert store.mark_interrupted() == (run_id,)


class FarService:
    """Service on another host, and the clock of the service that watches it."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store, self.now = store, 1000.0
        with monkeypatch.context() as there:
            there.setattr("components.experiments.queue.live_servers.host_key", lambda: "elsewhere")
            store.services.register("far")
        self.run_id = store.create(request())
        assert store.queue.take("far", 9) == (self.run_id,)
        clock = SimpleNamespace(monotonic=lambda: self.now)
        # A service of this host counts as alive by its process, not by this clock.
        monkeypatch.setattr(live_servers, "time", clock)

    def dead_after(self, seconds: int, beats: bool) -> bool:
        """Return `True` if the service counts as dead after this time with or without
        heartbeats.
        """
        for _ in range(seconds):
            self.now += 1
            if beats:
                self._store.services.beat("far", 4)
            if self._store.mark_interrupted() == (self.run_id,):
                return True
        return False


@pytest.fixture
def far(store: Store, monkeypatch: pytest.MonkeyPatch) -> FarService:
    return FarService(store, monkeypatch)


@both_databases
def test_a_silent_service_of_another_host_counts_as_dead(far: FarService, store: Store) -> None:
    assert not far.dead_after(60, beats=True)
    assert not far.dead_after(10, beats=False)
    assert far.dead_after(10, beats=False)
    assert store.services.count_slots() == 1, "its slots are not counted any more"


@pytest.mark.parametrize("step", [-1e6, 1e6])
@both_databases
def test_a_step_of_the_clock_kills_no_service(
    far: FarService, store: Store, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    store.services.register("here")
    now, boot = clock.file_now(), psutil.boot_time()
    assert not far.dead_after(5, beats=True)
    monkeypatch.setattr("time.time", lambda: now + step)
    # No thread uses psutil: there is a store, but no service.
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: boot + step)
    assert not far.dead_after(5, beats=True)
    assert "here" in store.services.alive()


@both_databases
def test_no_service_counts_as_dead_after_a_time_without_checks(far: FarService) -> None:
    assert not far.dead_after(5, beats=True)
    far.now += 3600
    assert not far.dead_after(10, beats=False)
    assert far.dead_after(10, beats=False)


@both_databases
def test_a_service_that_counted_as_dead_comes_back(store: Store) -> None:
    store.services.beat("back", 3)
    assert store.services.alive() == ["back"]
    assert store.services.count_slots() == 3


_WRITER = """
import sys
from components.base.database import database
from components.experiments.training.events import Epoch
from components.experiments.queue.store import Store
from tests.waiting import PATIENCE_SECONDS
database.BUSY_SECONDS = PATIENCE_SECONDS
store = Store(sys.argv[1])
for number in range(1, 41):
    store.append(sys.argv[2], Epoch(epoch=number, logs={"loss": 1.0}, seconds=0.1))
"""


def test_writers_in_threads_and_processes_do_not_lose_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Allow for a busy machine, on which a writer waits long for the others."""
    monkeypatch.setattr("components.base.database.database.BUSY_SECONDS", PATIENCE_SECONDS)
    store = Store(url(tmp_path))
    first, *rest = ids = [store.create(request()) for _ in range(5)]
    other = _process(_WRITER, url(tmp_path), first)
    threads = [threading.Thread(target=_write, args=(store, run_id)) for run_id in rest]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait(PATIENCE_SECONDS) == 0
    assert [len(store.points(run_id)) for run_id in ids] == [40] * 5


def _write(store: Store, run_id: str) -> None:
    for number in range(1, 41):
        store.append(run_id, Progress(epoch=number, fraction=0.5, loss=1.0), epoch(number))
        store.points(run_id)


def _process(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@both_databases
def test_a_report_and_the_latest_surface_are_kept(store: Store) -> None:
    run_id = store.create(request())
    assert (store.report(run_id), store.surface(run_id)) == (None, None)
    later = SURFACE.model_copy(update={"epoch": 2.0})
    store.append(run_id, STARTED, SURFACE, epoch(1), later)
    assert store.surface(run_id) == later
    assert store.get(run_id).status == "running"
    store.append(run_id, REPORT, Finished(seconds=1.0))
    assert store.report(run_id) == REPORT
    store.delete(run_id)
    assert (store.report(run_id), store.surface(run_id)) == (None, None)


@both_databases
def test_the_most_complete_run_is_found_by_digest(store: Store) -> None:
    first, second, third = (request(seed=seed) for seed in range(3))
    ended, failed = store.create(first), store.create(second)
    running, queued = store.create(first), store.create(second)
    store.append(ended, epoch(1), Finished(seconds=1.0))
    store.append(running, STARTED)
    store.append(failed, Failed(message="No."))
    found = store.latest([first.digest, second.digest, third.digest])
    assert {digest: run.id for digest, run in found.items()} == {
        first.digest: ended,
        second.digest: queued,
    }
    assert found[first.digest] == store.get(ended)
    again = store.create(second)
    store.append(again, Stopped(seconds=0.0))
    store.append(queued, Interrupted(message="Gone."))
    assert store.latest([second.digest])[second.digest].id == again
    assert store.latest([]) == {}


@both_databases
def test_many_histories_and_reports_are_those_of_each_run(store: Store) -> None:
    told, silent = store.create(request()), store.create(request(seed=1))
    store.append(told, epoch(2), epoch(1), epoch(10), REPORT, Finished(seconds=1.0))
    assert store.histories([told, silent, told]) == {told: store.points(told)}
    assert [point.epoch for point in store.points(told)] == [1, 2, 10]
    assert store.reports([told, silent, "nobody"]) == {told: REPORT}


@both_databases
def test_more_runs_are_requested_than_fit_into_a_query(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.base.database.database.QUERY_VALUES", 2)
    asked = [request(seed=seed) for seed in range(5)]
    ids = [store.create(one) for one in asked]
    for run_id in ids:
        store.append(run_id, epoch(1))
    found = store.latest(one.digest for one in asked)
    assert {digest: run.id for digest, run in found.items()} == {
        one.digest: run_id for one, run_id in zip(asked, ids, strict=True)
    }
    assert store.histories(ids).keys() == set(ids)


@both_databases
def test_a_sweep_is_stored_as_requested(store: Store) -> None:
    one, two, three = (request(seed=seed) for seed in range(3))
    sweep_id = store.sweeps.create(
        SweepOrder([[one, two], [two], [three, one]], "{}", " my  race "), "ada"
    )
    sweep = store.sweeps.get(sweep_id)
    assert (sweep.owner, sweep.name, sweep.plan, sweep.state) == ("ada", "my race", "{}", "running")
    assert sweep.groups == ((one.digest, two.digest), (three.digest,))
    other = store.sweeps.create(SweepOrder([[three]], name="x" * (LONGEST_NAME + 1)))
    assert store.sweeps.get(other).name == "x" * LONGEST_NAME
    assert [found.id for found in store.sweeps.list()] == [other, sweep_id]
    assert store.sweeps.list(owner="ada") == (sweep,)
    assert [store.sweeps.count_before(each) for each in (sweep_id, other)] == [0, 1]
    store.sweeps.change_state(sweep_id, "paused")
    assert store.sweeps.count_before(other) == 0
    store.sweeps.claim(sweep_id, "")
    with pytest.raises(RunError, match=sweep_id):
        store.sweeps.get(sweep_id[:-1])


@both_databases
def test_one_service_has_a_sweep(store: Store) -> None:
    store.services.register("alive")
    sweep_id = store.sweeps.create(SweepOrder([[request()]]), service="dead")
    assert not store.sweeps.claim(sweep_id, "alive")
    store.mark_interrupted()
    assert store.sweeps.get(sweep_id).state == "paused"
    assert store.sweeps.claim(sweep_id, "alive")
    assert not store.sweeps.claim(sweep_id, "other")
    store.mark_interrupted()
    sweep = store.sweeps.get(sweep_id)
    assert (sweep.state, sweep.service) == ("running", "alive")
    assert store.sweeps.change_state(sweep_id, "finished")
    assert not store.sweeps.change_state(sweep_id, "stopped")
