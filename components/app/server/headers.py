"""Headers of responses: sources that a page may load, sites that may frame it, and the cookie."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.app.parts.frame import cookie
from components.app.server.hosts import named_in
from components.app.streamlit_edge.messages import BEFORE_STREAM

VARIABLE = "FUSION_FRAME_ANCESTORS"
_SOURCE = re.compile(r"\*|(https?://)?[\w.*\[\]:-]+")


def frame_ancestors() -> str:
    """Return the sites that may frame the app: its own, and those in FUSION_FRAME_ANCESTORS."""
    fix = "Write an address such as `https://hub.example.org`, without a path."
    sources = named_in(VARIABLE, _SOURCE.fullmatch, "addresses of hosts", fix, separator=None)
    return " ".join(["'self'", *sources])


def content_policy(host: str, ancestors: str) -> str:
    """Return the Content-Security-Policy of a page at a host: nothing is loaded from another host.

    Streamlit's own pages need inline scripts and styles, WebAssembly, `blob:` scripts for
    components, and a websocket, which older browsers do not count as `'self'`.
    """
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host} wss://{host} data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        ]
    )


class ResponseHeaders:
    """Middleware that adds security headers and the visitor's cookie to the responses.

    The host has been checked before. Each browser gets its cookie with the first response, so that
    the first page knows it already, out of reach of scripts; it is renewed at every visit. A
    browser that follows a link of another site may hold back its cookie; it then gets none with the
    page, but with the request that comes before the websocket.
    """

    def __init__(self, app: ASGIApp, ancestors: str) -> None:
        self._app, self._ancestors = app, ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        policy = content_policy(request.headers.get("host", ""), self._ancestors)
        header = _cookie_for(request)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if header:
                    headers.append("Set-Cookie", header)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _cookie_for(request: HTTPConnection) -> str:
    """Return the header that sets the browser's cookie with this response, or an empty text."""
    present = cookie.visitor_of(request.cookies)
    opens_page = "text/html" in request.headers.get("accept", "")
    if not (opens_page or request.url.path.endswith(BEFORE_STREAM)):
        return ""
    if not present and opens_page and request.headers.get("sec-fetch-site") == "cross-site":
        return ""
    value = present or cookie.new_visitor()
    lasts = f"Path=/; Max-Age={cookie.SECONDS}; HttpOnly; SameSite=Lax"
    return f"{cookie.COOKIE}={value}; {lasts}{'; Secure' * _is_encrypted(request)}"


def _is_encrypted(request: HTTPConnection) -> bool:
    """Return `True` if the browser uses TLS, which may end at a proxy."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return (forwarded or request.url.scheme) == "https"
