"""Child of the Keras host: the code that runs in it, and its handle in the parent."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from components.base.errors import RunError
from components.base.workers.keras_import import load_keras
from components.base.workers.processes import WATCH_SECONDS, memory_of

_log = logging.getLogger(__name__)


class ChildEnded(Exception):
    """End of a child. `code` is its exit code, or `None` if the host has ended with it."""

    def __init__(self, code: int | None, exceeded: int) -> None:
        super().__init__(code)
        self.code, self.exceeded = code, exceeded
        """Memory in bytes with which it was killed at its limit (`exceeded`), or 0."""


class Child:
    """Handle of a child, which runs `main` of a module. One thread uses it at a time.

    `main` gets the other end of the connection, on which both send each other values.
    """

    def __init__(self, connection: Connection, on_start: Callable[[], None]) -> None:
        self.connection = connection
        self.pid = 0
        """Process id of the Python that has imported Keras, reported by the child; 0 until then."""
        self.memory = 0
        """Memory limit in bytes."""
        self._on_start = on_start
        self._exceeded, self._last_look = 0, 0.0

    def send(self, value: object) -> None:
        """Send a value, unless the child has ended; then `receive` raises an error."""
        with suppress(OSError):
            self.connection.send(value)

    def start(self, check: Callable[[], None] = lambda: None) -> None:
        """Wait until the child runs. Raises what `receive` raises."""
        if not self.pid:
            first = self._next(check)
            if isinstance(first, str):
                raise _keras_unusable(first)
            self.pid = first
            self._on_start()

    def receive(self, check: Callable[[], None] = lambda: None) -> Any:
        """Return the next value that the child sends.

        `check` is called before each look, about twenty times a second, and may raise an error.
        Raises `ChildEnded` if the child has ended or exceeded its memory, and `RunError` if Keras
        can't be imported or the value can't be read.
        """
        self.start(check)
        return self._next(check)

    def is_importing(self) -> bool:
        """Return `True` while the child imports Keras."""
        return not self.pid and not self.connection.poll()

    def kill(self) -> None:
        """Kill the process and its children."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection, and end the child."""
        self.connection.close()
        self.kill()

    def exit_code(self) -> int | None:
        """Return the exit code of a child that is ending; `None` if it is unknown."""
        raise NotImplementedError

    def _next(self, check: Callable[[], None]) -> Any:
        try:
            check()
            while not self.connection.poll(WATCH_SECONDS):
                self._watch_memory()
                check()
            self._watch_memory()
            sent = self.connection.recv_bytes()
        except (EOFError, OSError):
            raise ChildEnded(self.exit_code(), self._exceeded) from None
        try:
            return pickle.loads(sent)
        except Exception as error:  # A class may raise anything when it is made again.
            _log.exception("The answer of process %s can't be read.", self.pid)
            raise _unreadable(error) from None

    def _watch_memory(self) -> None:
        now = time.monotonic()
        if self.pid and not self._exceeded and now - self._last_look >= WATCH_SECONDS:
            self._last_look = now
            if (memory := memory_of(self.pid)) > self.memory:
                self._exceeded = memory
                self.kill()


def load_modules(modules: Iterable[str]) -> str:
    """Import Keras and the modules. Return the error if Keras can't be imported, else nothing."""
    try:
        load_keras()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:1000]
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    return ""


def run_child(connection: Connection, failure: str) -> NoReturn:
    """Report to the parent that the child is there, and run `main` of the module that it names.

    With a `failure`, the error of importing Keras, report that instead.
    """
    code = 1
    try:
        connection.send(failure or os.getpid())
        importlib.import_module(connection.recv()).main(connection)
        code = 0
    except (EOFError, ConnectionError):  # The parent has ended, or needs the child no more.
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _keras_unusable(error: str) -> RunError:
    return RunError(
        "TensorFlow or Keras can't be imported.",
        error,
        "Install the packages of requirements.txt and start again.",
    )


def _unreadable(error: Exception) -> RunError:
    return RunError(
        "The answer of a process with Keras can't be read.",
        f"{type(error).__name__}: {error}"[:300],
        "This is a fault of the playground: the traceback is in the server's log.",
    )
