"""Rows of a benchmark, printed as an aligned table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkRow:
    """Name of a measurement, and its figures by column."""

    name: str
    figures: Mapping[str, str]


def show(title: str, rows: Sequence[BenchmarkRow]) -> None:
    """Print the rows as an aligned table below a title."""
    columns = list(dict.fromkeys(key for row in rows for key in row.figures))
    first = max(len(title), *(len(row.name) for row in rows))
    widths = [max(len(c), *(len(row.figures.get(c, "")) for row in rows)) for c in columns]
    heads = "  ".join(c.rjust(w) for c, w in zip(columns, widths, strict=True))
    print(f"\n{title.ljust(first)}  {heads}")
    for row in rows:
        cells = (row.figures.get(c, "").rjust(w) for c, w in zip(columns, widths, strict=True))
        print(f"{row.name.ljust(first)}  {'  '.join(cells)}")
