"""Requests as a browser or a stranger sends them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

PAGE = {"Accept": "text/html"}
"""The header of a browser that opens a page."""


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: HTTPMessage
    text: str


def ask(address: str, path: str, headers: Mapping[str, str] = PAGE) -> Reply:
    """The reply to a request."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={**headers})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode(errors="replace"))
    finally:
        connection.close()


def websocket_status(address: str, headers: Mapping[str, str]) -> int:
    """The status with which the server answers a websocket: 101 if it opens."""
    url = urlsplit(address)
    host = headers.get("Host", url.netloc)
    others = {name: value for name, value in headers.items() if name != "Host"}
    connection = socket.create_connection((url.hostname or "", url.port or 80))
    try:
        with connect(
            f"ws://{host}/_stcore/stream",
            sock=connection,
            additional_headers=others,
            proxy=None,
        ) as opened:
            return opened.response.status_code if opened.response else 0
    except InvalidStatus as refusal:
        return refusal.response.status_code
