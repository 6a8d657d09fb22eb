from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from components.base.workers.host import Way
from components.experiments.queue.child import train_group
from components.experiments.queue.run_service import Service
from components.experiments.queue.store import Store
from tests.experiments.queue.backends import (
    Backend,
    DaskCluster,
    dask_backend,
    local_backend,
    training_host,
)
from tests.experiments.queue.fake_runner import FakeServer
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Start a PostgreSQL server. Skips the test if none is installed."""
    if PostgresServer.programs() is None:
        pytest.skip("PostgreSQL is not installed: see run.py")
    with PostgresServer() as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a new database: a file, or the kind that a test module requests by
    `DATABASES`.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def children(way: Way) -> Callable[..., None]:
    """Return `train_group` with a host of children started in this way."""
    return partial(train_group, training_host(way))


@pytest.fixture
def server(database_url: str) -> Iterator[FakeServer]:
    """Start a service whose runner ends a job when the test says so."""
    server = FakeServer(database_url)
    yield server
    server.close()


@pytest.fixture(scope="session")
def cluster(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Start a Dask scheduler and a worker."""
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"), way)
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session", params=["local", pytest.param("dask", marks=pytest.mark.matrix)])
def backend(
    request: pytest.FixtureRequest, way: Way, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """Return each runner in turn, for one job at a time, with a service that all tests share."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'runs.sqlite'}"
    if request.param == "local":
        backend = local_backend(url, way)
    else:
        backend = dask_backend(url, request.getfixturevalue("cluster"))
    backend.service.warm_up()
    yield backend
    backend.service.shutdown()


@pytest.fixture
def service(backend: Backend) -> Service:
    return backend.service
