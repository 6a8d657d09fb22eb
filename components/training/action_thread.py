"""One thread that runs actions one after another."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

TICK_SECONDS = 0.2
"""Maximum time between two ticks."""
CLOSE_SECONDS = 10.0
"""How long `close` waits for the thread."""

Action = Callable[[], object]

_log = logging.getLogger(__name__)


class ActionThread:
    """Runs the actions of other threads in their order, and `ticks` between any two of them.

    `at_close` is the last action. An action that raises an error is logged; the thread goes on.
    """

    def __init__(self, name: str, ticks: tuple[Action, ...], at_close: Action) -> None:
        self._ticks, self._at_close = ticks, at_close
        self._actions: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self.closed = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, action: Action) -> None:
        """Run an action as soon as the earlier ones are done."""
        self._actions.put(action)

    def wake(self) -> None:
        """Run the ticks as soon as the earlier actions are done."""
        self.put(lambda: None)

    def close(self) -> None:
        """End the thread after its current action, and wait for it."""
        if not self.closed:
            self.closed = True
            self.wake()
            self._thread.join(CLOSE_SECONDS)

    def _serve(self) -> None:
        while not self.closed:
            with suppress(queue.Empty):
                self._run(self._actions.get(timeout=TICK_SECONDS))
            for tick in self._ticks:
                self._run(tick)
        self._run(self._at_close)

    def _run(self, action: Action) -> None:
        try:
            action()
        except Exception:
            if not threading.main_thread().is_alive():
                return
            _log.exception("The service of runs goes on after an error.")
