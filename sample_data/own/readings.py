"""Readings of a column that a person chooses: numbers, categories, words, dates, or left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from components.base.errors import DataError
from components.base.text import plural
from sample_data.columns.cells import DATES, STYLES, category_text, reads, style_of
from sample_data.columns.column import (
    Column,
    DataTable,
    Reading,
    number_column,
    text_column,
)
from sample_data.core.limits import CATEGORIES

_MOST_UNREAD = 0.5
"""Largest share of different texts that may become empty cells."""


def read_as(table: DataTable, readings: Mapping[str, Reading]) -> DataTable:
    """Return the table with columns in the readings that a person has chosen.

    Raises `DataError` for a column that can't be read so.
    """
    notes = list(table.notes)
    columns = [
        _read(column, readings[column.name], notes) if column.name in readings else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns), notes=tuple(notes))


def join_held(table: DataTable, held: DataTable) -> DataTable:
    """Return the table with the rows of another file below it, which are held out.

    Raises `DataError` if the other file lacks a column, or has another kind of cells in it.
    """
    columns = tuple(_joined(column, held, table.name) for column in table.columns)
    marks = np.arange(table.rows + held.rows) >= table.rows
    return replace(table, columns=columns, held=marks)


def _joined(column: Column, held: DataTable, name: str) -> Column:
    other = held.column(column.name)
    if column.texts and other.kind == "number":
        other = _as_text(other)
    same = column.dates == other.dates and bool(column.texts) == bool(other.texts)
    if column.shape != other.shape or not same:
        raise DataError(
            "Both files need the same kind of cells in a column.",
            f"{column.name}, {column.recognised.lower()} in {name} and "
            f"{other.recognised.lower()} in {held.name}",
            "Correct the cells of one file.",
        )
    if not column.texts:
        values = np.concatenate([column.values, other.values])
        if column.shape:
            return replace(column, values=values)
        return replace(number_column(column.name, values), reading=column.reading)
    codes = {text: index for index, text in enumerate(column.texts)}
    moved = [codes.setdefault(text, len(codes)) for text in other.texts]
    values = np.concatenate([column.values, np.array([*moved, -1], np.int32)[other.values]])
    missing = column.missing + other.missing
    return replace(column, values=values, texts=tuple(codes), distinct=len(codes), missing=missing)


def _read(column: Column, reading: Reading, notes: list[str]) -> Column:
    if reading == "leave out":
        return replace(column, chosen=reading)
    if not column.scalar:
        raise DataError(
            "An array or picture can't be read in another way.",
            f"{column.name}, {column.recognised.lower()}",
            "Choose Leave out, or change the file.",
        )
    if reading in ("number", "date"):
        read = _as_number(column, notes) if reading == "number" else _as_date(column, notes)
        return replace(read, chosen=reading)
    text = column if column.texts else _as_text(column)
    if reading == "category" and len(text.texts) > CATEGORIES:
        raise DataError(
            f"A category can't have more than {CATEGORIES:,} different values.",
            f"{column.name} with {len(text.texts):,}",
            "Read it as text or as a number.",
        )
    return replace(text, kind="category" if reading == "category" else "text", chosen=reading)


def _as_text(column: Column) -> Column:
    """Return numbers or dates as texts, in their own style."""
    known = ~np.isnan(column.values)
    distinct, places = np.unique(column.values[known], return_inverse=True)
    codes = np.full(len(column.values), -1, np.int32)
    codes[known] = places
    texts = [category_text(column.reading["style"], float(value)) for value in distinct]
    return replace(text_column(column.name, codes, texts), reading=column.reading)


def _as_number(column: Column, notes: list[str]) -> Column:
    """Return the numbers of a column; a date becomes its days since 1970."""
    if not column.texts:
        return column
    styles = ("plain", "grouped", "comma")
    style = max(styles, key=lambda name: sum(reads(name, text) for text in column.texts))
    return _of_texts(column, style, "number", notes)


def _as_date(column: Column, notes: list[str]) -> Column:
    if column.texts:
        style = style_of(column.texts, DATES)[0] or max(
            DATES, key=lambda name: sum(reads(name, text) for text in column.texts)
        )
        return _of_texts(column, style, "date", notes)
    if column.dates:
        return column
    raise DataError(
        "These numbers are no dates.",
        f"{column.cell(0)} in {column.name}",
        "Write dates such as 2024-03-09. Numbers can tell the time as they are.",
    )


def _of_texts(column: Column, style: str, what: str, notes: list[str]) -> Column:
    """Return the numbers of texts; texts that are none become empty cells."""
    numbers = np.array(
        [*(STYLES[style](t) if reads(style, t) else np.nan for t in column.texts), np.nan]
    )
    unread = [text for text, number in zip(column.texts, numbers, strict=False) if number != number]
    if len(unread) > _MOST_UNREAD * len(column.texts):
        raise DataError(
            f"Most texts of this column are no {what}s.",
            f"{unread[0][:40]!r} in {column.name}",
            "Read it as a category or as text.",
        )
    read = number_column(column.name, numbers[column.values], style)
    if unread:
        lost = plural(read.missing - column.missing, "cell")
        notes.append(
            f"{lost} of `{column.name}` that are no {what}s are empty: `{unread[0][:40]}`."
        )
    return read
