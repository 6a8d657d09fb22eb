from __future__ import annotations

import socket

import pytest

from components.core.errors import ServerError
from components.core.network import own_addresses
from components.server.headers import frame_ancestors
from components.server.hosts import LOOPBACK, cors_origins, named_hosts, own_hosts


def test_a_server_of_one_machine_has_the_names_of_the_loopback() -> None:
    assert own_hosts("127.0.0.1") == (*LOOPBACK, "127.0.0.1")
    assert own_hosts("192.168.1.5") == (*LOOPBACK, "192.168.1.5")


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::"])
def test_a_server_at_all_addresses_has_the_names_of_its_machine(address: str) -> None:
    names = own_hosts(address)
    assert {*LOOPBACK, socket.gethostname().lower(), *own_addresses()} <= {*names}
    assert "*" not in names


def test_names_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "FUSION_ALLOWED_HOSTS", " Play.example.org ,, *.school.example:8443,[::1]:80"
    )
    assert named_hosts() == ("play.example.org", "*.school.example:8443", "[::1]:80")
    assert cors_origins()[:2] == ["http://play.example.org", "https://play.example.org"]
    monkeypatch.delenv("FUSION_ALLOWED_HOSTS")
    assert named_hosts() == ()


@pytest.mark.parametrize("value", ["https://a.example", "a.example/path", "me@a.example", "a b/c"])
def test_what_is_no_host_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FUSION_ALLOWED_HOSTS", value)
    with pytest.raises(ServerError, match="needs names of hosts"):
        named_hosts()


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


@pytest.mark.parametrize("value", ["https://a.example/path", "a;script-src", "a,b", "'none'"])
def test_a_frame_ancestor_can_be_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FUSION_FRAME_ANCESTORS", value)
    with pytest.raises(ServerError, match="needs addresses of hosts"):
        frame_ancestors()
