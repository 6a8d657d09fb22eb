"""One thread that runs actions one after another."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from components.base.errors import StoreError

TICK_SECONDS = 0.2
"""Maximum time between two ticks."""
RETRY_SECONDS = 1.0
"""Time between two attempts of an action while the database can't be used."""
CLOSE_SECONDS = 20.0
"""Maximum time for which `close` waits for the thread."""
Action = Callable[[], object]

_log = logging.getLogger(__name__)


class ActionThread:
    """Runs actions from other threads in order, and `ticks` after each action.

    `at_close` is the last action. While the database can't be used, the current action is repeated,
    and later ones wait. Any other error is logged, and the thread continues.
    """

    def __init__(self, name: str, ticks: tuple[Action, ...], at_close: Action) -> None:
        self._ticks, self._at_close = ticks, at_close
        self._actions: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._closed = threading.Event()
        self._failing: Action | None = None
        """Action that failed because the database can't be used."""
        self.start = self._thread.start

    @property
    def closed(self) -> bool:
        """`True` once `close` was called."""
        return self._closed.is_set()

    def put(self, action: Action = lambda: None) -> None:
        """Run an action after the earlier ones, and the ticks after it."""
        self._actions.put(action)

    def close(self) -> None:
        """End the thread after its current action, and wait for it."""
        if not self.closed:
            self._closed.set()
            self.put()
            if self._thread.is_alive():  # It may not have started yet.
                self._thread.join(CLOSE_SECONDS)

    def _serve(self) -> None:
        while not self.closed:
            with suppress(queue.Empty):
                action = self._actions.get(timeout=TICK_SECONDS)
                while not self._run(action) and not self._closed.wait(RETRY_SECONDS):
                    pass
            for tick in self._ticks:
                if not self._run(tick):
                    self._closed.wait(RETRY_SECONDS)
        self._run(self._at_close)

    def _run(self, action: Action) -> bool:
        """Run an action. Return `False` if it must be repeated: the database can't be used."""
        try:
            action()
        except StoreError as error:
            if self._failing is None:
                self._failing = action
                _log.warning("%s It is tried again and again.", error)
            return False
        except Exception:
            if threading.main_thread().is_alive():
                _log.exception("The service of runs goes on after an error.")
            return True
        if self._failing == action:
            self._failing = None
            _log.warning("The database of runs can be used again.")
        return True
