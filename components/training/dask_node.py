"""The local Dask scheduler or worker: `python -m components.training.dask_node scheduler`.

Both end when their standard input does, and so with the process that started them, however that
ends. The scheduler writes its address on standard output; the worker reads it from standard input.
They listen on the loopback only.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

LOOPBACK = "127.0.0.1"
CONFIG: dict[str, Any] = {
    "logging": {"distributed": "error"},
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.daemon": False,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""Nothing is run twice, and no worker's memory is managed: each run's child has its own limit."""


async def _scheduler() -> None:
    from distributed import Scheduler

    async with Scheduler(
        host=LOOPBACK, port=0, dashboard=False, dashboard_address=f"{LOOPBACK}:0"
    ) as scheduler:
        print(scheduler.address, flush=True)
        _end_with_input()
        await scheduler.finished()


async def _worker(runs: int) -> None:
    from distributed import Worker

    from components.training import dask_worker

    dask_worker.warm()
    address = sys.stdin.readline().strip()
    _end_with_input()
    async with Worker(
        address,
        nthreads=runs,
        host=LOOPBACK,
        memory_limit=0,
        dashboard=False,
        dashboard_address=f"{LOOPBACK}:0",
    ) as worker:
        await worker.finished()


def _end_with_input() -> None:
    def wait() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait, name="end-with-input", daemon=True).start()


def main() -> None:
    """Be the scheduler, or a worker of the given number of runs at a time."""
    import dask

    with dask.config.set(CONFIG):
        role, *rest = sys.argv[1:]
        asyncio.run(_scheduler() if role == "scheduler" else _worker(int(rest[0])))


if __name__ == "__main__":
    main()
