"""Texts of others in Markdown, HTML and CSV, shown unchanged, never as a link or a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from markupsafe import Markup, escape

_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~$&]|:(?=\S)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Characters with a meaning in Markdown, and a colon that may open a directive or an emoji."""
_LINK = re.compile(r"(?<=www)(?=\.)|(?=://)|(?=@)", re.IGNORECASE)
"""Positions at which an address is broken, so that it does not become a link by itself."""
_LIST = re.compile(r"^\s*(?=[-+])")
_CODE = re.compile(r"(`[^`\n]+`)")
_FORMULAS = (*"=+-@＝＋－＠", "\t", "\r", "\n")
"""First characters of cells that a spreadsheet would compute, after any spaces.

Some programs also accept the full-width characters of East Asian keyboards.
"""


def escape_markdown(text: str) -> str:
    """Escape a text so that Markdown shows it unchanged; its line ends become spaces."""
    unlinked = _LINK.sub("\N{WORD JOINER}", re.sub(r"[\r\n]+", " ", text))
    return _LIST.sub(r"\\", _SPECIAL.sub(r"\\\g<0>", unlinked))


def message_markdown(message: str) -> str:
    """Escape a message of the app, which may contain names from others.

    Text in backticks stays code.
    """
    parts = enumerate(_CODE.split(message))
    return "".join(part if number % 2 else escape_markdown(part) for number, part in parts)


def message_html(message: str) -> Markup:
    """Return a message of the app as HTML; text in backticks becomes code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(message))))


def to_csv(rows: Iterable[Sequence[object]], line_end: str = "\n") -> str:
    """Return rows, including the heading, as CSV.

    A text that a spreadsheet would compute gets an apostrophe in front; a number stays a number.
    """
    safe = ([_safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return "".join(f"{_csv_line(row)}{line_end}" for row in safe)


def _csv_line(row: Sequence[object]) -> str:
    """Return a row without its line end.

    A cell with a line break is quoted, whichever line end is used.
    """
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(row)
    return file.getvalue().removesuffix("\r\n")


def _safe(cell: str) -> str:
    with suppress(ValueError):
        float(cell)
        return cell
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULAS) else cell
