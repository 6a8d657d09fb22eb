"""Single cells of tables: empty ones, styles of numbers and dates, and their texts.

The text of this file is part of every `predict.py`, so it imports only NumPy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
"""Cells that count as empty, in upper or lower case."""
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
COMMA_NUMBER = re.compile(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)?(,\d+)?([eE][+-]?\d+)?")
"""Number with a decimal comma, such as `1.234,5`."""
_EPOCH = datetime(1970, 1, 1)
_WHOLE_BELOW = 1e15
"""Limit below which a whole number is written without a fraction or an exponent."""


def is_none(cell: Any) -> bool:
    """Return `True` for the values that stand for no value in Python, NumPy and pandas."""
    try:
        return cell is None or bool(cell != cell)
    except TypeError:  # pandas.NA
        return True
    except ValueError:  # an array
        return False


def comma_number(cell: str) -> float:
    """Read a number with a decimal comma, such as `1.234,5`."""
    if not COMMA_NUMBER.fullmatch(cell):
        raise ValueError(cell)
    return float(cell.replace(".", "").replace(",", "."))


def grouped_number(cell: str) -> float:
    """Read a number with commas between thousands, such as `1,234.5`."""
    return float(cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)


def iso_date(cell: str) -> float:
    """Return the days from 1970 to a date such as `2024-03-09` or `2024-03-09 12:30`."""
    return (datetime.fromisoformat(cell).replace(tzinfo=None) - _EPOCH) / timedelta(days=1)


def dotted_date(cell: str) -> float:
    """Return the days from 1970 to a date such as `9.3.2024`."""
    return (datetime.strptime(cell, "%d.%m.%Y") - _EPOCH) / timedelta(days=1)


def moment_text(moment: date) -> str:
    """Return a date as text, with its time of day unless it is midnight."""
    if isinstance(moment, datetime):
        moment = moment.replace(tzinfo=None)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
    return moment.isoformat()


STYLES: dict[str, Callable[[str], float]] = {
    "plain": float,
    "comma": comma_number,
    "grouped": grouped_number,
    "iso date": iso_date,
    "dotted date": dotted_date,
}
"""Functions that read numbers and dates, by the name of their style."""
DATES = ("iso date", "dotted date")


def date_text(days: float) -> str:
    """Return the date of days since 1970, and its time in minutes unless it is midnight."""
    try:
        moment = _EPOCH + timedelta(days=round(days * 1440) / 1440)
    except OverflowError:
        return f"{days:g}"
    return moment.isoformat(" ", "minutes").removesuffix(" 00:00")


def category_text(style: str, number: float) -> str:
    """Return the text of a number or a date that is read as a category or as words."""
    return date_text(number) if style in DATES else f"{number:.15g}"


def reads(style: str, cell: str) -> bool:
    """Return `True` if a cell is written in this style."""
    try:
        STYLES[style](cell)
    except ValueError:
        return False
    return "_" not in cell


def style_of(cells: Collection[str], styles: Iterable[str]) -> tuple[str, str]:
    """Return the first style that fits all cells; if none does, "" and the first cell that fails.

    That cell is empty if no style fits the first cell of the column.
    """
    fitting = list(styles)
    for index, cell in enumerate(cells):
        fitting = [style for style in fitting if reads(style, cell)]
        if not fitting:
            return "", cell if index else ""
    return fitting[0], ""


def number_styles(delimiter: str) -> list[str]:
    """Return the styles of numbers that are possible in a table with this delimiter."""
    return ["plain", "grouped" if delimiter == "," else "comma"]


def one_spelling(text: str) -> str:
    """Return a text in the composed form of Unicode, with single spaces and none around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def plain_cell(cell: Any) -> Any:
    """Return a cell as a text, a number or `None`; truth values and dates as a text file has them.

    An array of one value counts as that value.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, np.ndarray) and cell.size == 1:
        return plain_cell(cell.reshape(())[()])
    if is_none(cell):
        return None
    if type(cell) in (int, float):
        return cell
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, date):
        return moment_text(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace").strip()
    if isinstance(cell, (Real, Decimal)) and not isinstance(cell, bool):
        return int(cell) if isinstance(cell, Integral) else float(cell)
    return str(cell).strip()


def cell_text(cell: Any) -> str:
    """Return the text of a cell as in a text file; "" for an empty cell."""
    cell = plain_cell(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _WHOLE_BELOW:
        return str(int(cell))
    return "" if cell is None else str(cell)
