"""The only wait in tests: until a condition is true, never a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""Maximum wait in seconds. It only ends a test that hangs, so it is far above the time that a busy
machine needs.
"""

LONGEST_PAUSE = 0.05
"""Maximum seconds between two checks: checking slows down the awaited work."""


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first true value of a condition, which is checked at growing intervals."""
    deadline, pause = time.monotonic() + seconds, 0.01
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds:g} s; last value: {value!r}"
        time.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.2)
    return value
