"""What the processes that have imported Keras share: how they load it, and the lines they write."""

from __future__ import annotations

import gc
import importlib
import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from components.core.keras_import import load_keras


def load_modules(modules: Iterable[str]) -> str:
    """Import Keras and the modules. Returns the error if Keras can't be imported, else nothing."""
    try:
        load_keras()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:1000]
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    return ""


def write_line(connection: socket.socket, line: dict[str, Any]) -> None:
    """Write a line; a killed child may have left half a line before it."""
    with suppress(OSError):
        connection.sendall(encode_line(line))


def encode_line(line: dict[str, Any]) -> bytes:
    """The line as it is written."""
    return f"\n{json.dumps(line)}\n".encode()
