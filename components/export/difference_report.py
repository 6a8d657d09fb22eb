"""The difference of two models as text: a sentence and a table, as Markdown or CSV."""

from __future__ import annotations

from components.analysis.difference import SIGNS, Difference, sentence
from components.core.markup import escape_markdown
from components.export.formats.base import TextTable
from components.export.formats.csv import CsvTable
from components.export.formats.markdown import MarkdownTable

HEADING = ("Change", "Part", "Layer", "What", "Before", "After")


def markdown(difference: Difference) -> str:
    """A heading, the sentence, and the table of all changes, for a pull request."""
    before, after = map(escape_markdown, (difference.before.name, difference.after.name))
    title = before if before == after else f"{before} → {after}"
    text = f"### {title}\n\n{sentence(difference)}\n"
    return text if difference.same else f"{text}\n{MarkdownTable().write(_table(difference))}"


def csv(difference: Difference) -> str:
    """All changes, one a row."""
    return CsvTable().write(_table(difference))


def _table(difference: Difference) -> TextTable:
    rows = tuple(
        (f"{SIGNS[row.kind]} {row.kind}", row.part, row.layer, row.aspect, row.before, row.after)
        for row in difference.rows
    )
    return TextTable("Differences", HEADING, rows)
