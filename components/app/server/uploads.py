"""Limits on the uploaded files that Streamlit holds in memory, for one page and for all."""

from __future__ import annotations

from collections import Counter

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.app.streamlit_edge.uploads import file_bytes, let_go_of_closed, session_of
from components.base.errors import ServerError
from components.base.limits import HELD_BYTES, HELD_BYTES_EACH
from components.base.text import byte_size

LEAST_BYTES = 1_000_000
"""Least size for which a file counts, so that many empty files can't fill the memory."""


class UploadGuard:
    """Middleware that refuses an upload (413) beyond the limits, before or while it arrives.

    Streamlit knows which files it holds. It drops a file when its page does, and those of a closed
    page some minutes later; they go earlier if others need the room. Any file's id is accepted: a
    visitor gets as many ids as they ask for.
    """

    def __init__(self, app: ASGIApp, each: int, most: int) -> None:
        self._app, self._each, self._most = app, each, most
        self._arriving: Counter[str] = Counter()
        """Bytes of unfinished uploads by session."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session, arrived = session_of(scope["path"]), 0
        length = Headers(scope=scope).get("content-length", "")
        if refusal := self._refusal(session, int(length) if length.isdecimal() else 0):
            await PlainTextResponse(refusal, 413)(scope, receive, send)
            return

        async def receive_counted() -> Message:
            nonlocal arrived
            message = await receive()
            size = len(message.get("body", b""))
            arrived += size
            self._arriving[session] += size
            if refusal := self._refusal(session, 0):
                raise HTTPException(413, refusal)
            return message

        try:
            await self._app(scope, receive_counted, send)
        finally:
            self._arriving[session] -= arrived
            self._arriving += Counter()

    def _refusal(self, session: str, more: int) -> str:
        """Return why a session may not send `more` bytes; an empty text if it may."""
        own = _bytes(file_bytes().get(session, [])) + self._arriving[session] + more
        if own > self._each:
            return _sentence(
                f"{byte_size(self._each)} of uploaded files for one page",
                own,
                f"Reload the page, which lets go of its files. {HELD_BYTES_EACH.variable}",
            )
        arriving = self._arriving.total() + more
        if arriving + _all_bytes() > self._most:
            let_go_of_closed()
        if (everything := arriving + _all_bytes()) > self._most:
            return _sentence(
                f"{byte_size(self._most)} of uploaded files for all people",
                everything,
                f"Try again in some minutes. {HELD_BYTES.variable}",
            )
        return ""


def _sentence(allowed: str, received: int, fix: str) -> str:
    rule = f"The server may hold only {allowed}."
    return str(ServerError(rule, f"{byte_size(received)} or more", f"{fix} sets the limit."))


def _all_bytes() -> int:
    return sum(map(_bytes, file_bytes().values()))


def _bytes(files: list[int]) -> int:
    return sum(max(LEAST_BYTES, size) for size in files)
