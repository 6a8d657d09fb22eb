"""Which services (one for each server process) are alive, as the database shows them."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
from sqlalchemy import delete, func, select, update

from components.database.database import Database
from components.runs.tables import ServiceRow

STALE_SECONDS = 15.0
"""A service on another host counts as dead once it has sent no heartbeat for so long."""
_PROC = Path("/proc")


class ServiceRegistry:
    """Records the services that use the database, and tells which are alive.

    A service on this host is alive as long as its process is there. One on another host is alive
    while its heartbeats are seen to go on. No clock that somebody sets has a part in that.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._beats: dict[str, tuple[float, float]] = {}
        """By service: its last heartbeat, and when that was first seen here."""
        self._last_look = time.monotonic()

    def register(self, service: str, slots: int = 0) -> None:
        """Record that a service of this process is alive, and trains `slots` runs at a time."""
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
        """Send a heartbeat. Call it more often than every `STALE_SECONDS`."""
        query = update(ServiceRow).where(ServiceRow.id == service)
        if not self._database.execute(query.values(beat=ServiceRow.beat + 1, slots=slots)):
            self.register(service, slots)

    def unregister(self, service: str) -> None:
        """Remove a service that ends. From then on its unfinished runs count as interrupted."""
        self._database.execute(delete(ServiceRow).where(ServiceRow.id == service))

    def alive(self) -> list[str]:
        """The ids of the services that are alive. The others are removed."""
        return [server.id for server in self.servers()]

    def servers(self) -> list[ServiceRow]:
        """The servers that are alive. The others are removed."""
        services = self._database.column(select(ServiceRow))
        now = time.monotonic()
        if now - self._last_look > STALE_SECONDS / 2:
            self._beats.clear()  # While nobody could look, nobody could send either.
        self._last_look = now
        alive = [service for service in services if self._is_alive(service, now)]
        for service in services:
            if service not in alive:
                self.unregister(service.id)
        return alive

    def count_slots(self) -> int:
        """How many runs all services train at a time, 1 or more."""
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
    """What all processes have in common that can see each other: the host, since its last start."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _process_start(pid: int) -> float:
    """When a process started. On Linux it is counted from the host's start, not by the clock.

    Raises `psutil.Error` or `OSError` if there is no such process.
    """
    if not (_PROC / "self/stat").exists():
        return float(psutil.Process(pid).create_time())
    state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    if state in "ZX":
        raise ProcessLookupError(pid)
    return float(fields[18])
