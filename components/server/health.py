"""Whether the server is alive and can serve, who is here, and what its processes take."""

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

from components.core.errors import PlaygroundError, StoreError, public_text
from components.keras_host.host import server_host
from components.keras_host.processes import memory_of
from components.runs.run_service import service
from components.ui.frame.engine import engine
from components.ui.frame.people import PEOPLE

SECONDS = 5.0
"""How long the database may take to answer."""
MOST_RUNS = 1000
"""How many runs are looked through."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readiness:
    """Whether one part of the server is ready, and if not, why."""

    ready: bool
    reason: str = ""


def build_workers() -> Readiness:
    """Whether models can be built."""
    started = engine()
    if started.failure:
        return Readiness(False, started.failure)
    return Readiness(True) if started.ready else Readiness(False, "TensorFlow is being loaded.")


def database() -> Readiness:
    """Whether the database answers and runs can be queued."""
    try:
        service().store.services.alive()
    except PlaygroundError as error:
        _log.warning("The database does not answer: %s", error)
        return Readiness(False, f"The database does not answer: {public_text(error)}")
    return Readiness(True)


def usage() -> dict[str, dict[str, int]]:
    """People and open tabs, resident bytes of processes by what they do, and the queue's numbers.

    Memory that processes share counts in each.
    """
    owners, store = PEOPLE.owners(), service().store
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
    """Whether each part is ready, with people, memory and queue; status 503 until all are."""
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
