"""Tells files of other formats by their first bytes."""

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
    """What the file is by its first bytes; nothing where they tell nothing."""
    return next((said for start, said in _SIGNATURES.items() if source.startswith(start)), "")


def refuse_other(source: bytes, name: str) -> None:
    """Raises `DataError` where a table of text is something else."""
    said = signature(source)
    if said:
        raise DataError(
            "A table is a file of text: cells separated by commas, semicolons or tabs.",
            f"{name}, which is {said}",
            "Save the table as CSV.",
        )
