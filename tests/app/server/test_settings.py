from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from components.app.server.headers import frame_ancestors
from components.app.server.hosts import (
    LOOPBACK,
    PROXIES,
    NamedProxies,
    named_hosts,
    named_proxies,
    own_hosts,
)
from components.base.errors import ServerError
from components.base.network import sender_of
from tests.app.server.web import run_to_the_end


def test_a_server_of_one_machine_has_the_names_of_the_loopback() -> None:
    assert own_hosts("127.0.0.1") == (*LOOPBACK, "127.0.0.1")
    assert own_hosts("play.example") == (*LOOPBACK, "play.example")


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::"])
def test_a_server_at_all_addresses_has_the_names_of_its_machine(address: str) -> None:
    names = own_hosts(address)
    assert {*LOOPBACK, socket.gethostname().lower()} <= {*names}
    assert "*" not in names


def test_names_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "FUSION_ALLOWED_HOSTS", " Play.example.org ,, *.school.example:8443,[::1]:80"
    )
    assert named_hosts() == ("play.example.org", "*.school.example:8443", "[::1]:80")
    monkeypatch.delenv("FUSION_ALLOWED_HOSTS")
    assert named_hosts() == ()


@pytest.mark.parametrize(
    ("value", "ancestors"),
    [
        ("", "'self'"),
        ("https://a.example  *.b.example:8443", "'self' https://a.example *.b.example:8443"),
        ("*", "'self' *"),
    ],
)
def test_pages_that_may_show_the_app_in_a_frame(
    monkeypatch: pytest.MonkeyPatch, value: str, ancestors: str
) -> None:
    monkeypatch.setenv("FUSION_FRAME_ANCESTORS", value)
    assert frame_ancestors() == ancestors


@pytest.mark.parametrize(
    ("read", "variable", "wrong"),
    [
        (named_hosts, "FUSION_ALLOWED_HOSTS", "https://a.example|a.example/path|me@a.example|a b"),
        (frame_ancestors, "FUSION_FRAME_ANCESTORS", "https://a.example/path|a;script-src|a,b|'x'"),
        (named_proxies, PROXIES, "*|nginx|10.0.0.1/24|10.0.0.2 10.0.0.3"),
    ],
)
def test_a_malformed_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], variable: str, wrong: str
) -> None:
    for value in wrong.split("|"):
        monkeypatch.setenv(variable, value)
        with pytest.raises(ServerError, match=rf"^{variable} needs .*, separated by"):
            read()


def sender(peer: str, server: str, forwarded: str = "", proxies: str = "") -> str:
    """Return the sender of a request from a peer, as the web server and ours take it."""
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


def test_without_a_named_proxy_no_header_is_trusted() -> None:
    assert sender(SCHOOL, "10.0.0.1") == SCHOOL
    assert sender(SCHOOL, "10.0.0.1", CLAIMED) == SCHOOL
    assert sender("127.0.0.1", "127.0.0.1", CLAIMED) == ""
    assert sender("::1", "::1", CLAIMED) == ""
    assert sender("172.30.0.2", "172.30.0.3", CLAIMED) == "172.30.0.2"


def test_a_named_proxy_is_trusted_in_what_it_added_itself() -> None:
    assert sender("127.0.0.1", "127.0.0.1", SCHOOL, "127.0.0.1") == SCHOOL
    assert sender("127.0.0.1", "127.0.0.1", f"{CLAIMED}, {SCHOOL}", "127.0.0.1") == SCHOOL
    assert sender("172.30.0.2", "172.30.0.3", SCHOOL, "172.30.0.0/24") == SCHOOL
    assert sender(SCHOOL, "10.0.0.1", CLAIMED, "172.30.0.0/24") == SCHOOL


def test_proxies_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROXIES, raising=False)
    assert named_proxies() == ()
    monkeypatch.setenv(PROXIES, " 10.0.0.2,, 172.30.0.0/24,::1")
    assert named_proxies() == ("10.0.0.2", "172.30.0.0/24", "::1")
