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
