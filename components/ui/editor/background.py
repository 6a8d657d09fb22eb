"""Work in a thread, done once for all sessions, while their pages stay responsive."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Generic, TypeVar

from components.core.errors import PlaygroundError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Background(Generic[K, V]):
    """The results of `work` by key, computed in threads; the latest `kept` are kept."""

    def __init__(
        self, work: Callable[[K], V], name: str, kept: int = 128, threads: int = 1
    ) -> None:
        self._work, self._kept = work, kept
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._asked: OrderedDict[K, Future[V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, seconds: float = 0.0) -> V | None:
        """The result, or `None` if it is not there after a number of seconds.

        Raises what the work raised.
        """
        return self._result(key) if wait([self._of(key)], seconds).done else None

    def wait(self, key: K) -> V:
        """The result, after waiting for it. Raises what the work raised."""
        return self._result(key)

    def _result(self, key: K) -> V:
        """The result. Work that failed by a fault, not by a rule of ours, runs again."""
        try:
            return self._of(key).result()
        except PlaygroundError:
            raise
        except Exception:
            with self._lock:
                self._asked.pop(key, None)
            raise

    def _of(self, key: K) -> Future[V]:
        with self._lock:
            future = self._asked.get(key)
            if future is None:
                work = copy_context().run
                future = self._asked[key] = self._pool.submit(work, self._work, key)
                while len(self._asked) > self._kept:
                    self._asked.popitem(last=False)
            else:
                self._asked.move_to_end(key)
            return future
