"""Tables in GitHub's Markdown."""

from __future__ import annotations

from typing import Literal

from components.base.markup import escape_markdown
from components.sharing.formats.base import TOTAL, TableFormat, TextTable, shown


class MarkdownTable(TableFormat):
    """Table with numbers aligned right; a last row named Total is bold."""

    title = "Markdown"
    rank = 6
    mime = "text/markdown"
    about = "Markdown"

    kind: Literal["md"] = "md"

    def write(self, table: TextTable) -> str:
        """Return the Markdown text."""
        rule = ["---:" if right else "---" for right in table.numeric]
        rows = [
            [escape_markdown(shown(c)) if isinstance(c, str) else shown(c) for c in row]
            for row in table.rows
        ]
        if table.rows[-1][0] == TOTAL:
            rows[-1] = [f"**{cell}**" if cell else "" for cell in rows[-1]]
        return "".join(f"| {' | '.join(row)} |\n" for row in [list(table.columns), rule, *rows])
