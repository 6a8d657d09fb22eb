"""Reproducible zip files, and the size of a foreign zip's table of contents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import IO

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Earliest time of an entry, used for each."""


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files by name, with the same bytes for the same files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files:
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, data)
    return held.getvalue()


def contents_size(file: IO[bytes]) -> int:
    """Return the size of a zip's table of contents in bytes; 0 if the file has none.

    `ZipFile` reads all of it, and creates objects of about 500 bytes for each entry.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    file.seek(0)
    return int(end[zipfile._ECD_SIZE]) if end else 0  # type: ignore[attr-defined]
