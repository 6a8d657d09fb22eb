"""Where a visitor's network address comes from, with and without a named proxy."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from components.core.errors import ServerError
from components.core.network import sender_of
from components.server.proxies import VARIABLE, NamedProxies, named_proxies
from tests.server.web import run_to_the_end


def sender(peer: str, server: str, forwarded: str = "", proxies: str = "") -> str:
    """The sender of a request from a peer, as the web server and ours take it."""
    seen: list[Scope] = []

    async def app(scope: Any, *_: Any) -> None:
        seen.append(scope)

    names = tuple(filter(None, proxies.split(",")))
    ours: Any = NamedProxies(app, names)
    outer = ProxyHeadersMiddleware(ours, proxies or "127.0.0.1,::1")
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: Any = {
        "type": "websocket",
        "client": (peer, 4000),
        "server": (server, 8501),
        "headers": headers,
    }
    run_to_the_end(outer(scope, None, None))  # type: ignore[arg-type]
    return sender_of(seen[0]["client"][0])


SCHOOL, CLAIMED = "198.51.100.7", "203.0.113.9"


def test_without_a_named_proxy_no_header_is_believed() -> None:
    assert sender(SCHOOL, "10.0.0.1") == SCHOOL
    assert sender(SCHOOL, "10.0.0.1", CLAIMED) == SCHOOL
    assert sender("127.0.0.1", "127.0.0.1", CLAIMED) == ""
    assert sender("::1", "::1", CLAIMED) == ""
    assert sender("172.30.0.2", "172.30.0.3", CLAIMED) == "172.30.0.2"


def test_a_named_proxy_is_believed_in_what_it_added_itself() -> None:
    assert sender("127.0.0.1", "127.0.0.1", SCHOOL, "127.0.0.1") == SCHOOL
    assert sender("127.0.0.1", "127.0.0.1", f"{CLAIMED}, {SCHOOL}", "127.0.0.1") == SCHOOL
    assert sender("172.30.0.2", "172.30.0.3", SCHOOL, "172.30.0.0/24") == SCHOOL
    assert sender(SCHOOL, "10.0.0.1", CLAIMED, "172.30.0.0/24") == SCHOOL


def test_proxies_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert named_proxies() == ()
    monkeypatch.setenv(VARIABLE, " 10.0.0.2,, 172.30.0.0/24,::1")
    assert named_proxies() == ("10.0.0.2", "172.30.0.0/24", "::1")


@pytest.mark.parametrize("value", ["*", "nginx", "10.0.0.1/24", "10.0.0.2 10.0.0.3"])
def test_what_is_no_proxy_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(ServerError, match="needs addresses or networks of proxies"):
        named_proxies()
