"""Where runs are queued: a local Dask scheduler and worker, or a cluster of others."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import IO, Protocol

from components.core.errors import RunError
from components.training.child_process import helper

END_SECONDS = 2.0
"""How long a process may take to end when it is asked to."""


class Cluster(Protocol):
    """A Dask scheduler that can be reached."""

    @property
    def address(self) -> str: ...

    @property
    def ours(self) -> bool:
        """Whether it was started here, and is started anew when a part of it ends."""

    def ended(self) -> bool:
        """Whether a part of it that was started here is no longer there."""

    def close(self) -> None:
        """End what was started here."""


class LocalCluster:
    """A scheduler and one worker, which takes `runs` at a time, as processes of this one.

    Raises `RunError` where they do not start.
    """

    ours = True

    def __init__(self, runs: int) -> None:
        node = "components.training.dask_node"
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        self.worker = helper(node, "worker", str(runs), stdin=pipe, stdout=nothing)
        self.scheduler = helper(node, "scheduler", stdin=pipe, stdout=pipe)
        try:
            line = _open(self.scheduler.stdout).readline()
            self.address = line.decode().strip()
            given = _open(self.worker.stdin)
            given.write(line)
            given.flush()
        except OSError:
            self.address = ""
        if not self.address:
            self.close()
            raise RunError(
                "A local scheduler and worker must start before a run can.",
                f"exit code {self.scheduler.poll()}",
                "Look in the server's log for the reason.",
            )

    def ended(self) -> bool:
        return self.worker.poll() is not None or self.scheduler.poll() is not None

    def close(self) -> None:
        for process in (self.worker, self.scheduler):
            with suppress(OSError):
                _open(process.stdin).close()
        for process in (self.worker, self.scheduler):
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class RemoteCluster:
    """A scheduler that others run, whose workers have the playground installed."""

    ours = False

    def __init__(self, address: str) -> None:
        self.address = address

    def ended(self) -> bool:
        return False

    def close(self) -> None:
        return None


def cluster_of_environment() -> Cluster:
    """The cluster at DASK_SCHEDULER_ADDRESS, or a local one for FUSION_WORKERS runs at a time.

    Raises `RunError` where a variable is wrong or a local cluster does not start.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    return RemoteCluster(address) if address else LocalCluster(_runs())


def _runs() -> int:
    given = os.environ.get("FUSION_WORKERS", "1")
    if not given.isdigit() or int(given) == 0:
        raise RunError(
            "FUSION_WORKERS is how many runs train at a time, 1 or more.",
            given,
            "Set it to `1`, or to half the number of cores.",
        )
    return int(given)


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("The process was started without this pipe.")
    return stream
