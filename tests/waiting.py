"""The one way in which tests wait: until something is so, never a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""Longest wait. It only ends a test that hangs, so it is far above what a busy machine needs."""

LONGEST_PAUSE = 0.05
"""Seconds between two questions at most: to ask takes time from what is waited for."""


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """The first true value of a condition, which is asked again and again, ever less often."""
    deadline, pause = time.monotonic() + seconds, 0.01
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds:g} s; last value: {value!r}"
        time.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.2)
    return value
