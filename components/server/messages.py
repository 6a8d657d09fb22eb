"""What pages send to the server: what no page of this app sends counts for nothing."""

from __future__ import annotations

import logging
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes
from streamlit.runtime.state.common import WidgetMetadata, is_array_value_field_name
from streamlit.runtime.state.session_state import Serialized, WStates

from components.core.text import one_line

SENT = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"}
"""What a page asks for. The others empty the caches of everybody, read the server's repository, or
turn on what developers use."""
OPERATIONS = {"deferred_file", "dataframe_chunk"}
"""What a page asks for as a `backend_operation_request`. The others write files on the server."""
MOST_CHARACTERS = 200
_log = logging.getLogger(__name__)
_read = WStates.__getitem__
"""How Streamlit reads a value, without a look at its kind."""


class MessageGuard:
    """Drops a message of a websocket that no page of this app sends, or that can't be read.

    Also one that asks for a part of a page that the browser has left. Streamlit would answer it
    after the new page, as a run of the old one, and the browser would show nothing at all.
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
    """The pages that a browser has left by a link, until the page after them is there.

    Until then, timers of a page that is still being drawn may begin anew.
    """

    def __init__(self) -> None:
        self._page = ""
        self._left: set[str] = set()

    def hold(self, asked: ClientState) -> bool:
        """Note what the browser asks for. Return whether that is a part of a page it has left."""
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
    """Whether Streamlit may have a message. One that is too long is refused there, unread."""
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


def check_widget_values() -> None:
    """Let Streamlit look at the kind of each value that a page sends, from now on.

    A browser sends the right kind. Whoever leaves the browser out gets the widget's default, and
    one line in the log: without this, the value reaches a page, whose failure looks like a bug.
    """
    WStates.__getitem__ = _read_checked  # type: ignore[method-assign]


def _read_checked(states: WStates, key: str) -> Any:
    sent, metadata = states.states.get(key), states.widget_metadata.get(key)
    if not isinstance(sent, Serialized) or metadata is None:
        return _read(states, key)
    try:
        _require_kind(sent.value, metadata)
        return _read(states, key)
    except Exception as error:  # Nothing but Streamlit's reading of what was sent is in there.
        fault = one_line(f"{type(error).__name__}: {error}")[:MOST_CHARACTERS]
        _log.warning("A page sent a value that the widget %s can't have. %s", key, fault)
        states.states[key] = Serialized(WidgetState(id=key))
        return _read(states, key)
    finally:
        if not is_array_value_field_name(metadata.value_type):
            # Streamlit notes the kind that came, which is none for a widget that was emptied.
            states.widget_metadata[key] = metadata


def _require_kind(sent: WidgetState, metadata: WidgetMetadata[Any]) -> None:
    """Raise `TypeError` for a value of another kind than the widget has."""
    kind, wanted = sent.WhichOneof("value"), metadata.value_type
    is_whole_number = (kind, wanted) == ("int_value", "double_value")
    if kind and wanted and kind != wanted and not is_whole_number:
        raise TypeError(f"{kind} instead of {wanted}")
