from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.training.child_process import ChildProcesses
from components.training.service import Service
from components.training.store import Store
from tests.training.backends import Backend, DaskCluster, dask_backend, local_backend


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def children() -> Iterator[ChildProcesses]:
    with ChildProcesses() as children:
        yield children


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A Dask scheduler and a worker."""
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"))
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session", params=["local", "dask"])
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """Each runner, for one job at a time, with a service that all tests use."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'runs.sqlite'}"
    if request.param == "local":
        backend = local_backend(url)
    else:
        backend = dask_backend(url, request.getfixturevalue("cluster"))
    backend.service.warm_up()
    yield backend
    backend.service.shutdown()


@pytest.fixture
def service(backend: Backend) -> Service:
    return backend.service
