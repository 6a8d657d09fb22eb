"""Why a run ended that its child process did not end itself."""

from __future__ import annotations

import signal

from components.core.errors import RunError
from components.core.limits import MEMORY, SECONDS
from components.core.text import byte_size


def memory_exceeded(limit: int, memory: int) -> RunError:
    """The failure of a run that used more memory than its limit; both in bytes."""
    return RunError(
        f"A run may take {byte_size(limit)} of memory here.",
        f"a process with {byte_size(memory)}",
        "Make layers narrower, choose a smaller batch or fewer samples, or ask the server's owner: "
        f"{MEMORY.variable} sets the limit.",
    )


def time_exceeded(limit: float, seconds: float) -> RunError:
    """The failure of a run that took longer than its limit; both in seconds."""
    return RunError(
        f"A run may take {limit:g} seconds here.",
        f"a run not done after {seconds:.0f} seconds",
        "Choose fewer epochs or samples, or a smaller model, or ask the server's owner: "
        f"{SECONDS.variable} sets the limit.",
    )


def child_exited(code: int) -> RunError:
    """The failure of a run whose process exited with this code; below 0 it is a signal."""
    if code < 0:
        received = f"{signal.Signals(-code).name} (signal {-code})"
        fix = (
            "Something outside the run ended its process, often the system for lack of memory. "
            "Start it again; if it fails again, choose a smaller model, batch or dataset."
        )
    else:
        received = f"exit code {code}"
        fix = "This is a fault of the playground: the traceback is in the server's log."
    return RunError("A run's process must stay alive until the run is done.", received, fix)


def connection_lost() -> RunError:
    """The interruption of a run whose host has ended."""
    return RunError(
        "The process that starts runs must stay alive until they are done.",
        "a closed connection",
        "Start the run again; a new process is ready for it.",
    )
