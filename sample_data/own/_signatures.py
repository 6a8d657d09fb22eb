"""Recognises files of other formats by their first bytes."""

from __future__ import annotations

from components.core.errors import DataError

_SIGNATURES = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip file, as `.npz` and Excel's `.xlsx` are",
    b"PK\x05\x06": "an empty zip file",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a single NumPy array",
    b"\x80\x02": "a Python pickle",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}


def signature(source: bytes) -> str:
    """The file's format by its first bytes; empty if they are unknown."""
    return next((name for start, name in _SIGNATURES.items() if source.startswith(start)), "")


def refuse_other(source: bytes, name: str) -> None:
    """Raises `DataError` for a file of another format."""
    if form := signature(source):
        raise DataError(
            "A table must be a text file with cells separated by commas, semicolons or tabs.",
            f"{name}, which is {form}",
            "Save the table as CSV.",
        )
