"""A table of one's own as `ARCH` or `DATA`: a model for it, and its rows as a prepared file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from components.base.errors import DataError, suggest
from components.base.files import read_file
from components.base.paths import data_folder
from components.base.refusals import refusal
from components.base.text import join_names
from components.models.architecture.architecture import Architecture
from sample_data import own
from sample_data.core.limits import FILE_BYTES
from sample_data.own import RowSplit

_TABLE = re.compile(r"(.+\.(?:csv|tsv|xlsx|parquet|zip))(?::([^:]*))?", re.IGNORECASE)
"""Path of a table, and settings such as `group=patient,share=0.3`."""
_NAMES = ("sheet", "group", "time", "share", "seed")


def is_table(text: str) -> bool:
    """Return `True` if a text is the path of a table, with or without settings."""
    return _TABLE.fullmatch(text) is not None


def of_table(text: str, architecture: Architecture | None = None) -> tuple[Architecture, str]:
    """Return the model that a table is trained with, and the path of its prepared rows.

    The model is proposed if none is given. Says on standard error which column goes where. Raises
    `FileError` if the table can't be read, and `DataError` if it doesn't fit.
    """
    matched = _TABLE.fullmatch(text)
    assert matched is not None
    path, settings = Path(matched[1]), _settings(matched[2] or "")
    sheet = settings.pop("sheet", "")
    table = own.read(read_file(path, FILE_BYTES), path.name, sheet)
    grouped = own.groups(table)
    model = architecture or own.propose(table, grouped)
    mapping = own.propose_mapping(table, model, grouped)
    prepared = own.prepare(table, model, mapping, _split(settings))
    for name, part in (*mapping.inputs.items(), *mapping.heads.items()):
        what = "predicts" if name in mapping.heads else "reads"
        click.echo(f"{name} {what} {join_names(part.columns)}.", err=True)
    used = {column for part in mapping.inputs.values() for column in part.columns}
    for name, reason in grouped.unused.items():
        if name not in used:
            click.echo(f"{name} is not used: {reason.replace('`', '')}.", err=True)
    return model, str(own.keep(prepared, data_folder() / "prepared", path.name))


def _settings(text: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, is_set, value = part.partition("=")
        if not is_set or name not in _NAMES:
            fix = suggest(name, _NAMES)
            raise DataError("A table has no setting of that name.", part, fix)
        settings[name] = value
    return settings


def _split(settings: dict[str, Any]) -> RowSplit:
    """Return how rows are held out. Raises `DataError`."""
    by = [name for name in ("group", "time") if name in settings]
    if len(by) > 1:
        raise DataError(
            "Rows are held out by groups or by time, not by both.",
            " and ".join(f"{name}={settings[name]}" for name in by),
            "Leave one of them out.",
        )
    fields = {name: value for name, value in settings.items() if name not in by}
    if by:
        fields |= {"by": by[0], "column": settings[by[0]]}
    try:
        return RowSplit(**fields)
    except ValidationError as error:
        raise refusal(error, DataError, RowSplit, fields, "the held-out rows") from None
