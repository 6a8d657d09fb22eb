"""The visitor's cookie, set with the first response, so that the first page already knows it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.ui.frame import visitor

BEFORE_WEBSOCKET = "/_stcore/host-config"
"""What Streamlit's page asks for before it opens its websocket."""


class VisitorCookie:
    """Gives each browser its cookie, out of reach of scripts, and renews it at every visit.

    A browser that follows a link of another site may hold back a cookie that it has; it then gets
    none with the page, but with the request that comes before the websocket.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (cookie := _cookie_for(HTTPConnection(scope))):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _cookie_for(request: HTTPConnection) -> str:
    """The header that sets the browser's cookie with this response; empty if it sets none."""
    present = visitor.valid(request.cookies.get(visitor.COOKIE))
    opens_page = "text/html" in request.headers.get("accept", "")
    if not (opens_page or request.url.path.endswith(BEFORE_WEBSOCKET)):
        return ""
    if not present and opens_page and request.headers.get("sec-fetch-site") == "cross-site":
        return ""
    value = present or visitor.new_visitor()
    lasts = f"Path=/; Max-Age={visitor.SECONDS}; HttpOnly; SameSite=Lax"
    return f"{visitor.COOKIE}={value}; {lasts}{'; Secure' * _is_encrypted(request)}"


def _is_encrypted(request: HTTPConnection) -> bool:
    """Whether the browser uses TLS, which may end at a proxy."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return (forwarded or request.url.scheme) == "https"
