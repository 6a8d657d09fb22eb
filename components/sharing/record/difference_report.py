"""Differences between two models as text: a sentence and a table, in Markdown or CSV."""

from __future__ import annotations

from components.base.markup import escape_markdown
from components.models.analysis.difference import SIGNS, Change, Difference, causes, sentence
from components.sharing.formats.base import TextTable
from components.sharing.formats.csv import CsvTable
from components.sharing.formats.markdown import MarkdownTable

HEADING = ("Change", "Part", "Layer", "What", "Before", "After")
MOST_NAMED = 4
"""Maximum number of changes listed with their cause; the rest are only counted."""


def markdown(difference: Difference) -> str:
    """Return a heading, the sentence, and the table of all changes, for a pull request."""
    before, after = map(escape_markdown, (difference.before.name, difference.after.name))
    title = before if before == after else f"{before} → {after}"
    text = f"### {title}\n\n{sentence(difference)}\n"
    if difference.same:
        return text
    rows = tuple((*_cells(row), then) for row, then in folded(difference))
    return f"{text}\n{MarkdownTable().write(TextTable('Differences', (*HEADING, 'Then'), rows))}"


def csv(difference: Difference) -> str:
    """Return a CSV with a row for each change and the layer and aspect that caused it."""
    named = {row: f"{cause.layer} {cause.aspect}" for row, cause in causes(difference).items()}
    rows = tuple((*_cells(row), named.get(row, "")) for row in difference.rows)
    return CsvTable().write(TextTable("Differences", (*HEADING, "Because of"), rows))


def folded(difference: Difference) -> list[tuple[Change, str]]:
    """Return the changes without a cause, each with a text on the changes it causes."""
    follow = causes(difference)
    then: dict[Change, list[str]] = {row: [] for row in difference.rows if row not in follow}
    for row, cause in follow.items():
        layer = "" if row.layer == cause.layer else f"{row.layer}: "
        then[cause].append(f"{layer}{row.aspect} {row.before} → {row.after}")
    return [(row, _counted(texts)) for row, texts in then.items()]


def _counted(texts: list[str]) -> str:
    more = [f"{len(texts) - MOST_NAMED} more"] if len(texts) > MOST_NAMED else []
    return ", ".join([*texts[:MOST_NAMED], *more])


def _cells(row: Change) -> tuple[str, ...]:
    sign = f"{SIGNS[row.kind]} {row.kind}"
    return sign, row.part, row.layer, row.aspect, row.before, row.after
