"""The two ways of starting children that have imported Keras, for tests that run with both."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import pytest

from components.base.workers.host import ForkingHost, KerasHost, SpawningHost, Way

HOSTS: Mapping[Way, Callable[..., KerasHost]] = {"fork": ForkingHost, "spawn": SpawningHost}
WAYS: tuple[Way, ...] = ("fork", "spawn") if sys.platform == "linux" else ("spawn",)
"""Ways that this system has. A test that is not marked `both_ways` uses the first."""
needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="a test of the forkserver")
KILLED = "exit code 15" if sys.platform == "win32" else "SIGKILL, signal 9"
"""Reason in the error on a child that another process has killed."""
