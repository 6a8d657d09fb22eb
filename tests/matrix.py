"""The cases of a test: some run in `make test`, the others in the matrix only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import pytest

Case = tuple[Any, ...]


def cases(
    every: Iterable[Case], often: Sequence[Case], name: Callable[..., str] | None = None
) -> list[Any]:
    """All cases for `parametrize`; those that are not among `often` are of the matrix."""
    return [
        pytest.param(
            *case,
            id=name(*case) if name else None,
            marks=() if case in often else pytest.mark.matrix,
        )
        for case in every
    ]


def firsts(every: Iterable[Case], key: Callable[..., Hashable]) -> list[Case]:
    """The first case of each key."""
    found: dict[Hashable, Case] = {}
    for case in every:
        found.setdefault(key(*case), case)
    return list(found.values())
