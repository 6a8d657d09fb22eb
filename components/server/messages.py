"""Messages that pages send to the server: those that no page of this app sends are dropped."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes

SENT = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"}
"""What a page asks for. The others empty the caches of everybody, read the server's repository, or
turn on what developers use."""
OPERATIONS = {"deferred_file", "dataframe_chunk"}
"""What a page asks for as a `backend_operation_request`. The others write files on the server."""


class MessageGuard:
    """Drops a message of a websocket that no page of this app sends, or that can't be read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return

        async def receive_known() -> Message:
            while (message := await receive())["type"] == "websocket.receive":
                if _is_known(message.get("bytes")):
                    break
            return message

        await self._app(scope, receive_known, send)


def _is_known(data: bytes | None) -> bool:
    """Whether Streamlit may have a message. One that is too long is refused there, unread."""
    if data is None or len(data) > get_max_widget_state_size_bytes():
        return data is not None
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return False
    if message.WhichOneof("type") == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in OPERATIONS
    return message.WhichOneof("type") in SENT
