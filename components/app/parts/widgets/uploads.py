"""Files that a visitor uploads, with a size limit that the server also checks."""

from __future__ import annotations

from streamlit.typing import UploadedFile

from components.base.errors import FileError
from components.base.limits import UPLOAD_BYTES
from components.base.text import byte_size


def most_bytes(most: int) -> int:
    """Return the largest upload in bytes on a page whose own limit is `most`.

    Raises `RunError` if the limit set by the server's owner is not valid.
    """
    return min(most, UPLOAD_BYTES.value())


def content(file: UploadedFile, most: int) -> bytes:
    """Return the bytes of a file. Raises `FileError` if there are more than `most_bytes` allows.

    The browser checks the size as well; this also refuses requests made without one.
    """
    allowed = most_bytes(most)
    if file.size > allowed:
        raise FileError(
            f"The file may have at most {byte_size(allowed)} here.",
            f"{file.name} with {byte_size(file.size)}",
            "Choose a smaller file.",
        )
    return file.getvalue()
