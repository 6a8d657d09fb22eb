"""Guard of the messages from pages to the server: it drops what no page of this app sends."""

from __future__ import annotations

import logging
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes
from streamlit.runtime.state.session_state import Serialized, Value, WStates

STREAM = "/_stcore/stream"
"""End of the path of a page's websocket."""
BEFORE_STREAM = "/_stcore/host-config"
"""End of the path that a page requests before it opens its websocket."""
SENT = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"}
"""Messages of a page.

Other messages empty the caches of everybody, read the server's repository, or turn on tools of
developers.
"""
OPERATIONS = {"deferred_file", "dataframe_chunk"}
"""Operations of a page in a `backend_operation_request`. The others write files on the server."""


_log = logging.getLogger(__name__)
_NUMBERS = {"int_value", "double_value"}
_value = WStates.__getitem__
"""Streamlit's own method, which returns the value of a widget from the browser's message."""


def drop_wrong_values() -> None:
    """Let a widget keep its default where a message has a value that no browser sends for it.

    Streamlit would raise an error, in each run until the page is loaded again. A browser sends
    whole numbers as `int_value`, also where Streamlit names `double_value`.
    """
    WStates.__getitem__ = _value_or_default  # type: ignore[method-assign]


def _value_or_default(states: WStates, widget: str) -> Any:
    sent, about = states.states.get(widget), states.widget_metadata.get(widget)
    if not isinstance(sent, Serialized) or about is None:
        return _value(states, widget)
    kind = sent.value.WhichOneof("value")
    try:
        if kind in (None, about.value_type) or {kind, about.value_type} == _NUMBERS:
            return _value(states, widget)
        wrong = f"{kind} in place of {about.value_type}"
    except Exception as error:  # Each kind of widget has its own.
        wrong = type(error).__name__
    _log.warning("A browser sent a value that a widget can't have: %s.", wrong)
    states.states[widget] = Value(about.deserializer(None))
    return _value(states, widget)


class MessageGuard:
    """Middleware that drops messages of a websocket that no page sends, or that can't be read.

    It also drops one that asks for a part of a page that the browser has left. Streamlit would
    answer it after the new page, as a run of the old one, and the browser would show nothing at
    all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return

        left = _LeftPages()

        async def receive_known() -> Message:
            while (message := await receive())["type"] == "websocket.receive":
                if _is_known(message.get("bytes"), left):
                    break
            return message

        await self._app(scope, receive_known, send)


class _LeftPages:
    """Pages that a browser has left by a link, until the next page has arrived.

    Until then, timers of a page that is still being drawn may start again.
    """

    def __init__(self) -> None:
        self._page = ""
        self._left: set[str] = set()

    def hold(self, asked: ClientState) -> bool:
        """Note what the browser asks for. Return `True` if that is a part of a page it has left."""
        page = asked.page_script_hash
        if asked.fragment_id and page in self._left:
            return True
        if page == self._page or asked.fragment_id:
            self._left.clear()
        else:
            self._left = {*self._left, self._page} - {page, ""}
        self._page = page
        return False


def _is_known(data: bytes | None, left: _LeftPages) -> bool:
    """Return `True` if a message may reach Streamlit, which itself refuses too long ones."""
    if data is None or len(data) > get_max_widget_state_size_bytes():
        return data is not None
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return False
    if message.WhichOneof("type") == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in OPERATIONS
    if message.WhichOneof("type") == "rerun_script" and left.hold(message.rerun_script):
        return False
    return message.WhichOneof("type") in SENT
