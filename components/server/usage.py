"""Who is here and what this server's processes take, for `/ready`."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress

import psutil

from components.keras_host.host import server_host
from components.runs.run_service import service
from components.ui.kit.engine import engine
from components.ui.kit.people import PEOPLE


def usage() -> dict[str, dict[str, int]]:
    """People and open tabs, resident bytes of processes by what they do, and the queue's numbers.

    Memory that processes share counts in each.
    """
    sessions = PEOPLE.sessions()
    status, waiting = service().status(), service().store.queue.waiting()
    return {
        "people": {"people": len({one.owner for one in sessions}), "open_tabs": len(sessions)},
        "memory": dict(_memory()),
        "queue": {"training": status.running, "waiting": len(waiting)},
    }


def _memory() -> Counter[str]:
    pool, server = engine().pool, psutil.Process()
    workers = set(pool.processes()) if pool is not None else set()
    training = set(server_host().children()) - workers
    memory: Counter[str] = Counter()
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.Error):
            memory[_role(process.pid, workers, training)] += int(process.memory_info().rss)
    return memory


def _role(pid: int, workers: set[int], training: set[int]) -> str:
    if pid == os.getpid():
        return "server"
    if pid in workers:
        return "build_workers"
    return "training" if pid in training else "others"
