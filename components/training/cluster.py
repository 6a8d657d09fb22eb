"""The Dask cluster that trains runs: a local scheduler and worker, or a cluster elsewhere."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, Protocol

from components.core.errors import RunError
from components.keras_host.processes import start_module, wait_or_kill

END_SECONDS = 2.0
"""How long a process may take to end when it is asked to."""
CONNECT_SECONDS = 30.0
"""How long a scheduler and its first worker may take to answer."""


class Cluster(Protocol):
    """A Dask scheduler that can be reached."""

    @property
    def address(self) -> str: ...

    @property
    def is_local(self) -> bool:
        """Whether it was started here, and is restarted if one of its processes ends."""

    def has_ended(self) -> bool:
        """Whether one of the processes started here has ended."""

    def close(self) -> None:
        """End the processes started here."""


class LocalCluster:
    """A scheduler and one worker as child processes; the worker trains `runs` at a time.

    Raises `RunError` if they do not start.
    """

    is_local = True

    def __init__(self, runs: int) -> None:
        node = "components.training.dask_node"
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        self.worker = start_module(node, "worker", str(runs), stdin=pipe, stdout=nothing)
        self.scheduler = start_module(node, "scheduler", stdin=pipe, stdout=pipe)
        try:
            line = _open(self.scheduler.stdout).readline()
            self.address = line.decode().strip()
            worker_input = _open(self.worker.stdin)
            worker_input.write(line)
            worker_input.flush()
        except OSError:
            self.address = ""
        if not self.address:
            self.close()
            raise RunError(
                "A local scheduler and worker must start before a run can.",
                f"exit code {self.scheduler.poll()}",
                "Look in the server's log for the reason.",
            )

    def has_ended(self) -> bool:
        return self.worker.poll() is not None or self.scheduler.poll() is not None

    def close(self) -> None:
        for process in (self.worker, self.scheduler):
            with suppress(OSError):
                _open(process.stdin).close()
        for process in (self.worker, self.scheduler):
            wait_or_kill(process, END_SECONDS)


class RemoteCluster:
    """A scheduler started elsewhere, whose workers have the playground installed."""

    is_local = False

    def __init__(self, address: str) -> None:
        self.address = address

    def has_ended(self) -> bool:
        return False

    def close(self) -> None:
        return None


def cluster_of_environment() -> Cluster:
    """The cluster at DASK_SCHEDULER_ADDRESS, or a local one for FUSION_WORKERS runs at a time.

    Raises `RunError` if a variable is not valid or a local cluster does not start.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    return RemoteCluster(address) if address else LocalCluster(_parallel_runs())


@dataclass(frozen=True)
class ClusterConnection:
    """A cluster with Dask's client for it."""

    cluster: Cluster
    client: Any

    @classmethod
    def open(
        cls, cluster: Cluster, topic: str, on_event: Callable[[Any], None]
    ) -> ClusterConnection:
        """Connect, and pass what workers log under `topic` to `on_event`, in a thread of Dask.

        Raises `RunError` if the cluster does not answer.
        """
        from distributed import Client

        # The client's own messages on a lost scheduler are not needed: the queue's say more.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            client = Client(cluster.address, timeout=CONNECT_SECONDS, set_as_default=False)
            client.subscribe_topic(topic, on_event)
            if cluster.is_local:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            cluster.close()
            raise RunError(
                "The Dask scheduler must answer.",
                f"{cluster.address}: {type(error).__name__}",
                "Check that it is up and has a worker, or unset DASK_SCHEDULER_ADDRESS to use a "
                "local one.",
            ) from error
        return cls(cluster, client)

    def run_on_workers(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in each worker process."""
        self.client.run(function, *arguments, on_error="ignore")

    def close(self) -> None:
        """Close the client, and end the cluster if it is a local one."""
        with suppress(Exception):
            self.client.close(timeout=1)
        self.cluster.close()


def _parallel_runs() -> int:
    value = os.environ.get("FUSION_WORKERS", "1")
    if not value.isdigit() or int(value) == 0:
        raise RunError(
            "FUSION_WORKERS must be the number of runs to train at a time, 1 or more.",
            value,
            "Set it to `1`, or to half the number of cores.",
        )
    return int(value)


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("The process was started without this pipe.")
    return stream
