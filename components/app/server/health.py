"""Health of the server: liveness, readiness, people, and memory of its processes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass

import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse

from components.app.parts.frame.engine import engine
from components.app.parts.frame.open_tabs import OPEN_TABS
from components.base.errors import PlaygroundError, StoreError, public_text
from components.base.workers.host import server_host
from components.base.workers.processes import memory_of
from components.experiments.queue.run_service import service

SECONDS = 5.0
"""Time limit in seconds for the database to answer."""
MOST_RUNS = 1000
"""Number of runs that are looked through."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readiness:
    """State of one part of the server, and the reason if it is not ready."""

    ready: bool
    reason: str = ""


def build_workers() -> Readiness:
    """Return the state of the build workers."""
    started = engine()
    if started.failure:
        return Readiness(False, started.failure)
    return Readiness(True) if started.ready else Readiness(False, "TensorFlow is being loaded.")


def database() -> Readiness:
    """Return the state of the database, and of the queue in it."""
    try:
        service().store.services.alive()
    except PlaygroundError as error:
        _log.warning("The database does not answer: %s", error)
        return Readiness(False, f"The database does not answer: {public_text(error)}")
    return Readiness(True)


def usage() -> dict[str, dict[str, int]]:
    """Return people and open tabs, memory of processes by role in bytes, and the queue's numbers.

    Memory that processes share counts in each.
    """
    owners, store = OPEN_TABS.owners(), service().store
    running = store.list(statuses=("running",), limit=MOST_RUNS, sweeps=True)
    training = sum(run.service == service().id for run in running)
    return {
        "people": {"people": len(set(owners)), "open_tabs": len(owners)},
        "memory": dict(_memory()),
        "queue": {"training": training, "waiting": len(store.queue.waiting())},
    }


def _memory() -> Counter[str]:
    pool, server = engine().pool, psutil.Process()
    roles = dict.fromkeys(server_host().children(), "training")
    roles |= dict.fromkeys(pool.processes() if pool is not None else (), "build_workers")
    roles[os.getpid()] = "server"
    memory: Counter[str] = Counter()
    for process in (server, *server.children(recursive=True)):
        memory[roles.get(process.pid, "others")] += memory_of(process.pid)
    return memory


async def ready(_: Request) -> JSONResponse:
    """Answer with the state of each part, people, memory and queue; 503 until all are ready."""
    database_state = Readiness(False, f"The database did not answer within {SECONDS:g} seconds.")
    with suppress(TimeoutError):
        database_state = await asyncio.wait_for(asyncio.to_thread(database), SECONDS)
    parts = {"build_workers": build_workers(), "database": database_state}
    is_ready = all(part.ready for part in parts.values())
    body: dict[str, object] = {
        "ready": is_ready,
        "parts": {name: asdict(part) for name, part in parts.items()},
    }
    if is_ready:
        with suppress(StoreError):  # The database may have failed since.
            body |= await asyncio.to_thread(usage)
    return JSONResponse(body, 200 if is_ready else 503)
