"""Tables for LaTeX documents."""

from __future__ import annotations

from typing import Literal

from components.sharing.formats.base import TableFormat, TextTable, shown

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


def escape_latex(text: str) -> str:
    """Escape the characters that are special in LaTeX."""
    return text.translate(_LATEX)


class LatexTable(TableFormat):
    r"""`table` for a document that uses `\usepackage{booktabs}`."""

    title = "LaTeX"
    rank = 8
    mime = "application/x-tex"
    about = "LaTeX, needs booktabs"

    kind: Literal["tex"] = "tex"

    def write(self, table: TextTable) -> str:
        """Return the LaTeX text."""
        columns = "".join("r" if right else "l" for right in table.numeric)
        rows = [
            " & ".join(escape_latex(shown(cell)) for cell in row) + r" \\" for row in table.rows
        ]
        lines = [
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{escape_latex(shown(table.caption))}}}",
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
