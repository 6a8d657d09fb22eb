"""Starting modules of the playground as processes of their own, and ending them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any

from components.core.paths import ROOT

_PR_SET_PDEATHSIG = 1


def start_module(module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a module as a process that Ctrl-C in the terminal does not reach."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": path},
        start_new_session=True,
        **options,
    )


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process that should end. Kill it if it takes longer than `seconds`."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, if the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
