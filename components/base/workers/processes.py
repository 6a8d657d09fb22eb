"""Processes that run modules of the playground: how they are started and ended."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

import psutil

from components.base.paths import ours_first

WATCH_SECONDS = 0.05
"""Seconds between two checks of the memory of children."""
_PR_SET_PDEATHSIG = 1
_NICE = 10
"""Unix niceness of a process with low priority."""


def start_module(module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a module as a process that Ctrl-C in the terminal does not reach."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **ours_first(), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        **options,
    )


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process that should end. Kill it if it takes longer than `seconds`."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill_family(pid: int) -> None:
    """Kill a process and all its children, if it has not ended yet."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                member.kill()


def is_alive(pid: int) -> bool:
    """Return `True` if a process exists and has not ended."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def memory_of(pid: int) -> int:
    """Return the memory of a process in bytes, or 0 if it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def give_way() -> None:
    """Lower the priority of this process: a picture must not wait for a training."""
    psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", _NICE))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends, where the system supports that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
