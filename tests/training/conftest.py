from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.training.child_process import ChildProcesses
from components.training.cluster import LocalCluster
from components.training.limits import Limits
from components.training.service import Service
from components.training.store import Store


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
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real service with one worker and a store of its own, which all tests use."""
    file = tmp_path_factory.mktemp("service") / "runs.sqlite"
    service = Service(
        Store(f"sqlite:///{file}"), lambda: LocalCluster(1), Limits(memory=3_000_000_000)
    )
    service.warm_up()
    yield service
    service.shutdown()
