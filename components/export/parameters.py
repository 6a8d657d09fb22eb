"""Tables of parameters by layer and by part, as Markdown, CSV and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from components.core.graph import Graph
from components.core.markup import escape_markdown, to_csv
from components.model.costs import Costs
from components.render import formatting, summary

_LATEX = {
    **{ord(letter): f"\\{letter}" for letter in "&%$#_{}"},
    ord("~"): r"\textasciitilde{}",
    ord("^"): r"\textasciicircum{}",
    ord("\\"): r"\textbackslash{}",
    ord("<"): r"\textless{}",
    ord(">"): r"\textgreater{}",
    ord("|"): r"\textbar{}",
    ord('"'): r"\textquotedbl{}",
    ord("×"): r"$\times$",
    ord("→"): r"$\rightarrow$",
    ord("−"): "$-$",
    ord("·"): r"$\cdot$",
}
TOTAL = "Total"


@dataclass(frozen=True)
class TextTable:
    """Rows of texts and numbers under their columns' names; the last row is the total.

    Shares are of all parameters, from 0 to 1.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


def by_layer(graph: Graph, costs: Costs) -> TextTable:
    """One row a layer: its name, kind, part, output, parameters and their share."""
    rows = [
        (row.layer, row.kind, row.part, row.output, row.parameters, row.share)
        for row in summary.layer_rows(graph.drawn(), costs)
    ]
    return layer_table(graph.name, rows, costs)


def layer_table(
    name: str,
    rows: Iterable[tuple[str | int | float, ...]],
    costs: Costs,
    part: str = "Part",
    share: float = 1.0,
) -> TextTable:
    """The table of these rows, a layer each, and the total; `part` heads the third column.

    `share` is that of all rows in the whole model.
    """
    total = costs.total.parameters
    return TextTable(
        f"Parameters of {name} by layer",
        ("Layer", "Kind", part, "Output", "Parameters", "Share"),
        (*rows, (TOTAL, "", "", "", total, share if total else 0.0)),
    )


def by_part(graph: Graph, costs: Costs) -> TextTable:
    """One row a branch, merge, trunk and head: its layers, parameters and their share."""
    whole, total = graph.drawn(), costs.total.parameters
    rows = []
    for group in graph.groups:
        part = costs.groups[group.id].parameters
        share = part / total if total else 0.0
        rows.append((group.title, group.role, len(whole.members(group.id)), part, share))
    return TextTable(
        f"Parameters of {graph.name} by part",
        ("Part", "Role", "Layers", "Parameters", "Share"),
        (*rows, (TOTAL, "", len(whole.nodes), total, 1.0 if total else 0.0)),
    )


def markdown(table: TextTable) -> str:
    """A table of GitHub's Markdown, numbers to the right; a last row called Total is bold."""
    numeric = _numeric(table)
    rule = ["---:" if right else "---" for right in numeric]
    rows = [
        [
            escape_markdown(_one_line(cell)) if isinstance(cell, str) else _shown(cell)
            for cell in row
        ]
        for row in table.rows
    ]
    if table.rows[-1][0] == TOTAL:
        rows[-1] = [f"**{cell}**" if cell else "" for cell in rows[-1]]
    return "".join(f"| {' | '.join(row)} |\n" for row in [list(table.columns), rule, *rows])


def csv_text(table: TextTable) -> str:
    """CSV of RFC 4180 with plain numbers and shares from 0 to 1."""
    rows = ([c if isinstance(c, str) else _plain(c) for c in row] for row in table.rows)
    return to_csv([table.columns, *rows], "\r\n")


def latex(table: TextTable) -> str:
    """A `table` for a document that has `\\usepackage{booktabs}`."""
    columns = "".join("r" if right else "l" for right in _numeric(table))
    rows = [
        " & ".join(_shown(cell).translate(_LATEX) for cell in row) + r" \\" for row in table.rows
    ]
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_one_line(table.caption).translate(_LATEX)}}}",
        rf"  \begin{{tabular}}{{{columns}}}",
        r"    \toprule",
        f"    {' & '.join(table.columns)} \\\\",
        r"    \midrule",
        *(f"    {row}" for row in rows[:-1]),
        r"    \midrule",
        f"    {rows[-1]}",
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


FORMATS: Mapping[str, Callable[[TextTable], str]] = {"md": markdown, "csv": csv_text, "tex": latex}
"""By the file's ending."""


def _numeric(table: TextTable) -> list[bool]:
    return [not isinstance(cell, str) for cell in table.rows[-1]]


def _shown(cell: str | int | float) -> str:
    if isinstance(cell, str):
        return _one_line(cell)
    return formatting.share(cell, 1) if isinstance(cell, float) else f"{cell:,}"


def _plain(cell: int | float) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _one_line(text: str) -> str:
    return " ".join(text.split())
