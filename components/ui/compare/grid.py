"""A race's runs as small squares, strategies by data and seeds, that fill in as runs end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from components.race.evaluation import DatasetResult, RaceResult, StrategyResult
from components.race.outcomes import Outcome
from components.race.plan import PlannedRun, Race, name_of, title_of
from components.render.heatmap import colours
from components.render.palette import Theme
from components.ui.compare import scale
from components.ui.compare.scale import ValueScale

MANY = 420
"""With more runs than that a square stands for all seeds of a strategy on one data."""
SMALL = 16
"""With more rows than that they are lower."""
STATES = ("waiting", "queued", "running", "stopped", "failed")
_TOLD = {
    "waiting": "waits",
    "queued": "is next",
    "running": "is being trained",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
    "failed": "failed",
}
_SIGNS = {"failed": "×", "stopped": "–", "interrupted": "–"}


@dataclass(frozen=True)
class _GridColumn:
    table: DatasetResult
    scale: ValueScale
    cells: Mapping[str, Sequence[PlannedRun]]
    """By the entry's text."""


def grid(race: Race, result: RaceResult, outcomes: Mapping[str, Outcome], theme: Theme) -> str:
    """The grid as HTML; a square that has a run has its id as `data-pick`."""
    columns = _columns(race, result)
    whole = len(race.cells()) <= MANY
    parts = ['<span class="name corner"></span>']
    parts += [
        f'<span class="head" title="{escape(title_of(data))}">{escape(title_of(data))}</span>'
        for data in race.data
    ]
    for entry in race.entries:
        title = escape(entry.title)
        parts.append(f'<span class="name" title="{title}">{title}</span>')
        for column in columns:
            squares = (
                "".join(
                    _run(cell, column, outcomes.get(cell.digest, Outcome()), result, theme)
                    for cell in column.cells[entry.text]
                )
                if whole
                else _group(column.table.row(entry.text), column.scale, result, theme)
            )
            parts.append(f'<span class="cells">{squares}</span>')
    small = " small" if len(race.entries) > SMALL else ""
    groups = "" if whole else " groups"
    template = f"grid-template-columns:max-content repeat({len(columns)}, max-content)"
    return (
        f'<div class="scroll{" most" if small else ""}"><div class="grid{small}{groups}" '
        f'style="{template}">{"".join(parts)}</div></div>{_legend(result, whole)}'
    )


def _columns(race: Race, result: RaceResult) -> list[_GridColumn]:
    cells: dict[tuple[str, str], list[PlannedRun]] = {}
    for cell in race.cells():
        cells.setdefault((name_of(cell.data), cell.entry.text), []).append(cell)
    return [
        _GridColumn(
            table,
            scale.of_table(table),
            {entry.text: cells[table.data, entry.text] for entry in race.entries},
        )
        for table in result.tables
    ]


def _run(
    cell: PlannedRun, column: _GridColumn, outcome: Outcome, result: RaceResult, theme: Theme
) -> str:
    value = column.table.row(cell.entry.text).scores.get(cell.seed)
    where = f"{cell.entry.title} on {column.table.title}, seed {cell.seed}"
    pick = f' data-pick="{outcome.run}" role="button" tabindex="0"' if outcome.run else ""
    if value is None:
        told = _TOLD.get(outcome.status, "has no value")
        why = f": {outcome.message}" if outcome.message else ""
        about = escape(f"{where} {told}{why}", quote=True)
        return (
            f'<span class="cell {outcome.status}"{pick} title="{about}" aria-label="{about}">'
            f"{_SIGNS.get(outcome.status, '')}</span>"
        )
    fill, ink = colours(column.scale.share(value), theme)
    about = escape(f"{where}: {scale.said(value, result.measure)}", quote=True)
    return (
        f'<span class="cell" style="background:{fill};color:{ink};border-color:{fill}"{pick} '
        f'title="{about}" aria-label="{about}">{scale.short(value, result.measure)}</span>'
    )


def _group(row: StrategyResult, of: ValueScale, result: RaceResult, theme: Theme) -> str:
    seeds = result.seeds
    ended = row.done + row.failed
    about = escape(f"{row.title}: {ended} of {seeds} runs", quote=True)
    if row.mean is None:
        state = "failed" if row.failed else "waiting"
        text = "×" if row.failed else ""
        return f'<span class="cell {state}" title="{about}">{text}</span>'
    fill, ink = colours(of.share(row.mean), theme)
    part = 100 * ended / seeds
    ground = f"linear-gradient(90deg,{fill} {part:.0f}%,transparent {part:.0f}%)"
    ink = ink if ended == seeds else "inherit"
    return (
        f'<span class="cell" style="background:{ground};color:{ink}" title="{about}">'
        f"{scale.short(row.mean, result.measure)}</span>"
    )


def _legend(result: RaceResult, whole: bool) -> str:
    unit = " in %" if result.measure.share else ""
    value = f"{result.measure.title}{unit}"
    if not whole:
        return (
            f'<div class="legend"><span>A square is a strategy on one data: the mean {value}, '
            f"filled as far as its {result.seeds} runs have ended.</span></div>"
        )
    states = "".join(f'<span><i class="cell {state}"></i>{_TOLD[state]}</span>' for state in STATES)
    return (
        f'<div class="legend"><span>A square is one run, with its {value}; '
        f"choose it to open the run.</span>{states}</div>"
    )
