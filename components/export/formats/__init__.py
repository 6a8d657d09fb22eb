"""Formats of exported pictures and tables, one file each: the ending, the choices, the writer."""

from __future__ import annotations

import mimetypes
from typing import Any

from pydantic import ValidationError

from components.core.errors import FileError
from components.core.refusals import refusal
from components.core.registry import Registry
from components.export.formats.base import FileFormat, PictureFormat, TableFormat

FORMATS = Registry(__name__, FileFormat, "export format")
PICTURES = {kind: form for kind, form in FORMATS.items() if issubclass(form, PictureFormat)}
TABLES = {kind: form for kind, form in FORMATS.items() if issubclass(form, TableFormat)}


def picture_format(ending: str, choices: dict[str, Any]) -> PictureFormat:
    """The format of pictures with that ending. Raises `FileError` for choices it does not take."""
    form = PICTURES[ending]
    try:
        return form(**choices)
    except ValidationError as error:
        raise refusal(error, FileError, form, choices, f"the {form.title} file") from None


def media_type(name: str) -> str:
    """The media type of a file by its name."""
    ending = name.rpartition(".")[2]
    if ending in FORMATS:
        return FORMATS[ending].mime
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
