"""The processes of this server, with their memory and CPU."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

import psutil

HOSTS = "components.keras_host.forkserver"
SPAWNED = "components.keras_host.spawned_child"


@dataclass(frozen=True)
class ProcessUse:
    """A process: what it does, its resident memory in bytes, and its CPU in percent of a core."""

    pid: int
    role: str
    memory: int
    cpu: float


class ProcessMeter:
    """Reads the processes of this server. CPU is the mean since the reading before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, psutil.Process] = {}

    def read(self, workers: Collection[int], training: Collection[int]) -> list[ProcessUse]:
        """The server first, then what it started; `workers` and `training` are process ids."""
        with self._lock:
            server = psutil.Process()
            present = {p.pid: p for p in (server, *server.children(recursive=True))}
            self._known = {pid: self._known.get(pid, process) for pid, process in present.items()}
            uses = []
            for pid, process in self._known.items():
                with suppress(psutil.Error):
                    role = _role(process, workers, training)
                    memory, cpu = process.memory_info().rss, process.cpu_percent()
                    uses.append(ProcessUse(pid, role, int(memory), float(cpu)))
            return uses


def _role(process: psutil.Process, workers: Collection[int], training: Collection[int]) -> str:
    if process.pid == os.getpid():
        return "server"
    if process.pid in workers:
        return "build worker"
    if process.pid in training:
        return "training"
    command = process.cmdline()
    if HOSTS in command:
        return "Keras host"
    return "spare with Keras" if SPAWNED in command else "helper"


METER = ProcessMeter()
"""The one meter of this server."""
