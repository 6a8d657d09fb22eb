"""Ending processes that nobody uses, where memory counts more than speed: FUSION_LEAN=1."""

from __future__ import annotations

import threading
from collections.abc import Callable

IDLE_SECONDS = 60.0
"""Time after which a process that nobody used is ended."""
CHECK_SECONDS = 5.0


def check_often(check: Callable[[float], None], closed: threading.Event) -> None:
    """Call `check` with IDLE_SECONDS every few seconds, in a thread, until `closed` is set."""

    def run() -> None:
        while not closed.wait(CHECK_SECONDS):
            check(IDLE_SECONDS)

    threading.Thread(target=run, name="end-idle", daemon=True).start()
