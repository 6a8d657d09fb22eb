"""Writer of drafts in the background; a page only hands over their states."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from components.base.errors import PlaygroundError, StoreError
from components.experiments.queue.action_thread import ActionThread
from components.teaching.people.draft_store import DraftChange, DraftStore

WRITE_SECONDS = 1.0
"""Least seconds between two writes."""
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Unwritten(Protocol):
    """State of a draft that is not written yet."""

    def change(self) -> DraftChange:
        """Return what to write; called in the writer's thread."""

    def written(self, draft_id: str) -> None:
        """Note that the draft is stored under this id; called in the writer's thread."""


class DraftWriter:
    """Writer of the last state of each draft, at most once a second, in a thread of its own.

    `store` opens the store; it is called in that thread. Safe under threads.
    """

    def __init__(self, store: Callable[[], DraftStore]) -> None:
        self.failure: PlaygroundError | None = None
        """Reason why drafts can't be written now."""
        self._store = store
        self._lock = threading.Lock()
        self._waiting: dict[str, Unwritten] = {}
        self._last = -WRITE_SECONDS
        self._thread = ActionThread("drafts", (self._write_due,), self._write)
        self._thread.start()
        atexit.register(self.close)

    @property
    def closed(self) -> bool:
        """`True` once it writes nothing any more."""
        return self._thread.closed

    def put(self, key: str, state: Unwritten) -> None:
        """Write this state soon, in place of an earlier one with the same key."""
        with self._lock:
            self._waiting[key] = state

    def ask(self, question: Callable[[DraftStore], _T], seconds: float) -> _T:
        """Return the answer to a question about the store, after all waiting states are written.

        Raises what the question raises, and `TimeoutError` without an answer after `seconds`.
        """
        answer: Future[_T] = Future()

        def find() -> None:
            try:
                self._write()
                answer.set_result(question(self._store()))
            except PlaygroundError as error:
                answer.set_exception(error)

        self._thread.put(find)
        return answer.result(seconds)

    def close(self) -> None:
        """Write the waiting states, and end the thread."""
        atexit.unregister(self.close)
        self._thread.close()

    def _write_due(self) -> None:
        if self._waiting and time.monotonic() - self._last >= WRITE_SECONDS:
            self._write()

    def _write(self) -> None:
        with self._lock:
            states, self._waiting = self._waiting, {}
        if not states:
            return
        self._last = time.monotonic()
        packed = [(state, change) for state in states.values() if (change := _packed(state))]
        try:
            ids = self._store().write([change for _, change in packed])
        except StoreError as error:
            self.failure = error
            with self._lock:
                self._waiting = {**states, **self._waiting}
            raise
        except PlaygroundError as error:
            self.failure = error
            return
        self.failure = None
        for (state, _), draft_id in zip(packed, ids, strict=True):
            state.written(draft_id)


def _packed(state: Unwritten) -> DraftChange | None:
    """Return what to write; `None` if a value can't be stored, which no browser sends."""
    try:
        return state.change()
    except (TypeError, ValueError) as error:
        _log.error("A draft holds a value that can't be stored: %s", error)
        return None
