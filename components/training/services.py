"""Which services (one for each server process) are alive, as the database shows them."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

import psutil
from sqlalchemy import delete, select, update

from components.training.database import Database
from components.training.tables import ServiceRow

STALE_SECONDS = 15.0
"""A service on another host counts as dead once its last heartbeat is older than this."""


class ServiceRegistry:
    """Records the services that use the database, and tells which are alive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, service: str) -> None:
        """Record that a service of this process is alive."""
        row = ServiceRow(
            id=service,
            host=socket.gethostname(),
            process=os.getpid(),
            process_start=psutil.Process().create_time(),
            beat=time.time(),
        )
        with self._database.write() as session:
            session.merge(row)

    def beat(self, service: str) -> None:
        """Send a heartbeat. Call it more often than every `STALE_SECONDS`."""
        query = update(ServiceRow).where(ServiceRow.id == service)
        self._database.execute(query.values(beat=time.time()))

    def unregister(self, service: str) -> None:
        """Remove a service that ends. From then on its unfinished runs count as interrupted."""
        self._database.execute(delete(ServiceRow).where(ServiceRow.id == service))

    def alive(self) -> list[str]:
        """The ids of the services that are alive."""
        with self._database.read() as session:
            return [row.id for row in session.scalars(select(ServiceRow)) if _is_alive(row)]


def _is_alive(service: ServiceRow) -> bool:
    if service.host == socket.gethostname():
        with suppress(psutil.Error):
            process = psutil.Process(service.process)
            return bool(abs(process.create_time() - service.process_start) < 1)
        return False
    return time.time() - service.beat < STALE_SECONDS
