"""Cases of a test: some run in `make test`, the others only in the matrix."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import pytest

Case = tuple[Any, ...]


def cases(
    every: Iterable[Case], often: Sequence[Case], name: Callable[..., str] | None = None
) -> list[Any]:
    """Return all cases for `parametrize`; those that are not in `often` belong to the matrix."""
    return [
        pytest.param(
            *case,
            id=name(*case) if name else None,
            marks=() if case in often else pytest.mark.matrix,
        )
        for case in every
    ]


def firsts(every: Iterable[Case], key: Callable[..., Hashable]) -> list[Case]:
    """Return the first case of each key."""
    found: dict[Hashable, Case] = {}
    for case in every:
        found.setdefault(key(*case), case)
    return list(found.values())
