"""The queue with real runs, and a race on a cluster: `python -m benchmarks queue`.

First 30 people submit two short runs each, all at once. Every run must end, none may be lost or
trained twice, and nobody's second run may be taken before everybody's first.

Then a race of 30 runs is trained on a Dask cluster of this machine: with one worker process, and
with four. All processes have imported Keras before the time is taken.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import select

from benchmarks.bench_race import race_groups
from benchmarks.rows import BenchmarkRow, show
from components.core.keras_import import load_keras
from components.database.database import Database
from components.keras_host.host import server_host
from components.runs.dask_runner import DaskRunner
from components.runs.run_service import Service
from components.runs.runner import JobListener, Launch, LocalRunner
from components.runs.store import Store
from components.runs.tables import RunRow
from components.training.limits import QueueLimits
from components.training.requests import RunRequest

PEOPLE = 30
RUNS_EACH = 2
WORKERS = (1, 4)
POLL_SECONDS = 0.1


def main() -> None:
    """Print both tables."""
    load_keras()
    with tempfile.TemporaryDirectory(prefix="fusion-") as folder:
        _class_at_once(f"sqlite:///{Path(folder, 'class.sqlite')}")
        _race_on_clusters(Path(folder))


def _class_at_once(url: str) -> None:
    slots = os.cpu_count() or 1
    starts = _Starts()
    with _service(url, lambda listener: LocalRunner(slots, listener, server_host())) as service:
        _warm_up(service, slots)
        starts.counts.clear()
        begun = time.perf_counter()
        with ThreadPoolExecutor(PEOPLE) as pool:
            submitted = list(pool.map(lambda person: _submit(service, person), range(PEOPLE)))
        queued = time.perf_counter() - begun
        owners = {run_id: person for person, ids in enumerate(submitted) for run_id in ids}
        _wait(lambda: all(service.store.get(run_id).ended for run_id in owners))
        seconds = time.perf_counter() - begun
        ends = Counter(service.store.get(run_id).status for run_id in owners)
    runs = len(owners)
    figures = {
        "submitted": f"{queued:.1f} s",
        "all ended": f"{seconds:.1f} s",
        "finished": f"{ends['finished']} of {runs}",
        "lost": str(sum(starts.counts[run_id] == 0 for run_id in owners)),
        "twice": str(sum(starts.counts[run_id] > 1 for run_id in owners)),
        "second before all first": str(_out_of_turn(url, owners)),
    }
    show(f"{slots} at a time", [BenchmarkRow(f"{runs} runs of {PEOPLE} people", figures)])


def _race_on_clusters(folder: Path) -> None:
    rows, seconds = [], list[float]()
    for workers in WORKERS:
        with _cluster(workers) as address:

            def launch(listener: JobListener, address: str = address) -> DaskRunner:
                return DaskRunner(address, listener)

            with _service(f"sqlite:///{folder / f'race{workers}.sqlite'}", launch) as service:
                _warm_up(service, workers)
                before = _cpu_seconds()
                seconds.append(_race(service))
                cpu = _cpu_seconds() - before
        figures = {"seconds": f"{seconds[-1]:.1f}", "CPU seconds": f"{cpu:.1f}"}
        rows.append(BenchmarkRow(f"Dask workers: {workers}", figures))
    speed_up = BenchmarkRow("times as fast", {"seconds": f"{seconds[0] / seconds[-1]:.2f}"})
    show(f"race of 30 runs, {os.cpu_count()} cores", [*rows, speed_up])


def _race(service: Service) -> float:
    """Seconds that a race takes. A child trains the five seeds of a strategy."""
    groups = race_groups()
    begun = time.perf_counter()
    sweep_id = service.submit_sweep(groups)
    _wait(lambda: service.store.sweeps.get(sweep_id).state != "running")
    seconds = time.perf_counter() - begun
    runs = service.store.latest(request.digest for group in groups for request in group)
    assert {run.status for run in runs.values()} == {"finished"}
    return seconds


def _cpu_seconds() -> float:
    """What all processes of the cluster have computed, with their children that have ended."""
    return sum(
        sum(process.cpu_times()[:4]) for process in psutil.Process().children(recursive=True)
    )


class _Starts(logging.Handler):
    """Counts how often each run goes to the runner."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.counts: Counter[str] = Counter()
        queue = logging.getLogger("components.runs.job_queue")
        queue.setLevel(logging.INFO)
        queue.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "A run goes to the runner.":
            self.counts[str(vars(record)["run"])] += 1


def _submit(service: Service, person: int) -> list[str]:
    return [
        service.submit(_short(RUNS_EACH * person + number), owner=f"person {person}")
        for number in range(RUNS_EACH)
    ]


def _short(seed: int) -> RunRequest:
    """A run of about a second."""
    request = race_groups()[0][0]
    settings = request.settings.model_copy(update={"epochs": 3, "seed": seed})
    return request.model_copy(update={"settings": settings})


def _out_of_turn(url: str, owners: dict[str, int]) -> int:
    """How many second runs were taken before somebody's first."""
    database = Database(url)
    with database.read() as session:
        query = select(RunRow.id).where(RunRow.id.in_(owners)).order_by(RunRow.turn)
        taken = [owners[run_id] for run_id in session.scalars(query)]
    database.close()
    last_first = max(taken.index(person) for person in range(PEOPLE))
    return last_first + 1 - PEOPLE


def _warm_up(service: Service, processes: int) -> None:
    """Wait until as many processes as train at a time have imported Keras."""
    numbers = range(2 * processes)
    ids = [service.submit(_short(10_000 + number), owner=f"w{number}") for number in numbers]
    _wait(lambda: all(service.store.get(run_id).ended for run_id in ids))


def _wait(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(POLL_SECONDS)


@contextmanager
def _service(url: str, launch: Launch) -> Iterator[Service]:
    store = Store(url)
    service = Service(store, launch, queue_limits=QueueLimits(1000, 1000, 1000))
    try:
        yield service
    finally:
        service.shutdown()
        store.close()


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """The address of a cluster on this machine, for one run at a time in each worker process."""
    import dask
    from distributed import LocalCluster

    settings = {"distributed.worker.daemon": False, "distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield str(cluster.scheduler_address)


if __name__ == "__main__":
    main()
