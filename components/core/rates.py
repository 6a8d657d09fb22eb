"""How often something may happen within a time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """Counts events by key, and forgets those older than `seconds`. Safe under threads."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = threading.Lock()
        self._events: dict[str, deque[float]] = {}

    def take(self, key: str = "") -> bool:
        """Count one more event of the key, unless it is full. Returns whether it was counted."""
        with self._lock:
            self._forget()
            events = self._events.setdefault(key, deque())
            if len(events) >= self._most:
                return False
            events.append(self._clock())
            return True

    def _forget(self) -> None:
        now = self._clock()
        for key, events in list(self._events.items()):
            while events and now - events[0] > self._seconds:
                events.popleft()
            if not events:
                del self._events[key]
