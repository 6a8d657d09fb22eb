"""Background work in threads: each result is computed once for all sessions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Generic, TypeVar

from components.base.errors import PlaygroundError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Background(Generic[K, V]):
    """Results of `work` by key, computed in threads. The `kept` results used last are kept."""

    def __init__(
        self, work: Callable[[K], V], name: str, kept: int = 128, threads: int = 1
    ) -> None:
        self._work, self._kept = work, kept
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._futures: OrderedDict[K, Future[V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, seconds: float = 0.0) -> V | None:
        """Return the result; `None` if it is not ready after `seconds`.

        Raises the exception of the work.
        """
        return self._result(key) if wait([self._future(key)], seconds).done else None

    def wait(self, key: K) -> V:
        """Wait for the result and return it. Raises the exception of the work."""
        return self._result(key)

    def _result(self, key: K) -> V:
        """Return the result. Work that failed with an unexpected exception can run again."""
        try:
            return self._future(key).result()
        except PlaygroundError:
            raise
        except Exception:
            with self._lock:
                self._futures.pop(key, None)
            raise

    def _future(self, key: K) -> Future[V]:
        with self._lock:
            future = self._futures.get(key)
            if future is None:
                work = copy_context().run
                future = self._futures[key] = self._pool.submit(work, self._work, key)
                while len(self._futures) > self._kept:
                    self._futures.popitem(last=False)
            else:
                self._futures.move_to_end(key)
            return future
