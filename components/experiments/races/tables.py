"""A result as JSON, as CSV, and as the table of the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Any, Literal

from components.base.markup import to_csv
from components.base.text import plural
from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.kinds.without import losses, problems
from components.experiments.races.results import CEILINGS, DatasetResult, StrategyResult

WIDE = 100
"""Characters of a line of text."""
CsvKind = Literal["table", "curves", "winners", "losses"]

_COLUMNS = {
    "data": "dataset",
    "entry": "strategy",
    "rank": "rank",
    "tied": "not shown to be below the best",
    "p": "p",
    "mean": "mean",
    "low": "95 % interval from",
    "high": "95 % interval to",
    "done": "runs finished",
    "failed": "runs failed",
    "parameters": "parameters",
    "deviation": "deviation of parameters",
    "flops": "FLOPs",
    "step_ms": "ms a step",
    "epochs_to": "epochs to 95 % of its best",
}
"""Titles of the columns of a CSV file, by the field of a row."""


def json_of(result: RaceResult) -> dict[str, Any]:
    """Return the result as JSON data, with a verdict for each dataset and the number of wins."""
    data = result.model_dump(mode="json")
    for on_dataset, shown in zip(result.tables, data["tables"], strict=True):
        shown["verdict"] = text.verdict(result, on_dataset)
        shown |= result.setup.answer(on_dataset)
        for row, line in zip(on_dataset.rows, shown["rows"], strict=True):
            line["matching"] = text.matching(row)
    own = {"notes": text.notes(result), "complete": result.complete, "wins": result.wins}
    return {**data, **own}


def csv_of(result: RaceResult, what: CsvKind = "table") -> str:
    """Return the result as CSV text with a heading: by strategy and dataset, by epoch, the winners,
    or the loss without each input.
    """
    rows = {"table": _rows, "curves": _curves, "winners": _winners, "losses": _losses}[what]
    return to_csv(rows(result))


def text_of(result: RaceResult) -> str:
    """Return the result as text: for each dataset its ceilings, a table and a verdict."""
    parts = [line for on_dataset in result.tables for line in _lines(result, on_dataset)]
    if len(result.tables) > 1:
        parts.append(
            f"Best, or not shown to be below it, on how many of {len(result.tables)} datasets:"
        )
        wins = [(entry, count) for entry, count in result.wins.items() if count]
        parts += [f"  {entry} {count}" for entry, count in wins] or ["  none yet"]
        parts.append("")
    footnotes = (text.how_to_read(result), *text.notes(result))
    return "\n".join([*parts, *(fill(note, WIDE) for note in footnotes)])


def readable_rows(result: RaceResult, on_dataset: DatasetResult) -> list[list[str]]:
    """Return the table of a dataset as texts, with its heading first; a shared rank ends in `=`."""
    heading = ["", result.setup.what, result.measure.title, "95 % interval", "seeds"]
    heading += [_COLUMNS[name] for name in ("parameters", "flops", "step_ms", "epochs_to")]
    shared = Counter(row.rank for row in on_dataset.rows)
    return [heading, *(_cells(row, result, shared[row.rank] > 1) for row in on_dataset.rows)]


def _rows(result: RaceResult) -> Iterator[Sequence[Any]]:
    seeds = range(result.seeds)
    yield [*_COLUMNS.values(), *CEILINGS.values(), *(f"seed {seed}" for seed in seeds)]
    for on_dataset in result.tables:
        for row in on_dataset.rows:
            epochs = None if row.epochs_to is None else f"{row.epochs_to:g}"
            known = {"data": on_dataset.data, **row.model_dump(), "epochs_to": epochs}
            yield [
                *(_plain(known[name]) for name in _COLUMNS),
                *(_plain(on_dataset.ceilings.get(kind)) for kind in CEILINGS),
                *(_plain(row.scores.get(seed)) for seed in seeds),
            ]


def _curves(result: RaceResult) -> Iterator[Sequence[Any]]:
    values = [_COLUMNS[name] for name in ("mean", "low", "high")]
    yield [_COLUMNS["data"], _COLUMNS["entry"], "curve", "epoch", *values]
    for on_dataset in result.tables:
        for row in on_dataset.rows:
            curve = row.curve
            points = zip(curve.epochs, curve.mean, curve.low, curve.high, strict=True)
            yield from ([on_dataset.data, row.entry, curve.key, *point] for point in points)


def _winners(result: RaceResult) -> Iterator[Sequence[Any]]:
    names = [on_dataset.data for on_dataset in result.tables]
    yield [_COLUMNS["entry"], *names, *(f"best on {name}" for name in names), "wins"]
    for entry, count in result.wins.items():
        rows = [on_dataset.row(entry) for on_dataset in result.tables]
        best = [_plain(entry in t.best if t.best else None) for t in result.tables]
        yield [entry, *(_plain(row.mean) for row in rows), *best, count]


def _losses(result: RaceResult) -> Iterator[Sequence[Any]]:
    """Yield the loss of each input by seed, a row each, then the mean with its interval."""
    values = [_COLUMNS[name] for name in ("low", "high", "p")]
    yield _COLUMNS["data"], "head", "input", "seed", "lost", *values, "no difference shown"
    for on_dataset in result.tables:
        for one in losses(result.setup, on_dataset):
            begin = on_dataset.data, result.head, one.input
            yield from ((*begin, seed, lost, "", "", "", "") for seed, lost in one.seeds.items())
            if (span := one.span) is not None:
                tied = _plain(one.row.tied)
                yield *begin, "mean", span.mean, span.low, span.high, one.row.p, tied


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _lines(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    measure = result.measure
    yield on_dataset.title
    if on_dataset.marks:
        ceilings = (f"{mark.title} {measure.text(mark.value)}" for mark in on_dataset.marks)
        yield f"  ceilings: {', '.join(ceilings)}"
    yield from _aligned(readable_rows(result, on_dataset))
    yield f"  {text.verdict(result, on_dataset)}"
    yield from (f"  {sentence}" for sentence in problems(on_dataset))
    failed = [row for row in on_dataset.rows if row.failed]
    yield from (
        f"  {row.entry}: {plural(row.failed, 'run')} failed. {row.message}" for row in failed
    )
    if result.matched:
        far = [row for row in on_dataset.rows if not row.matched]
        yield from (f"  {row.entry}: {text.matching(row)}" for row in far)
    yield ""


def _cells(row: StrategyResult, result: RaceResult, shares_rank: bool) -> list[str]:
    measure = result.measure
    spread = "–"
    if row.low is not None and row.high is not None:
        spread = f"{measure.text(row.low)} to {measure.text(row.high)}"
    parameters = f"{row.parameters:,}" if row.parameters else "–"
    if row.deviation is not None:
        parameters += f" ({100 * row.deviation:+.1f} %)"
    rank = "" if row.rank is None else f"{row.rank}{'=' if shares_rank else ''}"
    return [
        rank,
        row.entry,
        measure.text(row.mean),
        spread,
        f"{len(row.scores)}/{result.seeds}",
        parameters,
        f"{row.flops:,}" if row.flops else "–",
        "–" if row.step_ms is None else f"{row.step_ms:.2f}",
        "–" if row.epochs_to is None else f"{row.epochs_to:g}",
    ]


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield aligned lines: the first two columns to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, wide, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()
