from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.training.child_process import ChildProcesses
from components.training.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def isolation() -> Iterator[ChildProcesses]:
    with ChildProcesses() as isolation:
        yield isolation
