"""Guard of a page's session, which answers only the visitor's cookie that it began with."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.app.parts.frame import cookie
from components.app.streamlit_edge.sessions import cookies_of
from components.app.streamlit_edge.uploads import session_of
from components.base.errors import ServerError

HEADER = "x-fusion-visitor"
"""Header that passes the cookie to Streamlit; a visitor's own header of this name is dropped."""


class SessionGuard:
    """Middleware that keeps a visitor from the session of another.

    The session's id is in the addresses of uploads. A session that began without a cookie, as in a
    frame of another site, stays open to all others without one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "http" and scope["method"] in ("PUT", "DELETE")
        if changes and not _may_change_files(scope):
            error = ServerError(
                "Only the browser of an open page may send its files, or remove them.",
                "a request for another page",
                "Reload the page, and choose the file again.",
            )
            await PlainTextResponse(str(error), 403)(scope, receive, send)
            return
        if scope["type"] == "websocket":
            scope = _with_header(scope)
        await self._app(scope, receive, send)


def _with_header(scope: Scope) -> Scope:
    name = HEADER.encode()
    headers = [header for header in scope["headers"] if header[0].lower() != name]
    if visitor := cookie.visitor_of(HTTPConnection(scope).cookies):
        headers.append((name, visitor.encode()))
    return {**scope, "headers": headers}


def _may_change_files(scope: Scope) -> bool:
    cookies = cookies_of(session_of(scope["path"]))
    if cookies is None:
        return False
    owner = cookie.visitor_of(cookies)
    return owner in (None, cookie.visitor_of(HTTPConnection(scope).cookies))
