"""Redrawing of a part of a page as soon as its content has changed.

Streamlit draws a part when its browser asks for it. Here the server asks in the browser's place, so
that a class need not ask every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from components.app.streamlit_edge.sessions import DrawnPart, drawn_part
from components.base.errors import StoreError

LOOK_SECONDS = 0.3
"""Seconds between two looks."""
_Key = tuple[str, str]
_watched: dict[_Key, _Watched] = {}
"""Latest drawing of each part, by session and part."""


class _Watched(NamedTuple):
    read: Callable[[], object]
    value: object
    """Value that the part shows."""
    drawn: DrawnPart


def watch(read: Callable[[], object], value: object) -> None:
    """Have the present part drawn again once `read` returns another value.

    `read` is called in a thread of its own, and should take no longer than a look into memory.
    """
    if drawn := drawn_part():
        _watched[drawn.session, drawn.part] = _Watched(read, value, drawn)


async def check_watched() -> None:
    """Check all parts of this server, on its event loop, until it is cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if _watched:
            for key, part in await asyncio.to_thread(_changed):
                _draw(key, part)


def _changed() -> list[tuple[_Key, _Watched]]:
    """Return the parts whose value has changed, and those that nobody sees any more."""
    changed = []
    for key, part in list(_watched.items()):
        with suppress(StoreError):
            if part.drawn.is_gone() or part.read() != part.value:
                changed.append((key, part))
    return changed


def _draw(key: _Key, part: _Watched) -> None:
    """Ask for the part if its session is idle; it is watched again once drawn."""
    if _watched.get(key) is part and not part.drawn.is_at_work():
        del _watched[key]
        part.drawn.draw_again()
