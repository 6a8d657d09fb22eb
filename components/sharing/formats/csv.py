"""CSV according to RFC 4180, for spreadsheets and programs."""

from __future__ import annotations

from components.base.markup import to_csv
from components.sharing.formats.base import TableFormat, TextTable


class CsvTable(TableFormat):
    """Table with plain numbers, and shares from 0 to 1."""

    title = "CSV"
    rank = 7
    mime = "text/csv"
    about = "CSV"

    def write(self, table: TextTable) -> str:
        rows = ([f"{c:.6g}" if isinstance(c, float) else c for c in row] for row in table.rows)
        return to_csv([table.columns, *rows], "\r\n")
