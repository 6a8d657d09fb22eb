"""Clock that all stored times come from. Durations use `time.monotonic` instead."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

SHIFT = "FUSION_TEST_CLOCK_SHIFT"
"""Variable that moves the clock by some seconds. Only tests set it; child processes inherit it."""


def now() -> float:
    """Return the time in seconds since 1970."""
    return time.time() + float(os.environ.get(SHIFT, 0))


def utc_now() -> datetime:
    """Return the time as a date in UTC."""
    return datetime.fromtimestamp(now(), UTC)


def file_now() -> float:
    """Return the time in seconds since 1970 as file systems record it: tests can't move it."""
    return time.time()
