"""Names of the server, pages that may talk to it, and proxies whose headers it trusts."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.base.errors import ServerError
from components.base.network import EVERY_ADDRESS

VARIABLE = "FUSION_ALLOWED_HOSTS"
PROXIES = "FORWARDED_ALLOW_IPS"
"""Variable of the web server itself (uvicorn)."""
LOOPBACK = ("localhost", "*.localhost")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.*-]+)(:[0-9]{0,5})?", re.ASCII)
"""Pattern of a name or an address, with or without a port, for the Content-Security-Policy."""


def named_in(
    variable: str, fits: Callable[[str], object], what: str, fix: str, separator: str | None = ","
) -> tuple[str, ...]:
    """Return the names in an environment variable. Raises `ServerError` if one does not fit.

    Without a `separator`, spaces separate them.
    """
    names = map(str.strip, os.environ.get(variable, "").split(separator))
    stripped = tuple(filter(None, names))
    for name in stripped:
        if not fits(name):
            between = "commas" if separator else "spaces"
            raise ServerError(f"{variable} needs {what}, separated by {between}.", name, fix)
    return stripped


def named_hosts() -> tuple[str, ...]:
    """Return the hosts in FUSION_ALLOWED_HOSTS, with or without a port; `*` matches any letters."""
    fix = "Write a name such as `play.example.org`, without `https://` and without a path."
    names = named_in(VARIABLE, _hostname, "names of hosts", fix)
    return tuple(map(str.lower, names))


def named_proxies() -> tuple[str, ...]:
    """Return the proxies in FORWARDED_ALLOW_IPS: addresses or networks."""
    fix = "Write an address such as `10.0.0.2`, or a network such as `172.30.0.0/24`."
    return named_in(PROXIES, _is_network, "addresses or networks of proxies", fix)


def own_hosts(address: str) -> tuple[str, ...]:
    """Return the names of the loopback, and those of the machine if a server listens everywhere."""
    if address not in EVERY_ADDRESS:
        return (*LOOPBACK, address.lower())
    name = socket.gethostname().lower()
    return (*LOOPBACK, name, f"{name}.local")


class HostGuard:
    """Middleware that refuses a foreign name as `Host` (400), or a foreign `Origin` (403).

    It accepts every IP address as `Host`: a page elsewhere can make a name of its own lead to this
    server, but not a number.

    It guards requests and websockets. `named` and `own` are the names of this server. An origin is
    accepted if it is the requested host, or if it is named, with its port if it has one.
    From here on, an accepted websocket has the requested host as its origin: to check any other,
    Streamlit asks the internet for the address of this machine.
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
            if scope["type"] == "websocket" and "origin" in headers:
                MutableHeaders(scope=scope)["origin"] = f"http://{headers['host']}"
        await self._app(scope, receive, send)

    def _refusal(self, host: str, origin: str | None) -> PlainTextResponse | None:
        name = _hostname(host)
        if not _is_network(name) and not _matches(name, self._hosts):
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
    """Return the lower-case name in a `Host` header, without its port; empty if it is malformed."""
    match = _HOST.fullmatch(host.lower())
    return match[1].strip("[]") if match else ""


class NamedProxies:
    """Middleware that takes a visitor's address from a proxy's header only if a proxy is named.

    Without the variable, the web server trusts `X-Forwarded-For` from every program on its own
    machine, which may pass on what a visitor wrote. Requests over the loopback then count as this
    machine's own.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...]) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._proxies:
            host = (scope.get("server") or ("", 0))[0]
            if _is_network(host) and ip_address(host).is_loopback:
                scope["client"] = (host, 0)
        await self._app(scope, receive, send)


def _is_network(text: str) -> bool:
    """Return `True` if a text is an address or a network; a `Host` can only be an address."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
