"""Pauses of thirty people at once, on a service that trains two runs at a time in real processes.

All wait after their first epoch; then somebody else trains a run, and all resume. The epochs of
each must equal those of an uninterrupted run, bit for bit.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import closing

from benchmarks.plain import run_request, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.base.workers.host import keras_host
from components.experiments.queue.preloaded import TRAINING
from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import JobListener, LocalRunner
from components.experiments.queue.store import Store
from components.experiments.training.limits import QueueLimits
from components.models.architecture.architecture import Architecture, parse
from tests.waiting import wait_until

PEOPLE, SLOTS, EPOCHS = 30, 2, 6
LONG_SECONDS = 1200.0


def main() -> None:
    """Print a row for each step."""
    host = keras_host(*TRAINING)
    with (
        closing(host),
        tempfile.TemporaryDirectory() as folder,
        closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store,
    ):

        def launch(listener: JobListener) -> LocalRunner:
            return LocalRunner(SLOTS, listener, host)

        service = Service(store, launch, queue_limits=QueueLimits(waiting=200))
        try:
            show(f"{PEOPLE} people, {SLOTS} slots, {os.cpu_count()} cores", _rows(service))
        finally:
            service.shutdown()


def _rows(service: Service) -> list[BenchmarkRow]:
    store = service.store
    asked = run_request(_with_dropout(), "xor", epochs=EPOCHS, schedule="cosine", restore_best=True)

    def seconds(run_ids: list[str], status: str, start: float) -> str:
        wait_until(lambda: {store.get(one).status for one in run_ids} == {status}, LONG_SECONDS)
        return f"{time.perf_counter() - start:.1f}"

    def submit(owner: str, pause_after: int | None = None) -> str:
        return service.submit(asked, owner, pause_after=pause_after)

    whole = submit("nobody pauses")
    seconds([whole], "finished", 0.0)
    start = time.perf_counter()
    same = [submit(f"before {number}") for number in range(PEOPLE)]
    rows = [BenchmarkRow("all train to the end", {"s": seconds(same, "finished", start)})]
    start = time.perf_counter()
    paused = [submit(f"visitor {number}", 1) for number in range(PEOPLE)]
    rows += [BenchmarkRow("all pause after an epoch", {"s": seconds(paused, "paused", start)})]
    start = time.perf_counter()
    alone = submit("somebody else")
    rows += [BenchmarkRow("another trains beside them", {"s": seconds([alone], "finished", start)})]
    start = time.perf_counter()
    for run_id in paused:
        service.pause_after(run_id, None)
    rows += [BenchmarkRow("all go on to the end", {"s": seconds(paused, "finished", start)})]
    logs = [point.logs for point in store.points(whole)]
    equal = sum([point.logs for point in store.points(one)] == logs for one in paused)
    left = len([*store.models.folder.glob("*.checkpoint")])
    rows += [BenchmarkRow(f"equal bit by bit: {equal} of {PEOPLE}", {})]
    return [*rows, BenchmarkRow(f"checkpoints left: {left}", {})]


def _with_dropout() -> Architecture:
    data = two_vectors().data()
    for branch in data["inputs"]:
        branch["encoder"]["dropout"] = 0.3
    return parse(data)


if __name__ == "__main__":
    main()
