"""Held-out rows of a person's own data: chosen once, whatever seed a run has."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from components.base.errors import DataError
from components.base.text import plural
from components.models.language.fields import hints, number
from sample_data.columns.column import Column, DataTable
from sample_data.core.arrays import Array
from sample_data.core.dataset import random_rows

SplitBy = Literal["rows", "group", "time", "file"]

_GROUP_NAMES = re.compile(
    r"(.*[_ .-])?(patient|subject|person|user|customer|client|participant|family|household|session"
    r"|group|site|hospital|school|store|device|machine|speaker|author|batch|animal|plot)s?"
    r"([_ .-]?(id|no|nr|number|name|code))?",
    re.IGNORECASE,
)
_MANY_GROUPS = 20
"""Number of repeated values above which texts can name groups, whatever their column is called."""
_ROWS_EACH = 2
"""Least mean number of rows per group."""


class RowSplit(BaseModel):
    """Choice of the rows that are held out of training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: SplitBy = "rows"
    column: str = Field(
        "",
        description="Column whose values name the groups, or tell the time.",
        json_schema_extra=hints(when="by=group|time", refers="column"),
    )
    share: float = number(
        0.25,
        0,
        0.9,
        "Share of the rows that are held out for validation. 0 turns validation off.",
        step=0.05,
        when="by=rows|group|time",
        title="Held-out share",
    )
    seed: int = number(
        0,
        0,
        2**31 - 1,
        "Random seed that chooses the held-out rows. A run's own seed never changes them.",
        step=1,
        when="by=rows|group",
        title="Split seed",
    )


def held_rows(table: DataTable, split: RowSplit) -> Array:
    """Return which rows of a table are held out, (N,) of booleans.

    Raises `DataError` if the column is missing or can't divide the rows.
    """
    if split.by == "file":
        if table.held is None:
            raise DataError(
                "There is no file of held-out rows yet.",
                table.name,
                "Choose a second file, or hold out rows of the first.",
            )
        return table.held
    if not split.share:
        return np.zeros(table.rows, bool)
    if split.by == "rows":
        return random_rows(table.rows, split.share, split.seed)
    column = _column(table, split)
    return _last(column, split) if split.by == "time" else _groups(column, split)


def _column(table: DataTable, split: RowSplit) -> Column:
    if not split.column:
        raise DataError(
            f"Choose the column that {'tells the time' if split.by == 'time' else 'names groups'}.",
            "no column",
            "Choose it under Held-out rows.",
        )
    column = table.column(split.column)
    if not column.scalar or (split.by == "time" and column.kind != "number"):
        wanted = "dates or numbers" if split.by == "time" else "one value for each row"
        raise DataError(
            f"A column for held-out rows needs {wanted}.",
            f"{column.name}, read as {column.recognised.lower()}",
            "Choose another column, or read it as a date.",
        )
    return column


def _groups(column: Column, split: RowSplit) -> Array:
    """Hold out whole groups in random order; rows without a group form one group."""
    groups, places = np.unique(column.values, return_inverse=True, equal_nan=True)
    if len(groups) < 2:
        raise DataError(
            "Rows can only be held out by groups if there are at least two.",
            f"one group in {column.name}",
            "Choose another column.",
        )
    order = np.random.default_rng(split.seed).permutation(len(groups))
    sizes = np.cumsum(np.bincount(places)[order])
    count = 1 + int(np.abs(sizes[:-1] - split.share * len(places)).argmin())
    return np.isin(places, order[:count])


def _last(column: Column, split: RowSplit) -> Array:
    """Hold out the last rows; rows of the same time stay together, those without one are kept."""
    times = column.values
    known = np.sort(times[np.isfinite(times)])
    if not len(known) or known[0] == known[-1]:
        raise DataError(
            "Rows can only be held out by time if there are at least two times.",
            f"{column.distinct} in {column.name}",
            "Choose another column.",
        )
    count = min(math.ceil(len(known) * split.share), len(known) - 1)
    first = known[-count]
    if first == known[0]:
        first = known[known > first][0]
    held: Array = times >= first
    return held


def split_text(split: RowSplit, held: Array) -> str:
    """Describe the held-out rows in one sentence."""
    if not held.any():
        return "No rows are held out."
    rows = f"{int(held.sum()):,} of {plural(len(held), 'row')} are held out"
    return {
        "rows": f"{rows}, chosen at random with split seed {split.seed}.",
        "group": f"{rows}: whole groups of `{split.column}`, chosen with split seed {split.seed}.",
        "time": f"{rows}: the last ones by `{split.column}`.",
        "file": f"{rows}: those of a second file, or marked in the data.",
    }[split.by]


def split_warnings(table: DataTable, split: RowSplit, used: Collection[str] = ()) -> list[str]:
    """Return a sentence for the first column that looks like groups, and for the first like a date.

    `used` are the columns of inputs: one that names held-out groups carries no information about
    new ones.
    """
    warnings = []
    if split.by == "group" and split.column in used:
        warnings.append(
            f"`{split.column}` names the groups and is an input, too. No held-out group is known "
            "to the model: leave the column out under Columns."
        )
    if split.by in ("rows", "time"):
        for column in filter(looks_like_groups, table.columns):
            warnings.append(
                f"`{column.name}` has {column.distinct:,} different values in "
                f"{plural(table.rows, 'row')}. If rows with the same value belong together, hold "
                "out whole groups: otherwise results look better than they are on new groups."
            )
            break
    if split.by in ("rows", "group"):
        for column in table.columns:
            if column.dates:
                warnings.append(
                    f"`{column.name}` holds dates. If the model has to predict later rows, hold "
                    "out the last ones by time."
                )
                break
    return warnings


def split_columns(table: DataTable, by: SplitBy) -> list[Column]:
    """Return the columns that can name groups, or times."""
    able = [column for column in table.columns if column.scalar and column.distinct > 1]
    return [column for column in able if by != "time" or column.kind == "number"]


def looks_like(column: Column, by: SplitBy) -> bool:
    """Return `True` if a column looks as if rows should be held out by it."""
    return column.dates if by == "time" else by == "group" and looks_like_groups(column)


def names_groups(column: Column) -> bool:
    """Return `True` if the name of a column is one for groups of rows, such as `patient_id`."""
    return _GROUP_NAMES.fullmatch(column.name) is not None


def looks_like_groups(column: Column) -> bool:
    """Return `True` if the rows of a column's value may belong together, as those of a patient."""
    if not column.scalar or column.dates:
        return False
    present = len(column.values) - column.missing
    if not 2 < column.distinct <= present / _ROWS_EACH:
        return False
    named = names_groups(column)
    if column.texts:
        return named or column.distinct > _MANY_GROUPS
    return named and column.whole
