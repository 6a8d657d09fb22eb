from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from components.base.workers import needs_keras
from components.experiments.queue.store import Store
from components.models.architecture.builder import Blueprint, build
from sample_data.content import presets
from tests import progress
from tests.originals import ORIGINALS
from tests.ways import WAYS

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests run in parallel: more threads would only wait for each other. The workers of
# pytest-xdist and all processes of the tests inherit this.
for variable in ("TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

settings.register_profile(
    "explore",
    max_examples=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
# The same commit is tested on the same examples, and a failure is shown as found, without minutes
# of shrinking. The public CI looks at others: `--hypothesis-profile=explore`.
settings.register_profile(
    "playground",
    settings.get_profile("explore"),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("playground")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to report the progress, once the terminal reporter is registered."""
    progress.begin(config)


FIRST = (
    "e2e",
    "services-dask",
    "services-local",
    "tests/experiments/queue/test_child_process.py",
    "tests/base/workers/test_build_pool.py",
)
"""Groups that take longest; they start first."""


_folders: dict[Path, pytest.Collector] = {}


@pytest.hookimpl(wrapper=True)
def pytest_collect_directory(path: Path) -> Generator[None, pytest.Collector, pytest.Collector]:
    """Make each folder of tests one node, so that it keeps the fixtures of its conftest.

    pytest 9.1 reads a conftest only for the first node of its folder, and makes another node in
    `pytest tests/app/pages/test_share.py tests/app/cli/test_cli.py tests/app/pages/test_room.py`.
    """
    return _folders.setdefault(path, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Keep the tests of a file in one process, so that they share the results of its fixtures.

    All tests with a runner that trains here share a process too, and all with a Dask cluster. Tests
    with the same way of making children follow each other: each change restarts all their
    processes.
    """
    for item in items:
        if _group(item) is None:
            item.add_marker(pytest.mark.xdist_group(_services(item) or item.nodeid.split("::")[0]))
    yield
    items.sort(key=_order)


def pytest_collection_finish() -> None:
    """Exclude the objects loaded so far from full garbage collections."""
    gc.collect()
    gc.freeze()


def _order(item: pytest.Item) -> tuple[int, int]:
    group, way = _group(item), _parameter(item, "way")
    return (
        FIRST.index(group) if group in FIRST else len(FIRST),
        WAYS.index(way) if way in WAYS else 0,
    )


def _services(item: pytest.Item) -> str:
    """Return the group of a test with a runner; empty for other tests."""
    fixtures = getattr(item, "fixturenames", ())
    if "backend" not in fixtures:
        return "services-dask" if "cluster" in fixtures else ""
    return f"services-{_parameter(item, 'backend')}"


def _parameter(item: pytest.Item, name: str) -> Any:
    """Return the value of a test's parameter; `None` if it has no such parameter."""
    call = getattr(item, "callspec", None)
    return call.params.get(name) if call else None


def _group(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("xdist_group")
    return None if marker is None else marker.args[0]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked `both_ways` with `fork`, and in the matrix also with `spawn`."""
    if "way" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_ways")
        others = [pytest.param(way, marks=pytest.mark.matrix) for way in WAYS[1:]] if both else []
        metafunc.parametrize("way", [WAYS[0], *others], scope="session")


@pytest.fixture(autouse=True)
def _builds_here() -> None:
    """Build models in the process of the test, as it has no page."""
    needs_keras.use(None)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Open an empty store in its own file, which commands use."""
    monkeypatch.setenv("FUSION_DATABASE_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    with closing(Store()) as store:
        yield store


@pytest.fixture(params=ORIGINALS)
def preset(request: pytest.FixtureRequest) -> Blueprint:
    """Return the weightless blueprint of each of the original presets in turn."""
    return build(presets.load(request.param))
