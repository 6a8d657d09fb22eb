"""Which names the server answers to, and which pages may talk to it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.core.errors import ServerError
from components.core.network import EVERY_ADDRESS, own_addresses

VARIABLE = "FUSION_ALLOWED_HOSTS"
LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.*-]+)(:[0-9]{0,5})?", re.ASCII)
"""A name or an address, with or without a port: it goes into the Content-Security-Policy."""


def named_hosts() -> tuple[str, ...]:
    """The names in FUSION_ALLOWED_HOSTS, which commas separate; `*` stands for any letters.

    Raises `ServerError` for one that is no host, with or without a port.
    """
    names = tuple(filter(None, map(str.strip, os.environ.get(VARIABLE, "").lower().split(","))))
    for name in names:
        if not _hostname(name):
            raise ServerError(
                f"{VARIABLE} needs names of hosts, separated by commas.",
                name,
                "Write a name such as `play.example.org`, without `https://` and without a path.",
            )
    return names


def own_hosts(address: str) -> tuple[str, ...]:
    """The names of the loopback, and those of the address at which a server listens."""
    if address not in EVERY_ADDRESS:
        return (*LOOPBACK, address.lower())
    name = socket.gethostname().lower()
    return (*LOOPBACK, name, f"{name}.local", *own_addresses())


def cors_origins() -> list[str]:
    """The named hosts without patterns, as the origins that Streamlit lets through."""
    names = [name for name in named_hosts() if "*" not in name]
    return [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]


class HostGuard:
    """Refuses requests and websockets with a foreign `Host` (400) or a foreign `Origin` (403).

    `named` and `own` are the names of this server. An origin is ours if it is the host that was
    asked, or if it is named, with its port if it has one.
    """

    def __init__(self, app: ASGIApp, named: Sequence[str], own: Sequence[str]) -> None:
        self._app, self._named = app, named
        self._hosts = (*map(_hostname, named), *own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            refusal = self._refusal(headers.get("host", ""), headers.get("origin"))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, host: str, origin: str | None) -> PlainTextResponse | None:
        if not _matches(_hostname(host), self._hosts):
            error = ServerError(
                "The request names another host than this server.",
                host,
                f"Open the address that the server shows when it starts, or add this host to "
                f"{VARIABLE}.",
            )
            return PlainTextResponse(str(error), 400)
        if origin is not None and not self._is_ours(origin, host):
            error = ServerError(
                "Only pages of this server may send requests to it.",
                origin,
                f"Open the server's own page, or add the page's host to {VARIABLE}.",
            )
            return PlainTextResponse(str(error), 403)
        return None

    def _is_ours(self, origin: str, host: str) -> bool:
        try:
            netloc = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        return netloc == host.lower() or _matches(netloc, self._named)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return bool(name) and any(fnmatchcase(name, pattern) for pattern in patterns)


def _hostname(host: str) -> str:
    """The lower-case name in a `Host` header, without its port; empty if it is none."""
    match = _HOST.fullmatch(host.lower())
    return match[1].strip("[]") if match else ""
