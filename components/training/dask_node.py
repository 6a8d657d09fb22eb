"""The local Dask scheduler or worker: `python -m components.training.dask_node scheduler`.

Both end when their standard input closes, and so with the process that started them, in any case.
The scheduler writes its address to standard output; the worker reads it from standard input. They
listen on the loopback interface only.
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
"""Nothing runs twice, and Dask manages no memory: each child process has its own limit."""


async def _scheduler() -> None:
    from distributed import Scheduler

    async with Scheduler(
        host=LOOPBACK, port=0, dashboard=False, dashboard_address=f"{LOOPBACK}:0"
    ) as scheduler:
        print(scheduler.address, flush=True)
        _exit_with_input()
        await scheduler.finished()


async def _worker(runs: int) -> None:
    from distributed import Worker

    from components.training import dask_worker

    dask_worker.warm_up()
    address = sys.stdin.readline().strip()
    _exit_with_input()
    async with Worker(
        address,
        nthreads=runs,
        host=LOOPBACK,
        memory_limit=0,
        dashboard=False,
        dashboard_address=f"{LOOPBACK}:0",
    ) as worker:
        await worker.finished()


def _exit_with_input() -> None:
    def wait_for_end() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait_for_end, name="exit-with-input", daemon=True).start()


def main() -> None:
    """Run the scheduler, or a worker for that many runs at a time."""
    import dask

    with dask.config.set(CONFIG):
        role, *rest = sys.argv[1:]
        asyncio.run(_scheduler() if role == "scheduler" else _worker(int(rest[0])))


if __name__ == "__main__":
    main()
