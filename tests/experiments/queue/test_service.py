"""The service with each runner, with real child processes."""

from __future__ import annotations

import sys
import threading
from itertools import groupby

import pytest

from components.base.errors import RunError, ServerError
from components.experiments.queue.run_service import Service, runner_of_environment
from components.experiments.queue.runner import Job, JobEnd, RunEvents
from components.experiments.queue.store import Store
from components.experiments.training.events import Epoch
from tests.experiments.queue.backends import LIMITS, Backend, DaskCluster
from tests.experiments.training.support import (
    LONG,
    SCALARS,
    VECTORS,
    record_events,
    request,
    seeded,
    ten_billion,
    wait_for_end,
)
from tests.waiting import PATIENCE_SECONDS, wait_until


def test_two_runs_one_after_the_other(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = record_events(service.store, monkeypatch)
    first = service.submit(request(epochs=3), owner="ada")
    second = service.submit(request(epochs=4, seed=1), name="second")
    for run_id, epochs in ((first, 3), (second, 4)):
        run = wait_for_end(service.store, run_id)
        assert (run.status, run.message) == ("finished", "")
        assert len(service.store.points(run_id)) == epochs
        assert run.model_digest
    one, two = service.store.get(first), service.store.get(second)
    assert (one.owner, two.name, one.parameters) == ("ada", "second", 321)
    assert [run_id for run_id, _ in groupby(stored)] == [first, second]


@pytest.mark.both_ways
def test_a_queued_and_a_running_run_are_stopped(backend: Backend) -> None:
    """Receive the surface during the run, and the report and the model at its end."""
    service, store = backend.service, backend.service.store

    def drawn() -> float:
        surface = store.surface(first)
        return 0 if surface is None else surface.epoch

    first, second = service.submit(request(SCALARS, **LONG)), service.submit(request(**LONG))
    wait_until(lambda: len(store.points(first)) > 2 and drawn() > 0)
    store.stop(second)
    queued = wait_for_end(store, second)
    assert (queued.status, queued.message) == ("stopped", "Stopped before it started.")
    assert store.get(first).status == "running"
    assert store.report(first) is None
    store.stop(first)
    stopped = wait_for_end(store, first)
    assert stopped.status == "stopped"
    report, epochs = store.report(first), len(store.points(first))
    assert report is not None
    assert (report.epoch, report.held, drawn()) == (epochs, 100, epochs)
    assert stopped.model_bytes == store.models.path(first).stat().st_size
    store.stop(first)


class Listener:
    """Listener that waits for the first epoch of a job, and for its end."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self.begun = threading.Event()
        self.runs: set[str] = set()
        self._end = JobEnd()

    def on_events(self, events: RunEvents) -> None:
        self.runs.update(run_id for run_id, _ in events)
        if any(isinstance(event, Epoch) for _, event in events):
            self.begun.set()

    def on_end(self, key: str, end: JobEnd) -> None:
        self._end = end
        self._ended.set()

    def wait(self) -> JobEnd:
        assert self._ended.wait(PATIENCE_SECONDS)
        return self._end


def test_a_group_gives_way_after_its_current_run(backend: Backend) -> None:
    asked = seeded(VECTORS, range(500, 540), epochs=20)
    runs = {f"run {at}": one.json_text() for at, one in enumerate(asked)}
    job = Job(runs, LIMITS, "a sweep")
    listener = Listener()
    runner = backend.launch(listener)
    runner.submit(job)
    assert listener.begun.wait(PATIENCE_SECONDS)
    runner.interrupt(job.key)
    results = listener.wait().results
    runner.close()
    assert {end.kind for end, _ in results} == {"finished"}
    assert 1 <= len(results) < len(runs)
    assert listener.runs == set(list(runs)[: len(results)])


def test_what_is_too_large_is_refused_and_not_stored(store: Store) -> None:
    own = Service(store, limits=LIMITS)
    with pytest.raises(RunError, match=r"This run needs [\d.]+ [GT]B"):
        own.submit(request(ten_billion()))
    assert store.list() == ()
    own.shutdown()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("FUSION_WORKERS", "two", r"\(two\)"),
        pytest.param(
            "DASK_SCHEDULER_ADDRESS",
            "tcp://127.0.0.1:9",
            "The Dask scheduler doesn't answer .tcp://127.0.0.1:9",
            marks=pytest.mark.matrix,
        ),
    ],
)
def test_a_wrong_runner_in_the_environment_is_reported_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setattr("components.experiments.queue.dask_runner.CONNECT_SECONDS", 0.5)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(RunError, match=sentence):
        runner_of_environment(Listener())


def test_a_cluster_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ServerError, match=r"distributed.*\[cluster\]"):
        runner_of_environment(Listener())


@pytest.mark.matrix
def test_a_cluster_started_by_the_lines_of_the_document_trains(
    store: Store, cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Import the playground only in the worker, as in those lines."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    assert "PYTHONPATH" not in cluster.scheduler.environ()
    service = Service(store)
    run = wait_for_end(store, service.submit(request(epochs=1)))
    assert (run.status, run.message) == ("finished", "")
    service.shutdown()
