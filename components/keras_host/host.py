"""The Keras host: what gives a process children that have imported Keras already.

Each child runs the `main` function of a module, which gets a connection to its parent. The host
writes lines of its own to the other end: `spawned` with the child's process id, then `exit` with
its exit code and, if the child passed its memory limit, with the memory it had. If Keras can't be
imported, the only line is `unusable` with the error.
"""

from __future__ import annotations

import atexit
import socket
import sys
import threading
from functools import cache
from typing import Literal, Protocol

from components.core.environment import choice, lean
from components.core.errors import RunError
from components.keras_host.forking_host import ForkingHost
from components.keras_host.idle import check_often
from components.keras_host.spawning_host import SpawningHost

PRELOADED = (
    "components.analysis.model_view",
    "components.analysis.trials",
    "components.export.script",
    "components.inspection.trained",
    "components.keras_json",
    "components.race.candidates",
    "components.runs.child_main",
    "components.training.loop",
)
"""Modules that the children of a server have at once."""
Way = Literal["fork", "spawn"]
"""How children are made: forked from a process that has imported Keras, or started ahead."""
SPARES = 1
"""Spawned processes with Keras that wait for the next child of a server."""


class KerasHost(Protocol):
    """Makes children. Safe under threads; used again after `close`, it starts anew."""

    def start(self) -> None:
        """Begin to import Keras in the background."""

    def spawn(self, main: str, memory: int) -> socket.socket:
        """The connection to a new child, which runs `main` of a module within `memory` bytes.

        The child ends when the connection is closed, and with this process.
        """

    def children(self) -> list[int]:
        """Process ids of the children that run a `main`."""

    def close_if_idle(self, seconds: float) -> None:
        """Close it if it has no child and was not needed for so long."""

    def close(self) -> None:
        """End all processes."""


def way_of_environment() -> Way:
    """FUSION_CHILDREN, or `fork` on Linux and `spawn` elsewhere. Raises `RunError`.

    Windows can't fork; on macOS a process that has loaded the system's libraries can't safely.
    """
    linux = sys.platform == "linux"
    ways: tuple[Way, ...] = ("fork", "spawn") if linux else ("spawn",)
    return choice("FUSION_CHILDREN", ways)


def keras_host(*modules: str, spares: int = 0) -> KerasHost:
    """A host whose children have imported these modules, too. Raises `RunError`.

    If children are spawned, it keeps so many `spares` for those that are needed later.
    """
    if way_of_environment() == "fork":
        return ForkingHost(*modules)
    return SpawningHost(*modules, spares=spares)


@cache
def server_host() -> KerasHost:
    """The one host of a server or a Dask worker, for all that they build and train.

    It ends at exit; with FUSION_LEAN=1 also while it is idle, and it keeps no spare. Raises
    `RunError` if FUSION_CHILDREN or FUSION_LEAN is not valid.
    """
    host = keras_host(*PRELOADED, spares=0 if lean() else SPARES)
    if lean():
        check_often(host.close_if_idle, threading.Event())
    atexit.register(host.close)
    return host


def keras_unusable(error: str) -> RunError:
    """The error of whatever needs Keras where Keras can't be imported."""
    return RunError(
        "TensorFlow and Keras must be importable.",
        error,
        "Install the packages of requirements.txt and start again.",
    )
