"""Standard streams that are closed, full or not read to their end."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def open_closed() -> None:
    """Open the standard streams that this process was started without, in their order.

    Input is empty, errors go nowhere. Output can't be written to, so that a command does not
    succeed whose output is lost.
    """
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def print_error(text: str) -> None:
    """Write a line to standard error, if that is possible."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def discard_output() -> None:
    """Leave out what standard output has not taken, also at the end of the process."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
