"""Memory of a server's processes at rest, while models are built, and while a run is trained.

With forked and with spawned children. Figures are proportional set sizes, which divide shared
memory among its processes, or resident sizes if the system does not report those.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil

from benchmarks.bench_load import proportional_size, run_sessions
from benchmarks.plain import run_request
from benchmarks.rows import BenchmarkRow, show
from components.experiments.queue.store import Store
from sample_data.content import presets
from tests.serving import server_process
from tests.waiting import wait_until

WAYS = ("fork", "spawn") if sys.platform == "linux" else ("spawn",)
BUILD_SECONDS = 8.0
PATIENCE = 180.0
ROLES = ("server", "forkserver", "build workers and spares", "training child")


def main() -> None:
    """Print a table for each way of starting children."""
    for way in WAYS:
        show(f"Memory in MB, FUSION_CHILDREN={way}", _rows(way))


def _rows(way: str) -> list[BenchmarkRow]:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder, 'runs.sqlite')}"
        settings = {
            "FUSION_DATABASE_URL": database,
            "FUSION_CHILDREN": way,
        }
        with server_process(env=settings) as started:
            server = psutil.Process(started.process.pid)
            wait_until(lambda: _workers(server), PATIENCE)
            asyncio.run(run_sessions(started.address, 1, 6.0))
            at_rest = _row("at rest", server, lambda: None)
            building = _row("building", server, lambda: _build(started.address))
            training = _row("training", server, lambda: _train(database))
            return [at_rest, building, training]


def _row(name: str, server: psutil.Process, work: Callable[[], None]) -> BenchmarkRow:
    work()
    sizes: dict[str, list[int]] = {role: [] for role in ROLES}
    sizes["server"].append(proportional_size(server))
    for process in server.children(recursive=True):
        sizes[_role(process, server)].append(proportional_size(process))
    if name.endswith("training"):
        workers = sorted(sizes["build workers and spares"])
        sizes["build workers and spares"], sizes["training child"] = workers[:-1], workers[-1:]
    figures = {role: _text(taken) for role, taken in sizes.items()}
    return BenchmarkRow(name, {**figures, "sum": _text([sum(map(sum, sizes.values()))])})


def _role(process: psutil.Process, server: psutil.Process) -> str:
    """Return the role of a process. A training child is the largest of those with Keras."""
    forks = "forkserver" in " ".join(process.cmdline()) and process.ppid() == server.pid
    return "forkserver" if forks else "build workers and spares"


def _text(sizes: list[int]) -> str:
    return " + ".join(f"{size / 1e6:.0f}" for size in sizes) or "–"


def _workers(server: psutil.Process) -> list[psutil.Process]:
    return [process for process in server.children(recursive=True) if process.cpu_times().user > 1]


def _build(address: str) -> None:
    asyncio.run(run_sessions(address, 3, BUILD_SECONDS))


def _train(database: str) -> None:
    """Queue a run on the server, and wait for its third epoch."""
    request = run_request(presets.load(presets.DEFAULT), "xor", epochs=1000)
    with closing(Store(database)) as store:
        run_id = store.create(request)
        wait_until(lambda: len(store.points(run_id)) > 2, PATIENCE)
