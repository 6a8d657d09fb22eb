"""What only a cluster can do: lose its worker or its scheduler, or not answer at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.training.dask_runner import DaskRunner
from components.training.service import Service
from components.training.store import Store
from tests.training.backends import Backend, DaskCluster, dask_backend
from tests.training.support import VECTORS, request, seeded, wait_for_end
from tests.training.test_service import LONG, running
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def backend(tmp_path: Path, cluster: DaskCluster) -> Iterator[Backend]:
    backend = dask_backend(f"sqlite:///{tmp_path / 'runs.sqlite'}", cluster)
    yield backend
    backend.service.shutdown()


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_a_lost_run_is_interrupted_and_the_next_goes_on(
    backend: Backend, cluster: DaskCluster, part: str
) -> None:
    service = backend.service
    first, second = service.submit(request(**LONG)), service.submit(request(epochs=2))
    running(service, first)
    if part == "worker":
        cluster.worker.kill()
    else:
        cluster.close()
        cluster.start()
    run = wait_for_end(service.store, first)
    assert run.status == "interrupted"
    assert "Start the run again" in run.message
    points = service.store.points(first)
    assert wait_for_end(service.store, second).status == "finished"
    assert service.store.points(first) == points
    assert service.store.get(first).status == "interrupted"


def test_a_lost_group_loses_one_run_and_resume_trains_it(
    backend: Backend, cluster: DaskCluster
) -> None:
    service = backend.service
    asked = seeded(VECTORS, range(3), epochs=100, samples=400)
    sweep_id = service.submit_sweep([asked])

    def statuses() -> list[str]:
        runs = service.store.latest([one.digest for one in asked])
        return [runs[one.digest].status for one in asked]

    wait_until(lambda: service.store.list(sweeps=True, statuses=("running",)))
    cluster.worker.kill()
    wait_until(lambda: service.store.sweeps.get(sweep_id).state == "paused")
    assert statuses() == ["interrupted", "finished", "finished"]
    service.resume(sweep_id)
    wait_until(lambda: service.store.sweeps.get(sweep_id).state == "finished")
    assert statuses() == ["finished"] * 3


def test_a_scheduler_that_does_not_answer_fails_the_run_and_pauses_the_sweep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.training.dask_runner.CONNECT_SECONDS", 0.5)
    lost = Service(store, lambda listener: DaskRunner("tcp://127.0.0.1:9", listener))
    run = wait_for_end(store, lost.submit(request()))
    assert run.status == "failed"
    assert "tcp://127.0.0.1:9" in run.message
    first, second = request(seed=1), request(seed=2)
    sweep_id = lost.submit_sweep([[first], [second]])
    wait_until(lambda: store.sweeps.get(sweep_id).state == "paused")
    runs = store.latest([first.digest, second.digest])
    assert {digest: run.status for digest, run in runs.items()} == {first.digest: "failed"}
    lost.shutdown()
