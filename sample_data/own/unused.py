"""Columns of a file that are no features, such as identifiers, and the reason of each."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from sample_data.columns.column import Column, DataTable
from sample_data.columns.preparation import empty_cells
from sample_data.own.split import names_groups

NOTHING_TO_LEARN = ("all its cells are the same", "it numbers the rows")
"""Reasons for which a column is left out even if no other is left."""
_ROW_NAMES = re.compile(r"(.*_)?(id|index|row|nr|no)|column_1|unnamed.*", re.IGNORECASE)
_MADE = "so it was probably made from it"
_FEW_ROWS = 5
"""Median number of rows of a value below which a column looks like an identifier."""
_FEW_VALUES = 10
"""Number of values up to which a category is used, however few rows have each."""
_SAME = 0.98
"""Least share of the errors of the most frequent class that a leaking column avoids."""
_CORRELATED = 0.9999
"""Least correlation of a number with its label at which it is the label in another unit."""
_MOST_CLASSES = 20
"""Values of a label of numbers up to which they are compared as classes."""
_LEAST_ROWS = 20
"""Rows with a label from which on a column can be said to tell it."""


def unused_columns(table: DataTable, labels: Iterable[Column]) -> dict[str, str]:
    """Return why columns are proposed for no input, by their names.

    A column that a person has chosen to read in some way is none of them.
    """
    labels = tuple(labels)
    free = [column for column in table.columns if column not in labels and column.chosen is None]
    reasons = {column.name: _reason(column, labels) for column in free if column.scalar}
    return {name: reason for name, reason in reasons.items() if reason}


def _reason(column: Column, labels: tuple[Column, ...]) -> str:
    if column.distinct < 2:
        return NOTHING_TO_LEARN[0]
    if _numbers_rows(column):
        return NOTHING_TO_LEARN[1]
    named = bool(_ROW_NAMES.fullmatch(column.name)) or names_groups(column)
    if column.distinct > _FEW_VALUES and (column.kind == "category" or (named and column.whole)):
        known = column.values[~empty_cells(column)]
        rows = float(np.median(np.unique(known, return_counts=True)[1]))
        if rows < _FEW_ROWS:
            return (
                f"it looks like an identifier, with {column.distinct:,} values and {rows:g} rows "
                "for each"
            )
    if column.kind == "text" and not column.prose:
        return "it looks like an identifier: most rows have a text of their own"
    return next(filter(None, (_leak(column, label) for label in labels)), "")


def _numbers_rows(column: Column) -> bool:
    if not column.whole or column.missing or column.distinct < len(column.values):
        return False
    one_by_one = bool((np.diff(column.values) == 1).all())
    return one_by_one or _ROW_NAMES.fullmatch(column.name) is not None


def _leak(column: Column, label: Column) -> str:
    """Return how well a column tells a label if that is too well for a feature."""
    both = ~(empty_cells(column) | empty_cells(label))
    if both.sum() < _LEAST_ROWS or label.distinct < 2:
        return ""
    if label.kind == "number" and label.distinct > _MOST_CLASSES:
        values, wanted = column.values[both], label.values[both]
        if column.kind != "number" or not (values.std() and wanted.std()):
            return ""
        correlation = float(np.corrcoef(values, wanted)[0, 1])
        reason = f"its correlation with `{label.name}` is {correlation:.4f}, {_MADE}"
        return reason if abs(correlation) >= _CORRELATED else ""
    if column.distinct > 2 * label.distinct or column.prose:
        return ""
    cells, values = np.unique(column.values[both], return_inverse=True)
    classes, wanted = np.unique(label.values[both], return_inverse=True)
    size = (len(cells), len(classes))
    counts = np.bincount(values * size[1] + wanted, minlength=size[0] * size[1]).reshape(size)
    frequent, right = counts.sum(0).max() / counts.sum(), counts.max(1).sum() / counts.sum()
    if right - frequent < _SAME * (1 - frequent) or frequent == 1:
        return ""
    return f"it alone tells `{label.name}` in {100 * right:.4g} % of the rows, {_MADE}"
