"""Formats of exported pictures and tables, one file each: extension, options, writer."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from components.base.errors import FileError
from components.base.refusals import refusal
from components.models.language.fields import settings
from components.models.language.registry import Registry
from components.sharing.formats.base import FileFormat, PictureFormat, TableFormat

FORMATS = Registry(__name__, FileFormat, "export format")
PICTURES = {kind: form for kind, form in FORMATS.items() if issubclass(form, PictureFormat)}
TABLES = {kind: form for kind, form in FORMATS.items() if issubclass(form, TableFormat)}


def picture_format(
    ending: str, choices: Mapping[str, Any], look: Mapping[str, Any] = MappingProxyType({})
) -> PictureFormat:
    """Return the picture format with this extension.

    Raises `FileError` for options that are unknown or have no effect with the others, and for
    options of the picture's `look` that have no effect in this format.
    """
    form = PICTURES[ending]
    values = {**choices, **{name: look[name] for name in form.lacks if look.get(name)}}
    if unknown := next((name for name in values if name not in form.model_fields), None):
        raise FileError(
            f"{form.title} files can't have `{unknown}`.", values[unknown], "Leave it out."
        )
    try:
        picture = form(**values)
    except ValidationError as error:
        raise refusal(error, FileError, form, values, f"the {form.title} file") from None
    for setting in settings(form):
        if setting.name in choices and not setting.applies(picture.model_dump()):
            rule = f"{form.title} files can have `{setting.name}` only with `{setting.when}`."
            raise FileError(rule, choices[setting.name], "Leave one of them out.")
    return picture


def media_type(name: str) -> str:
    """Return the media type of a file by its name."""
    ending = name.rpartition(".")[2]
    if ending in FORMATS:
        return FORMATS[ending].mime
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
