"""The server's address for other people: its display conditions and its QR code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from components.app.parts.frame import network
from components.base.network import local_network_address, own_addresses, sender_of


@pytest.fixture(params=["0.0.0.0"])
def listens(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the server listen at an address, by default at all of its machine."""
    before = config.get_option("server.address")
    config.set_option("server.address", request.param)
    yield
    config.set_option("server.address", before)


def page(url: str) -> AppTest:
    """Return a page that shows the server's address and another one, visited at a URL."""

    def script(url: str) -> None:
        from unittest.mock import patch

        import streamlit as st

        from components.app.parts.frame.network import show_address, show_network_address

        with patch.object(type(st.context), "url", url):
            show_network_address()
            show_address("an address")

    app = AppTest.from_function(script, kwargs={"url": url}).run()
    assert not app.exception
    assert app.code[0].value == "an address"
    return app


def visit(url: str) -> str:
    """Return the HTML that a visitor at a URL sees."""
    return "".join(element.proto.body for element in page(url).get("html"))


def warning(url: str) -> str:
    """Return the warning beside an address that a visitor at a URL sees."""
    return "".join(element.value for element in page(url).warning)


@pytest.mark.usefixtures("listens")
@pytest.mark.parametrize("listens", ["127.0.0.1"], indirect=True)
def test_a_server_of_one_machine_shows_no_address_and_says_so() -> None:
    assert visit("http://localhost:8501/") == ""
    assert warning("http://localhost:8501/") == (
        "Only this computer can open this address. Start with `make run HOST=0.0.0.0`."
    )
    assert warning("https://play.example.org/Train") == "", "a proxy leads others here"


@pytest.mark.usefixtures("listens")
@pytest.mark.parametrize("base", ["", "class"])
def test_the_address_of_the_machine(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setattr(network, "local_network_address", lambda: "192.168.1.5")
    monkeypatch.setattr(network, "base_path", lambda: f"/{base}" if base else "")
    address = f"http://192.168.1.5:{config.get_option('server.port')}{'/' + base if base else ''}"
    assert warning("http://127.0.0.1:8501/Train") == ""
    shown = visit("http://127.0.0.1:8501/Train")
    assert f"<b>{address}</b>" in shown
    assert network.qr_code(address) in shown


@pytest.mark.usefixtures("listens")
def test_a_visitor_sees_the_address_in_use_or_why_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "<b>https://play.example.org</b>" in visit("https://play.example.org/Train?m=1")
    monkeypatch.setattr(network, "local_network_address", lambda: None)
    assert visit("http://localhost:8501/") == ""
    assert "Open this page at an address that others" in warning("http://localhost:8501/")


def test_own_addresses_are_not_the_loopback() -> None:
    assert not any(address.startswith("127.") for address in own_addresses())
    assert local_network_address() in (None, *own_addresses())


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        (None, ""),
        ("", ""),
        ("a proxy", ""),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("192.168.1.5", "192.168.1.5"),
        ("::ffff:192.168.1.5", "192.168.1.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_sender_is_an_address_or_the_network_of_one(address: str | None, sender: str) -> None:
    assert sender_of(address) == sender
