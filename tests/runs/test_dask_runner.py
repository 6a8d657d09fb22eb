"""A cluster as the document starts it, and one that does not answer. What else can happen to one
is in `tests/faults`."""

from __future__ import annotations

import pytest

from components.runs.dask_runner import DaskRunner
from components.runs.run_service import Service
from components.runs.store import Store
from tests.runs.backends import DaskCluster
from tests.training.support import request, wait_for_end

pytestmark = pytest.mark.matrix


def test_a_scheduler_that_does_not_answer_fails_the_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.runs.dask_runner.CONNECT_SECONDS", 0.5)
    lost = Service(store, lambda listener: DaskRunner("tcp://127.0.0.1:9", listener))
    run = wait_for_end(store, lost.submit(request()))
    assert run.status == "failed"
    assert "tcp://127.0.0.1:9" in run.message
    lost.shutdown()


def test_a_cluster_started_by_the_lines_of_the_document_trains(
    store: Store, cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the worker imports the playground, as in those lines."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    assert "PYTHONPATH" not in cluster.scheduler.environ()
    service = Service(store)
    run = wait_for_end(store, service.submit(request(epochs=1)))
    assert (run.status, run.message) == ("finished", "")
    service.shutdown()
