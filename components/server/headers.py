"""Security headers of every response: what a page may load, and who may show it in a frame."""

from __future__ import annotations

import os
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.core.errors import ServerError

VARIABLE = "FUSION_FRAME_ANCESTORS"
_SOURCE = re.compile(r"\*|(https?://)?[\w.*\[\]:-]+")


def frame_ancestors() -> str:
    """The pages that may show the app in a frame: its own, and those in FUSION_FRAME_ANCESTORS.

    Raises `ServerError` for one that is no host.
    """
    sources = os.environ.get(VARIABLE, "").split()
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise ServerError(
                f"{VARIABLE} needs addresses of hosts, separated by spaces.",
                source,
                "Write an address such as `https://hub.example.org`, without a path.",
            )
    return " ".join(["'self'", *sources])


def content_policy(host: str, ancestors: str) -> str:
    """The Content-Security-Policy of a page at a host: nothing is loaded from another host.

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


class SecurityHeaders:
    """Adds the headers to the responses to requests whose host was checked before."""

    def __init__(self, app: ASGIApp, ancestors: str) -> None:
        self._app, self._ancestors = app, ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = content_policy(Headers(scope=scope).get("host", ""), self._ancestors)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_with_headers)
