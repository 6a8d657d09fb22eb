"""Zips that are the same bytes for the same files, and the size of a foreign one's contents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import IO

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest time of an entry: each has it."""


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of files by their names, the same bytes for the same files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files:
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, data)
    return held.getvalue()


def contents_size(file: IO[bytes]) -> int:
    """Return the bytes of a zip's table of contents; 0 if the file has none.

    `ZipFile` reads it whole, and makes objects of some 500 bytes an entry from it.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    file.seek(0)
    return int(end[zipfile._ECD_SIZE]) if end else 0  # type: ignore[attr-defined]
