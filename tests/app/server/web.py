"""Requests as a browser or a stranger sends them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any, TypeVar
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from components.app.parts.frame.cookie import COOKIE
from tests.waiting import PATIENCE_SECONDS

T = TypeVar("T")
PAGE = {"Accept": "text/html"}
"""Header of a browser that opens a page."""


def flag(name: str) -> BackMsg:
    """Return a message of a page that has only its kind."""
    message = BackMsg()
    setattr(message, name, True)
    return message


def run_to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: a browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Reply:
    """Reply of a server."""

    status: int
    headers: HTTPMessage
    text: str


def ask(address: str, path: str, headers: Mapping[str, str] = PAGE) -> Reply:
    """Send a request and return its reply."""
    return _reply(address, "GET", path, headers)


def _reply(
    address: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | Iterable[bytes] | None = None,
) -> Reply:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        with suppress(ConnectionError):  # A server that refuses does not read all that is sent.
            connection.request(method, path, body, {**headers})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode(errors="replace"))
    finally:
        connection.close()


def websocket_status(address: str, headers: Mapping[str, str]) -> int:
    """Return the status with which the server answers a websocket: 101 if it opens."""
    url = urlsplit(address)
    host = headers.get("Host", url.netloc)
    others = {name: value for name, value in headers.items() if name != "Host"}
    connection = socket.create_connection((url.hostname or "", url.port or 80))
    try:
        with connect(
            f"ws://{host}/_stcore/stream", sock=connection, additional_headers=others, proxy=None
        ) as opened:
            return opened.response.status_code if opened.response else 0
    except InvalidStatus as refusal:
        return refusal.response.status_code


class OpenPage:
    """Open page: the session that its websocket has, without a browser."""

    def __init__(self, socket: ClientConnection, address: str, cookies: Mapping[str, str]) -> None:
        self._socket, self._address, self._cookies = socket, address, cookies
        self.id = ""
        self.widgets: list[str] = []
        """Return the ids of its widgets."""

    def send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def run(self, *values: WidgetState) -> None:
        """Run the page, with values of widgets, and wait for its end."""
        self.send(BackMsg(rerun_script=ClientState(widget_states=WidgetStates(widgets=values))))
        for message in iter(self._receive, None):
            if message.WhichOneof("type") == "new_session":
                self.id = message.new_session.initialize.session_id
            elif message.WhichOneof("type") == "delta":
                element = message.delta.new_element
                kind = element.WhichOneof("type")
                if widget := getattr(getattr(element, kind), "id", "") if kind else "":
                    self.widgets.append(widget)
            elif message.WhichOneof("type") == "script_finished":
                return

    def answers(self) -> list[str]:
        """Return the kinds of the messages that come until the server answers a sign of life."""
        self.send(flag("app_heartbeat"))
        kinds = []
        while (kind := self._receive().WhichOneof("type")) != "heartbeat_ack":
            kinds.append(str(kind))
        return kinds

    def upload(self, file: str, content: bytes, chunked: bool = False) -> Reply:
        """Send a file under an id."""
        body = (
            b'--B\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
            b"%b\r\n--B--\r\n" % content
        )
        pieces = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
        headers = {"Content-Type": "multipart/form-data; boundary=B"}
        path = f"/_stcore/upload_file/{self.id}/{file}"
        return self._request("PUT", path, headers, pieces if chunked else body)

    def remove(self, file: str) -> Reply:
        """Remove a file that was sent."""
        return self._request("DELETE", f"/_stcore/upload_file/{self.id}/{file}", {}, None)

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
    ) -> Reply:
        known = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "X-Xsrftoken": self._cookies[XSRF_COOKIE_NAME],
        }
        return _reply(self._address, method, path, {**known, **headers}, body)

    def _receive(self) -> ForwardMsg:
        received = self._socket.recv(timeout=PATIENCE_SECONDS)
        assert isinstance(received, bytes)
        message: ForwardMsg = ForwardMsg.FromString(received)
        return message


@contextmanager
def open_page(address: str, visitor: str = "", session: str = "") -> Iterator[OpenPage]:
    """Open the first page, which has run once, with a visitor's cookie if there is one.

    `session` is the id of one that the websocket would resume.
    """
    set_cookies = ask(address, "/_stcore/health").headers.get_all("Set-Cookie") or []
    cookies = dict(cookie.split(";")[0].split("=", 1) for cookie in set_cookies)
    if visitor:
        cookies[COOKIE] = visitor
    url = f"{address.replace('http', 'ws')}/_stcore/stream"
    names = ("streamlit", "token", session)[: 3 if session else 1]
    headers = {"Cookie": f"{COOKIE}={visitor}"} if visitor else None
    protocols = [Subprotocol(name) for name in names]
    with connect(
        url, proxy=None, max_size=None, additional_headers=headers, subprotocols=protocols
    ) as socket:
        page = OpenPage(socket, address, cookies)
        page.run()
        yield page
