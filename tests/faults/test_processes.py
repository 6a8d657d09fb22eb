"""A killed server or part of a cluster: its runs are interrupted, everything else continues."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.base.paths import ROOT
from components.experiments.queue.run_service import Service
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from tests.experiments.queue.backends import LIMITS, Backend, DaskCluster, dask_backend
from tests.experiments.training.support import LONG, VECTORS, request, seeded, wait_for_end
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.matrix

ENDLESS: dict[str, Any] = {"epochs": 1000, "samples": 20_000, "batch_size": 4}
"""Settings of a run that outlasts every test: later work starts only if the run was ended."""


@pytest.fixture
def dask(tmp_path: Path, cluster: DaskCluster) -> Iterator[Service]:
    service = dask_backend(f"sqlite:///{tmp_path / 'runs.sqlite'}", cluster).service
    yield service
    service.shutdown()


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_a_killed_part_of_a_cluster_interrupts_its_run(
    dask: Service, cluster: DaskCluster, part: str
) -> None:
    store = dask.store
    active, waiting = store.create(request(**LONG)), store.create(request(epochs=2))
    wait_until(lambda: len(store.points(active)) > 2)
    if part == "worker":
        cluster.worker.kill()
    else:
        cluster.scheduler.kill()
        cluster.close()
        cluster.start()
    run = wait_for_end(store, active)
    assert run.status == "interrupted"
    assert "Start the run again" in run.message
    assert len(store.points(active)) > 2
    assert wait_for_end(store, waiting).status == "finished"
    assert store.get(active) == run


def test_a_lost_group_loses_one_run_and_resume_trains_it(
    dask: Service, cluster: DaskCluster
) -> None:
    asked = seeded(VECTORS, range(3), epochs=100, samples=400)
    sweep_id = dask.submit_sweep(SweepOrder([asked]))

    def statuses() -> list[str]:
        runs = dask.store.latest([one.digest for one in asked])
        return [runs[one.digest].status for one in asked]

    wait_until(lambda: dask.store.list(sweeps=True, statuses=("running",)))
    cluster.worker.kill()
    wait_until(lambda: dask.store.sweeps.get(sweep_id).state == "paused")
    assert statuses() == ["interrupted", "finished", "finished"]
    dask.resume(sweep_id)
    wait_until(lambda: dask.store.sweeps.get(sweep_id).state == "finished")
    assert statuses() == ["finished"] * 3


_SERVER = """
import logging, sys
from components.experiments.queue.run_service import service


class Starts(logging.Handler):
    def emit(self, record):
        if record.getMessage() == "A run goes to the runner.":
            print(record.run, flush=True)


logging.getLogger("components.experiments.queue.run_service").setLevel(logging.INFO)
logging.getLogger("components.experiments.queue.run_service").addHandler(Starts())
own = service()
own.warm_up()
print(own.id, flush=True)
sys.stdin.read()
"""


class ServiceProcess:
    """Server in a separate process, without pages."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVER],
                stdin=subprocess.PIPE,
                stdout=output,
                env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            )

    @property
    def service(self) -> str:
        """Id of the server's service."""
        return wait_until(self._log.read_text).split()[0]

    @property
    def started(self) -> list[str]:
        """Ids of the runs that the server has started."""
        return self._log.read_text().split()[1:]

    def kill(self) -> None:
        """Kill the server, and wait for the end of all its processes."""
        self._end(self._process.kill)

    def shut_down(self) -> None:
        """Shut the server down normally."""
        assert self._process.stdin is not None
        self._end(self._process.stdin.close)

    def _end(self, act: Callable[[], None]) -> None:
        if self._process.poll() is None:
            family = psutil.Process(self._process.pid).children(recursive=True)
            act()
            self._process.wait(PATIENCE_SECONDS)
            assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []


def test_runs_of_a_killed_server_are_interrupted_and_another_server_continues(
    backend: Backend, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    store, environment = Store(url), {**backend.environment, "FUSION_DATABASE_URL": url}
    servers = [ServiceProcess(environment, tmp_path / name) for name in ("one", "two")]
    by_service = {server.service: server for server in servers}
    active = store.create(request(**ENDLESS), "ada")
    wait_until(lambda: store.points(active))
    waiting = [store.create(request(epochs=2), owner) for owner in ("ada", "ben", "cid", "ben")]
    killed = by_service.pop(store.get(active).service)
    killed.kill()
    run = wait_for_end(store, active)
    assert run.status == "interrupted"
    assert "a server that ended" in run.message
    assert store.points(active)
    for run_id in waiting:
        assert wait_for_end(store, run_id).status == "finished"
        assert len(store.points(run_id)) == 2

    (other,) = by_service.values()
    last, next_one = store.create(request(**ENDLESS)), store.create(request(epochs=1))
    wait_until(lambda: store.points(last))
    other.shut_down()
    run = store.get(last)
    assert run.status == "interrupted"
    assert "a server that was shut down" in run.message
    assert store.get(next_one).status == "queued"
    own = Service(store, backend.launch, LIMITS)
    assert wait_for_end(store, next_one).status == "finished"
    own.shutdown()
    started = Counter([*killed.started, *other.started])
    assert started == Counter([active, *waiting, last])
