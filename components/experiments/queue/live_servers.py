"""Registry of the services that are alive (one for each server process), in the database."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
from sqlalchemy import delete, func, select, update

from components.base.database.database import Database
from components.experiments.queue.tables import ServiceRow

STALE_SECONDS = 15.0
"""Time without a heartbeat after which a service on another host counts as dead."""
_PROC = Path("/proc")


class ServiceRegistry:
    """Records the services that use the database, and checks which of them are alive.

    A service on this host is alive while its process exists. One on another host is alive while its
    heartbeats change. Only monotonic time is used, so a changed system clock has no effect.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._beats: dict[str, tuple[float, float]] = {}
        """Last heartbeat of each service, and the time at which it was first seen here."""
        self._last_look = time.monotonic()

    def register(self, service: str, slots: int = 0) -> None:
        """Record a service of this process as alive, with `slots` runs at a time."""
        row = ServiceRow(
            id=service,
            host=host_key(),
            process=os.getpid(),
            process_start=_process_start(os.getpid()),
            beat=0.0,
            slots=slots,
        )
        with self._database.write() as session:
            session.merge(row)

    def beat(self, service: str, slots: int = 0) -> None:
        """Send a heartbeat. Call it at shorter intervals than `STALE_SECONDS`."""
        query = update(ServiceRow).where(ServiceRow.id == service)
        if not self._database.execute(query.values(beat=ServiceRow.beat + 1, slots=slots)):
            self.register(service, slots)

    def unregister(self, service: str) -> None:
        """Remove a service that ends. Its unfinished runs then count as interrupted."""
        self._database.execute(delete(ServiceRow).where(ServiceRow.id == service))

    def alive(self) -> list[str]:
        """Return the ids of the services that are alive, and remove the dead ones."""
        return [server.id for server in self.servers()]

    def servers(self) -> list[ServiceRow]:
        """Return the services that are alive, and remove the dead ones."""
        services = self._database.column(select(ServiceRow))
        now = time.monotonic()
        if now - self._last_look > STALE_SECONDS / 2:
            self._beats.clear()  # While this process could not check, others may not have sent.
        self._last_look = now
        alive = [service for service in services if self._is_alive(service, now)]
        for service in services:
            if service not in alive:
                self.unregister(service.id)
        return alive

    def count_slots(self) -> int:
        """Return the number of runs that all services train at a time, at least 1."""
        return max(1, self._database.first(select(func.sum(ServiceRow.slots))) or 0)

    def _is_alive(self, service: ServiceRow, now: float) -> bool:
        if service.host == host_key():
            with suppress(psutil.Error, OSError):
                return _process_start(service.process) == service.process_start
            return False
        beat, since = self._beats.get(service.id, (None, now))
        if beat != service.beat:
            self._beats[service.id] = service.beat, now
            return True
        return now - since < STALE_SECONDS


@cache
def host_key() -> str:
    """Return a key of this host since its last start, equal in processes that see each other."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _process_start(pid: int) -> float:
    """Return the start time of a process; on Linux since the host's start, not by the system clock.

    Raises `psutil.Error` or `OSError` if there is no such process.
    """
    if not (_PROC / "self/stat").exists():
        return float(psutil.Process(pid).create_time())
    state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    if state in "ZX":
        raise ProcessLookupError(pid)
    return float(fields[18])
