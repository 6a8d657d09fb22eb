from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.core.errors import RunError
from components.core.paths import ROOT
from components.training.cluster import LocalCluster, RemoteCluster
from components.training.service import Service
from components.training.store import Store
from tests.training.support import SCALARS, request, ten_billion, wait_for, wait_for_end
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow

LONG: dict[str, Any] = {"epochs": 1000, "samples": 400}


def cluster_of(service: Service) -> LocalCluster:
    assert service._queue._connection is not None
    assert isinstance(service._queue._connection.cluster, LocalCluster)
    return service._queue._connection.cluster


def running(service: Service, run_id: str) -> None:
    wait_for(service.store, run_id, lambda _: len(service.store.points(run_id)) > 2)


def test_two_runs_one_after_the_other(service: Service) -> None:
    first = service.submit(request(epochs=3), owner="ada")
    second = service.submit(request(epochs=4, seed=1), name="second")
    for run_id, epochs in ((first, 3), (second, 4)):
        run = wait_for_end(service.store, run_id)
        assert (run.status, run.message) == ("finished", "")
        assert len(service.store.points(run_id)) == epochs
    one, two = service.store.get(first), service.store.get(second)
    assert (one.owner, two.name, one.parameters) == ("ada", "second", 321)
    assert one.started is not None
    assert two.started is not None
    assert (two.started - one.started).total_seconds() >= one.seconds * 0.9


def test_a_queued_and_a_running_run_are_stopped(service: Service) -> None:
    first, second = service.submit(request(**LONG)), service.submit(request(**LONG))
    running(service, first)
    status = service.status()
    assert (status.state, status.running, status.queued) == ("ready", 1, 1)
    assert status.address.startswith("tcp://127.0.0.1:")
    service.stop(second)
    queued = wait_for_end(service.store, second)
    assert (queued.status, queued.message) == ("stopped", "Stopped before it started.")
    assert service.store.get(first).status == "running"
    service.stop(first)
    assert wait_for_end(service.store, first).status == "stopped"
    assert service.store.points(first)
    service.stop(first)


def test_the_surface_comes_while_the_run_goes_on_and_the_report_at_its_end(
    service: Service,
) -> None:
    run_id = service.submit(request(SCALARS, **LONG))
    running(service, run_id)
    wait_for(service.store, run_id, lambda _: _drawn(service, run_id) > 0)
    assert service.store.get(run_id).status == "running"
    assert service.store.report(run_id) is None
    service.stop(run_id)
    assert wait_for_end(service.store, run_id).status == "stopped"
    epochs = len(service.store.points(run_id))
    report = service.store.report(run_id)
    assert report is not None
    assert (report.epoch, report.held) == (epochs, 100)
    assert _drawn(service, run_id) == epochs


def _drawn(service: Service, run_id: str) -> float:
    surface = service.store.surface(run_id)
    return 0 if surface is None else surface.epoch


def test_points_arrive_while_the_run_goes_on(service: Service) -> None:
    run_id = service.submit(request(**LONG))
    running(service, run_id)
    assert service.store.get(run_id).status == "running"
    service.stop(run_id)
    wait_for_end(service.store, run_id)


def test_what_is_too_large_is_refused_and_not_stored(service: Service) -> None:
    before = service.store.list()
    with pytest.raises(RunError, match=r"a run that needs [\d.]+ [GT]B"):
        service.submit(request(ten_billion()))
    assert service.store.list() == before


def test_a_killed_child_fails_its_run_only(service: Service) -> None:
    run_id = service.submit(request(**LONG))
    running(service, run_id)
    nursery, *_ = psutil.Process(cluster_of(service).worker.pid).children()
    (child,) = nursery.children()
    child.kill()
    run = wait_for_end(service.store, run_id)
    assert run.status == "failed"
    assert "SIGKILL (signal 9)" in run.message
    again = service.submit(request(epochs=1))
    assert wait_for_end(service.store, again).status == "finished"


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_the_service_recovers_from_a_killed(service: Service, part: str) -> None:
    first, second = service.submit(request(**LONG)), service.submit(request(epochs=2))
    running(service, first)
    old = psutil.Process().children(recursive=True)
    getattr(cluster_of(service), part).kill()
    run = wait_for_end(service.store, first)
    assert run.status == "interrupted"
    assert "Start the run again" in run.message
    points = service.store.points(first)
    assert wait_for_end(service.store, second).status == "finished"
    assert service.store.points(first) == points
    assert service.store.get(first).status == "interrupted"
    fresh = {process.pid for process in psutil.Process().children(recursive=True)}
    mine = {cluster_of(service).worker.pid, cluster_of(service).scheduler.pid}
    assert mine <= fresh
    assert not mine & {process.pid for process in old}


def test_a_run_of_another_server_is_not_stopped_here(service: Service) -> None:
    service.store.services.register("other")
    run_id = service.store.create(request(), service="other")
    with pytest.raises(RunError, match="another server"):
        service.stop(run_id)
    service.store.services.unregister("other")


def test_a_scheduler_of_others_is_used(service: Service, store: Store) -> None:
    service.warm_up()
    address = wait_until(lambda: service.status().address)
    guest = Service(store, lambda: RemoteCluster(address))
    run_id = guest.submit(request(epochs=2))
    assert wait_for_end(store, run_id).status == "finished"
    guest.shutdown()
    assert not cluster_of(service).has_ended()


def test_a_scheduler_that_does_not_answer_fails_the_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.training.cluster.CONNECT_SECONDS", 0.5)
    lost = Service(store, lambda: RemoteCluster("tcp://127.0.0.1:9"))
    run = wait_for_end(store, lost.submit(request()))
    assert run.status == "failed"
    assert "tcp://127.0.0.1:9" in run.message
    lost.shutdown()


def test_shutdown_ends_runs_and_processes(store: Store) -> None:
    before = set(psutil.Process().children(recursive=True))
    own = Service(store, lambda: LocalCluster(1))
    run_id = own.submit(request(**LONG))
    wait_until(lambda: own.status().state == "ready")
    family = set(psutil.Process().children(recursive=True)) - before
    own.shutdown()
    run = store.get(run_id)
    assert run.status == "interrupted"
    assert "shut down" in run.message
    assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []
    with pytest.raises(RunError, match="shut down"):
        own.submit(request())


_APP = """
from components.training.cluster import LocalCluster
from components.training.service import service
from tests.training.support import request
from tests.waiting import wait_until
own = service()
own.warm_up()
run_id = own.submit(request(epochs=1000, samples=400))
wait_until(lambda: own.store.points(run_id))
print(run_id, flush=True)
input()
"""


def test_a_killed_app_takes_everything_with_it_and_its_run_is_interrupted(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    app = subprocess.Popen(
        [sys.executable, "-c", _APP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FUSION_DATABASE_URL": url},
    )
    assert app.stdout is not None
    run_id = app.stdout.readline().strip()
    family = psutil.Process(app.pid).children(recursive=True)
    assert len(family) == 4
    app.kill()
    app.wait()
    assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []
    store = Store(url)
    assert store.get(run_id).status == "running"
    Service(store, lambda: LocalCluster(1)).shutdown()
    assert store.get(run_id).status == "interrupted"
    assert store.points(run_id)


@pytest.mark.parametrize("value", ["0", "two", "-1"])
def test_the_number_of_workers_is_checked(
    store: Store, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FUSION_WORKERS", value)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    own = Service(store)
    run = wait_for_end(store, own.submit(request()))
    assert run.status == "failed"
    assert f"`{value}`" in run.message
    own.shutdown()
