"""A standing as JSON, as CSV, and as the table of the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Any, Literal

from components.race.evaluation import Row, Standing, Table
from components.race.measures import Measure

WIDE = 100
"""Letters of a line of text."""
What = Literal["table", "runs", "curves", "winners"]

_COLUMNS = (
    "data",
    "entry",
    "rank",
    "tied",
    "p",
    "mean",
    "low",
    "high",
    "done",
    "failed",
    "parameters",
    "deviation",
    "flops",
    "step_ms",
    "epochs_to",
)


def json_of(standing: Standing) -> dict[str, Any]:
    """The standing as JSON data, with a verdict for each data and the number of wins."""
    made = standing.model_dump(mode="json")
    for data, table in zip(made["tables"], standing.tables, strict=True):
        data["verdict"] = table.verdict
    return {**made, "complete": standing.complete, "wins": standing.wins}


def csv_of(standing: Standing, what: What = "table") -> str:
    """The standing as CSV text with a heading: by strategy and data, by run, epoch, or winners."""
    rows = {"table": _rows, "runs": _runs, "curves": _curves, "winners": _winners}[what](standing)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def text_of(standing: Standing) -> str:
    """The standing as lines to read: for each data its ceilings, a table and a verdict."""
    parts = [line for table in standing.tables for line in _text(standing, table)]
    if len(standing.tables) > 1:
        parts += [f"Among the best, ties counted, of {len(standing.tables)} data:"]
        wins = [(entry, count) for entry, count in standing.wins.items() if count]
        parts += [f"  {entry} {count}" for entry, count in wins] or ["  none yet"]
        parts.append("")
    return "\n".join([*parts, *_footnotes(standing)])


def number(value: float | None, measure: Measure) -> str:
    """A value of the measure as one reads it: `97.3 %`, or `0.913`."""
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if measure.share else f"{value:.3f}"


def _rows(standing: Standing) -> Iterator[Sequence[Any]]:
    marks = ("chance", "single", "additive", "bayes")
    seeds = range(standing.seeds)
    yield [*_COLUMNS, *marks, *(f"seed_{seed}" for seed in seeds)]
    for table in standing.tables:
        reach = {mark.kind: mark.value for mark in table.marks}
        for row in table.rows:
            known = {"data": table.data, **row.model_dump()}
            yield [
                *(_plain(known[name]) for name in _COLUMNS),
                *(_plain(reach.get(kind)) for kind in marks),  # type: ignore[call-overload]
                *(_plain(row.scores.get(seed)) for seed in seeds),
            ]


def _runs(standing: Standing) -> Iterator[Sequence[Any]]:
    yield ["data", "entry", "seed", standing.measure.name]
    for table in standing.tables:
        for row in table.rows:
            yield from ([table.data, row.entry, s, v] for s, v in sorted(row.scores.items()))


def _curves(standing: Standing) -> Iterator[Sequence[Any]]:
    yield ["data", "entry", "curve", "epoch", "mean", "low", "high"]
    for table in standing.tables:
        for row in table.rows:
            curve = row.curve
            points = zip(curve.epochs, curve.mean, curve.low, curve.high, strict=True)
            yield from ([table.data, row.entry, curve.key, *point] for point in points)


def _winners(standing: Standing) -> Iterator[Sequence[Any]]:
    names = [table.data for table in standing.tables]
    yield ["entry", *names, *(f"best on {name}" for name in names), "wins"]
    for entry, count in standing.wins.items():
        rows = [table.row(entry) for table in standing.tables]
        best = [_plain(entry in t.best if t.best else None) for t in standing.tables]
        yield [entry, *(_plain(row.mean) for row in rows), *best, count]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _text(standing: Standing, table: Table) -> Iterator[str]:
    measure = standing.measure
    yield table.title
    if table.marks:
        told = (f"{mark.title} {number(mark.value, measure)}" for mark in table.marks)
        yield f"  ceilings: {', '.join(told)}"
    heading = ["", "strategy", measure.title, "95 % interval", "seeds"]
    heading += ["parameters", "FLOPs", "ms a step", "epochs to 95 %"]
    lines = [heading, *(_cells(row, standing, len(table.best) > 1) for row in table.rows)]
    yield from _aligned(lines)
    yield f"  {table.verdict}"
    failed = [row for row in table.rows if row.failed]
    yield from (f"  {row.entry}: {row.failed} failed. {row.message}" for row in failed)
    if standing.matched:
        yield from (f"  {row.entry}: {row.matching}" for row in table.rows if not row.matched)
    yield ""


def _cells(row: Row, standing: Standing, ties: bool) -> list[str]:
    measure = standing.measure
    spread = "-"
    if row.low is not None and row.high is not None:
        spread = f"{number(row.low, measure)} to {number(row.high, measure)}"
    parameters = f"{row.parameters:,}"
    if row.deviation is not None:
        parameters += f" ({100 * row.deviation:+.1f} %)"
    rank = "" if row.rank is None else f"{row.rank}{'=' if row.tied and ties else ''}"
    return [
        rank,
        row.entry,
        number(row.mean, measure),
        spread,
        f"{len(row.scores)}/{standing.seeds}",
        parameters,
        f"{row.flops:,}",
        "-" if row.step_ms is None else f"{row.step_ms:.2f}",
        "-" if row.epochs_to is None else f"{row.epochs_to:g}",
    ]


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; the first two to the left, numbers to the right."""
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, wide, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _footnotes(standing: Standing) -> Iterable[str]:
    on = "held back" if standing.measure.validated else "trained on"
    said = (
        f"{standing.measure.title.capitalize()} of `{standing.head}` on samples {on}, mean over "
        f"seeds; intervals by Student's t; rank 1= is tied with the best: a paired t-test over "
        "seeds, corrected for all comparisons (Holm), shows no difference at 5 %."
    )
    return [fill(text, WIDE) for text in (said, *standing.notes)]
