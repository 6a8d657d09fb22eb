"""The files that commands write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from components.core.errors import FileError
from components.core.text import quoted


def file_ending(path: Path, endings: Sequence[str], content: str) -> str:
    """The ending of a file's name, without its dot. Raises `FileError` if it isn't one of these."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in endings:
        raise FileError(
            f"{content} must end in {quoted([f'.{name}' for name in endings])}.",
            path,
            "Change the file's ending.",
        )
    return ending


def write_file(path: Path, data: bytes) -> None:
    """Write a file. Raises `FileError` if it can't be written."""
    try:
        path.write_bytes(data)
    except (OSError, ValueError) as error:
        raise not_writable(f"{path}: {getattr(error, 'strerror', error)}") from None


def not_writable(received: object) -> FileError:
    """The error for a file that can't be written."""
    return FileError("The file must be writable.", received, "Name another file.")
