"""Parts of weightless models that later builds reuse: a change in one branch keeps the others."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

from components.models.language.recorder import Keras, RecordedPart, Tensor


class PartCache:
    """Cache of the parts that were used last, for builds in any thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: OrderedDict[Hashable, RecordedPart] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> RecordedPart | None:
        """Return the part of that key, if it is still cached."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
            return self._parts.get(key)

    def put(self, key: Hashable, part: RecordedPart) -> None:
        """Add a part; the least recently used one is dropped."""
        with self._lock:
            self._parts[key] = part
            if len(self._parts) > self._size:
                self._parts.popitem(last=False)

    def clear(self) -> None:
        """Drop all parts."""
        with self._lock:
            self._parts.clear()


PARTS = PartCache(256)
"""Parts of all models that this process has drawn."""


class PartReuse:
    """Reuse of cached parts in one build. Without a cache, it reuses nothing."""

    def __init__(self, k: Keras, cache: PartCache | None) -> None:
        self._k = k
        self._cache = cache
        self._keys: dict[str, object] = {}
        """Identity of each reusable part, for the keys of the parts that read it."""
        self._used: list[RecordedPart] = []

    def write_once(
        self,
        name: str,
        part: Hashable | None,
        reads: Sequence[str],
        write: Callable[[], tuple[Tensor, ...]],
    ) -> tuple[Tensor, ...]:
        """Return the tensors of `write`, or those of an earlier build of the same part and sources.

        Raises the error of `write`, also if it was raised earlier.
        """
        if self._cache is None or part is None or any(s not in self._keys for s in reads):
            return write()
        key = (part, *(self._keys[source] for source in reads))
        recorded = self._cache.get(key)
        if recorded is None or not self._k.reuse(recorded):
            tensors, recorded = self._k.record_part(write)
            if recorded is None:
                return tensors
            self._cache.put(key, recorded)
        self._used.append(recorded)
        if recorded.error is not None:
            raise recorded.error.at()
        self._keys[name] = recorded.identity
        return recorded.tensors

    def detach(self) -> None:
        """Detach the cached parts from this model."""
        for part in self._used:
            part.detach()
