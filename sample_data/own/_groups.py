"""Sorts the columns of a file into labels and groups of inputs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.core.errors import DataError
from components.core.text import free_name
from components.model.checks import TRUNK
from sample_data.columns.column import Column
from sample_data.core.limits import CLASSES
from sample_data.own.table import DataTable

MOST_INPUTS = 12
MOST_HEADS = 4
FUSION = "fusion"

_LABELS = (
    *("label", "labels", "target", "targets", "class", "y", "outcome", "output"),
    *("diagnosis", "species", "category"),
)
_SEVERAL = re.compile(r"(y|label|target|output)(_\w+|\d+)", re.IGNORECASE)
_ROW_NAMES = re.compile(r"(.*_)?(id|index|row|nr|no)|column_1|unnamed.*", re.IGNORECASE)
_PREFIX = re.compile(r"([^_.\- ]+?)(?:[_.\- ].+|\d+)")
_WORDS = 2
_MOST_PREFIXES = 5


@dataclass(frozen=True)
class Groups:
    """Columns by proposed input, and labels by proposed head."""

    inputs: dict[str, tuple[Column, ...]]
    heads: dict[str, Column]


def groups(table: DataTable) -> Groups:
    """Groups of columns, at most 12, with valid input names.

    Numbers whose names start alike form a group, or all numbers do; each category, text and array
    is a group of its own. Columns that only number the rows are left out. Raises `DataError` if
    nothing can be predicted, or nothing is left to predict it from.
    """
    labels = _labels(table)
    rest = [column for column in table.columns if column not in labels]
    used = {TRUNK, FUSION}
    heads = {_free(column.name, used): column for column in labels}
    arrays = [column for column in rest if not column.scalar]
    texts = [column for column in rest if column.kind == "text" and _is_prose(column)]
    numbers = [column for column in rest if column.kind == "number" and not _numbers_rows(column)]
    categories = [c for c in rest if c.kind == "category" and len(c.texts) > 1]
    single = [(column.name, (column,)) for column in (*arrays, *texts)]
    several = _by_prefix(numbers)
    room = MOST_INPUTS - len(single) - len(several)
    single += [(column.name, (column,)) for column in categories[: max(0, room)]]
    order = {column.name: index for index, column in enumerate(table.columns)}
    inputs = sorted([*single, *several], key=lambda item: order[item[1][0].name])
    if not inputs:
        raise DataError(
            "At least one column must be left to predict from.",
            f"{table.name} with {', '.join(table.names[:4])}",
            "Add columns of numbers, categories or texts.",
        )
    return Groups({_free(name, used): columns for name, columns in inputs[:MOST_INPUTS]}, heads)


def plain_name(name: str) -> str:
    """A valid name of an input or head that is close to the name."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", ascii_only).strip("_")[:40]
    if not plain:
        return "column"
    return plain if plain[0].isalpha() else f"c_{plain}"[:40]


def can_be_predicted(column: Column) -> bool:
    """Whether a column can be a label: numbers, or a few different texts."""
    if column.kind == "number":
        return column.distinct > 1
    return column.scalar and 1 < len(column.texts) <= CLASSES


def _free(name: str, used: set[str]) -> str:
    free = free_name(plain_name(name), used, longest=36)
    used.add(free)
    return free


def _labels(table: DataTable) -> list[Column]:
    able = [column for column in table.columns if can_be_predicted(column)]
    if not able:
        only = next((c for c in table.columns if c.scalar), table.columns[-1])
        raise DataError(
            f"A label must be numbers or have from 2 to {CLASSES} classes.",
            f"{only.name} with {max(only.distinct, len(only.texts)):,} different values",
            "Add a column or array (N,) of labels.",
        )
    for name in _LABELS:
        named = [column for column in able if column.name.lower() == name]
        if named:
            return named
    several = [column for column in able if _SEVERAL.fullmatch(column.name)]
    if several and len(several) <= MOST_HEADS and len(several) < len(table.columns):
        return several
    return able[-1:]


def _is_prose(column: Column) -> bool:
    words = sum(len(text.split()) for text in column.texts)
    return words >= _WORDS * len(column.texts)


def _numbers_rows(column: Column) -> bool:
    if not column.whole or column.missing or column.distinct < len(column.values):
        return False
    one_by_one = bool((np.diff(column.values) == 1).all())
    return one_by_one or _ROW_NAMES.fullmatch(column.name) is not None


def _by_prefix(numbers: Sequence[Column]) -> list[tuple[str, tuple[Column, ...]]]:
    if not numbers:
        return []
    grouped: dict[str, list[Column]] = {}
    for column in numbers:
        matched = _PREFIX.fullmatch(column.name)
        grouped.setdefault(matched.group(1) if matched else "", []).append(column)
    natural = {name: columns for name, columns in grouped.items() if name and columns[1:]}
    if len(natural) > _MOST_PREFIXES:
        natural = {}
    held = {column.name for columns in natural.values() for column in columns}
    loose = [column for column in numbers if column.name not in held]
    groups = [(name, tuple(columns)) for name, columns in natural.items()]
    if loose:
        groups.append((loose[0].name if len(loose) == 1 else "numbers", tuple(loose)))
    return groups
