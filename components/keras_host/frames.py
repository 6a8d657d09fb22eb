"""Values on a socket between processes of one user: pickles with their length before them."""

from __future__ import annotations

import json
import pickle
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

_MARK = b"\x00"
"""The first byte of a frame. The lines of the Keras host begin with a line break."""
_HEAD = struct.Struct("!cQ")
_CHUNK = 1 << 20


class ConnectionEnded(Exception):
    """The other process closed the connection, or sent what is neither frame nor line."""


def send(connection: socket.socket, value: object) -> None:
    """Send a value. Raises `OSError` if the other process is gone."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    connection.sendall(_HEAD.pack(_MARK, len(data)) + data)


def receive(connection: socket.socket, check: Callable[[], None] = lambda: None) -> Any:
    """The next value, or the next line of the Keras host as a dictionary.

    `check` is called while nothing arrives, about twenty times a second, and may raise an error.
    Raises `ConnectionEnded`.
    """
    reader = _Reader(connection, check)
    first = reader.read(1)
    if first == b"\n":
        line = bytearray()
        while (letter := reader.read(1)) != b"\n":
            line += letter
        return json.loads(line)
    if first != _MARK:
        raise ConnectionEnded
    (_, length) = _HEAD.unpack(first + reader.read(_HEAD.size - 1))
    return pickle.loads(reader.read(length))


class _Reader:
    def __init__(self, connection: socket.socket, check: Callable[[], None]) -> None:
        self._connection, self._check = connection, check

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        data = bytearray()
        while len(data) < count:
            while not select.select([self._connection], [], [], 0.05)[0]:
                self._check()
            try:
                received = self._connection.recv(min(count - len(data), _CHUNK))
            except ConnectionError:
                received = b""
            if not received:
                raise ConnectionEnded
            data += received
        return bytes(data)
