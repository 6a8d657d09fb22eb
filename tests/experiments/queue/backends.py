"""Runners for the contract tests: children of this process, and a real Dask cluster."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from components.base.paths import ROOT
from components.base.workers.host import KerasHost, Way
from components.base.workers.preloads import PRELOADS
from components.experiments.queue.dask_runner import DaskRunner
from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import JobListener, Launch, LocalRunner
from components.experiments.queue.store import Store
from components.experiments.training.limits import Limits
from tests.serving import free_port
from tests.waiting import PATIENCE_SECONDS, wait_until
from tests.ways import HOSTS

LIMITS = Limits(memory=3_000_000_000)
_DASK = str(Path(sys.executable).with_name("dask"))
_LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


def documented_cluster(port: int) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the commands of docs/deployment.md that start a scheduler, a worker and the app, for
    this machine.

    The key is the name of the command; the value is the command and the variables set before it.
    """
    text = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n([^`]*\bdask scheduler\b[^`]*)```", text)
    block = block.replace("//scheduler:", "//127.0.0.1:").replace("8786", str(port))
    found = {}
    for line in block.splitlines():
        words = shlex.split(line)
        command = [word for word in words if not re.match("[A-Z_]+=", word)]
        variables = dict(word.split("=", 1) for word in words[: len(words) - len(command)])
        found[" ".join(command[:2]).removeprefix(".venv/bin/")] = command, variables
    return found


class DaskCluster:
    """Scheduler and worker for one job at a time, started with the lines of the document."""

    def __init__(self, folder: Path, way: Way) -> None:
        self._way = way
        self._file = folder / "scheduler.json"
        self._log = (folder / "dask.log").open("w")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._documented = documented_cluster(free_port())
        self.address = self._documented["make run"][1]["DASK_SCHEDULER_ADDRESS"]

    def start(self) -> None:
        self._file.unlink(missing_ok=True)
        file = ("--scheduler-file", str(self._file))
        self._run("dask scheduler", *_LOOPBACK, *file, "--idle-timeout", "20 minutes")
        wait_until(self._file.exists)
        self._run("dask worker", *_LOOPBACK)

    def close(self) -> None:
        """End all processes."""
        family = [child for node in self._nodes() for child in node.children(recursive=True)]
        for process in (*self._nodes(), *family):
            if process.is_running():
                process.kill()
        for node in self._processes:
            node.wait(PATIENCE_SECONDS)
        self._processes = []

    @property
    def scheduler(self) -> psutil.Process:
        return psutil.Process(self._processes[0].pid)

    @property
    def worker(self) -> psutil.Process:
        """Process of the worker, which its nanny restarts if it ends."""

        def children() -> list[psutil.Process]:
            nanny = psutil.Process(self._processes[1].pid)
            return [child for child in nanny.children() if "spawn_main" in _command_of(child)]

        return wait_until(children)[0]

    def _nodes(self) -> list[psutil.Process]:
        return [psutil.Process(node.pid) for node in self._processes if node.poll() is None]

    def _run(self, name: str, *options: str) -> None:
        (_, *command), variables = self._documented[name]
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        node = subprocess.Popen(
            [_DASK, *command, *options],
            env={**inherited, "FUSION_CHILDREN": self._way, **variables},
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
        )
        self._processes.append(node)


@dataclass(frozen=True)
class Backend:
    """Way to train, with a service that the tests share."""

    launch: Launch
    environment: Mapping[str, str]
    """Environment variables with which another server uses the same way and the same store."""
    service: Service


def local_backend(url: str, way: Way) -> Backend:
    host = training_host(way)

    def launch(listener: JobListener) -> LocalRunner:
        return LocalRunner(1, listener, host)

    environment = {"FUSION_DATABASE_URL": url, "FUSION_CHILDREN": way, "DASK_SCHEDULER_ADDRESS": ""}
    return Backend(launch, environment, Service(Store(url), launch, LIMITS))


def dask_backend(url: str, cluster: DaskCluster) -> Backend:
    def launch(listener: JobListener) -> DaskRunner:
        return DaskRunner(cluster.address, listener)

    environment = {"FUSION_DATABASE_URL": url, "DASK_SCHEDULER_ADDRESS": cluster.address}
    service = Service(Store(url), launch, LIMITS)
    return Backend(launch, environment, service)


@cache
def training_host(way: Way) -> KerasHost:
    """Return a host that only trains, while a server's host also has build workers."""
    return HOSTS[way](*PRELOADS)


def _command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
