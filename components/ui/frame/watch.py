"""Draws a part of a page again as soon as what it shows has changed.

Streamlit draws a part when its browser asks for it. Here the server asks in the browser's place, so
that a class need not ask every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from components.core.errors import StoreError

LOOK_SECONDS = 0.3
"""Time between two looks."""


class _Watched(NamedTuple):
    read: Callable[[], object]
    value: object
    """What the part shows."""
    drawing: BackMsg
    """What a browser sends to have it drawn, without the address: it may have changed by then."""


_Key = tuple[str, str]
_watched: dict[_Key, _Watched] = {}
"""The latest drawing of each part, by session and part."""


def watch(read: Callable[[], object], value: object) -> None:
    """Have the part that is drawn now drawn again once `read` returns another value.

    It is called in a thread of its own, and is to take no longer than a look into memory.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    drawing = BackMsg()
    asked = drawing.rerun_script
    asked.fragment_id = ThreadState.get().fragment_id or ""
    asked.page_script_hash, asked.is_auto_rerun = context.page_script_hash, True
    if context.context_info is not None:
        asked.context_info.CopyFrom(context.context_info)
    _watched[context.session_id, asked.fragment_id] = _Watched(read, value, drawing)


async def look() -> None:
    """Look after all parts of this server, on its event loop, until it is cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if _watched:
            for key, part in await asyncio.to_thread(_changed):
                _draw(key, part)


def _changed() -> list[tuple[_Key, _Watched]]:
    """The parts that show what is no longer so, and those that nobody sees any more."""
    changed = []
    for key, part in list(_watched.items()):
        with suppress(StoreError):
            if runtime.get_instance().get_app_session(key[0]) is None or part.read() != part.value:
                changed.append((key, part))
    return changed


def _draw(key: _Key, part: _Watched) -> None:
    """Ask for the part, which is watched anew once it is drawn.

    A session that is at work is asked at a later look: what its browser has just sent would be
    replaced by this message, which holds no values of widgets.
    """
    session = runtime.get_instance().get_app_session(key[0])
    if session is not None:
        session.track_settling()
        if not session.is_settled:
            return
    if _watched.get(key) is part:
        del _watched[key]
        if session is not None:
            address = session.session_state.query_params.to_dict()
            part.drawing.rerun_script.query_string = urlencode(address)
            session.handle_backmsg(part.drawing)
