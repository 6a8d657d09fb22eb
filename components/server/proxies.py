"""Whose proxy headers are believed: a visitor's network address comes from nobody else's."""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from components.core.errors import ServerError

VARIABLE = "FORWARDED_ALLOW_IPS"
"""The web server's own variable (uvicorn)."""


def named_proxies() -> tuple[str, ...]:
    """The proxies in FORWARDED_ALLOW_IPS, which commas separate.

    Raises `ServerError` for one that is no address and no network.
    """
    names = tuple(filter(None, map(str.strip, os.environ.get(VARIABLE, "").split(","))))
    for name in names:
        try:
            ip_network(name)
        except ValueError:
            raise ServerError(
                f"{VARIABLE} needs addresses or networks of proxies, separated by commas.",
                name,
                "Write an address such as `10.0.0.2`, or a network such as `172.30.0.0/24`.",
            ) from None
    return names


class NamedProxies:
    """Takes a visitor's address from a proxy's header only where a proxy is named.

    Without the variable, the web server believes `X-Forwarded-For` of every program on its own
    machine, which may pass on what a visitor wrote. What comes over the loopback then counts as
    this machine's own.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...]) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._proxies:
            host = (scope.get("server") or ("", 0))[0]
            if _is_loopback(host):
                scope["client"] = (host, 0)
        await self._app(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
