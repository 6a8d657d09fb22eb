"""A result as JSON, as CSV, and as the table of the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Any, Literal

from components.race.evaluation import DatasetResult, RaceResult, StrategyResult
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


def json_of(result: RaceResult) -> dict[str, Any]:
    """The result as JSON data, with a verdict for each data and the number of wins."""
    made = result.model_dump(mode="json")
    for data, table in zip(made["tables"], result.tables, strict=True):
        data["verdict"] = table.verdict
    return {**made, "complete": result.complete, "wins": result.wins}


def csv_of(result: RaceResult, what: What = "table") -> str:
    """The result as CSV text with a heading: by strategy and data, by run, epoch, or winners."""
    rows = {"table": _rows, "runs": _runs, "curves": _curves, "winners": _winners}[what](result)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def text_of(result: RaceResult) -> str:
    """The result as lines to read: for each data its ceilings, a table and a verdict."""
    parts = [line for table in result.tables for line in _text(result, table)]
    if len(result.tables) > 1:
        parts += [f"Among the best, ties counted, of {len(result.tables)} data:"]
        wins = [(entry, count) for entry, count in result.wins.items() if count]
        parts += [f"  {entry} {count}" for entry, count in wins] or ["  none yet"]
        parts.append("")
    return "\n".join([*parts, *_footnotes(result)])


def number(value: float | None, measure: Measure) -> str:
    """A value of the measure as one reads it: `97.3 %`, or `0.913`."""
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if measure.share else f"{value:.3f}"


def _rows(result: RaceResult) -> Iterator[Sequence[Any]]:
    marks = ("chance", "single", "additive", "bayes")
    seeds = range(result.seeds)
    yield [*_COLUMNS, *marks, *(f"seed_{seed}" for seed in seeds)]
    for table in result.tables:
        reach = {mark.kind: mark.value for mark in table.marks}
        for row in table.rows:
            known = {"data": table.data, **row.model_dump()}
            yield [
                *(_plain(known[name]) for name in _COLUMNS),
                *(_plain(reach.get(kind)) for kind in marks),  # type: ignore[call-overload]
                *(_plain(row.scores.get(seed)) for seed in seeds),
            ]


def _runs(result: RaceResult) -> Iterator[Sequence[Any]]:
    yield ["data", "entry", "seed", result.measure.name]
    for table in result.tables:
        for row in table.rows:
            yield from ([table.data, row.entry, s, v] for s, v in sorted(row.scores.items()))


def _curves(result: RaceResult) -> Iterator[Sequence[Any]]:
    yield ["data", "entry", "curve", "epoch", "mean", "low", "high"]
    for table in result.tables:
        for row in table.rows:
            curve = row.curve
            points = zip(curve.epochs, curve.mean, curve.low, curve.high, strict=True)
            yield from ([table.data, row.entry, curve.key, *point] for point in points)


def _winners(result: RaceResult) -> Iterator[Sequence[Any]]:
    names = [table.data for table in result.tables]
    yield ["entry", *names, *(f"best on {name}" for name in names), "wins"]
    for entry, count in result.wins.items():
        rows = [table.row(entry) for table in result.tables]
        best = [_plain(entry in t.best if t.best else None) for t in result.tables]
        yield [entry, *(_plain(row.mean) for row in rows), *best, count]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _text(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    measure = result.measure
    yield table.title
    if table.marks:
        told = (f"{mark.title} {number(mark.value, measure)}" for mark in table.marks)
        yield f"  ceilings: {', '.join(told)}"
    heading = ["", "strategy", measure.title, "95 % interval", "seeds"]
    heading += ["parameters", "FLOPs", "ms a step", "epochs to 95 %"]
    lines = [heading, *(_cells(row, result, len(table.best) > 1) for row in table.rows)]
    yield from _aligned(lines)
    yield f"  {table.verdict}"
    failed = [row for row in table.rows if row.failed]
    yield from (f"  {row.entry}: {row.failed} failed. {row.message}" for row in failed)
    if result.matched:
        yield from (f"  {row.entry}: {row.matching}" for row in table.rows if not row.matched)
    yield ""


def _cells(row: StrategyResult, result: RaceResult, ties: bool) -> list[str]:
    measure = result.measure
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
        f"{len(row.scores)}/{result.seeds}",
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


def _footnotes(result: RaceResult) -> Iterable[str]:
    on = "held back" if result.measure.validated else "trained on"
    said = (
        f"{result.measure.title.capitalize()} of `{result.head}` on samples {on}, mean over "
        f"seeds; intervals by Student's t; rank 1= is tied with the best: a paired t-test over "
        "seeds, corrected for all comparisons (Holm), shows no difference at 5 %."
    )
    return [fill(text, WIDE) for text in (said, *result.notes)]
