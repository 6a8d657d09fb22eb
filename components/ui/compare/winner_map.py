"""Strategies × datasets as a heat map: which strategy is how near the best that can be reached."""

from __future__ import annotations

from functools import partial

from components.core.text import plural
from components.race.result import CeilingKind, RaceResult
from components.race.text import TIED
from components.render.heatmap import HeatmapCell, HeatmapRow, heatmap
from components.render.palette import Theme
from components.ui.compare import scale
from components.ui.compare.clickable import SAVES, clickable
from components.ui.compare.intervals import standalone
from components.ui.compare.state import CompareState

CEILINGS: dict[CeilingKind, str] = {
    "bayes": "Bayes optimum",
    "additive": "trained additive model",
    "single": "best single input",
    "chance": "chance",
}


def winner_map(result: RaceResult, session: CompareState, theme: Theme) -> None:
    """The map, with buttons to save it."""
    svg = picture(result, theme)
    clickable(
        f'<div class="scroll"><div class="figure">{svg}</div></div>{SAVES}',
        key="race_winners",
        on_pick=partial(setattr, session, "data"),
        svg=standalone(svg),
        name=f"{result.architecture} winners",
    )


def picture(result: RaceResult, theme: Theme) -> str:
    """The map as SVG text; a frame marks the best of a column and all that are tied with it."""
    rows = [_row(entry.text, entry.title, result) for entry in result.setup.entries]
    return heatmap(
        [*rows, *_ceilings(result)],
        [table.title for table in result.tables],
        theme,
        f"{result.measure.title.capitalize()} by strategy and dataset",
        "Colour: from chance, or the lowest value if chance is not known, to the best that can be "
        f"reached. Frame: the best, and what is {TIED} (paired t-test over "
        f"{plural(result.seeds, 'seed')}, Holm's correction).",
    )


def _row(entry: str, title: str, result: RaceResult) -> HeatmapRow:
    cells, text = [], result.measure.text
    for table in result.tables:
        row, label = table.row(entry), f"{title} on {table.title}"
        if row.mean is None:
            cells.append(HeatmapCell("–", about=f"{label}: no run has finished"))
            continue
        best = entry in table.best
        cells.append(
            HeatmapCell(
                text(row.mean, unit=False),
                scale.of_table(table).share(row.mean),
                best,
                f"{label}: {text(row.mean)}{', best or tied with the best' if best else ''}",
            )
        )
    return HeatmapRow(title, tuple(cells))


def _ceilings(result: RaceResult) -> list[HeatmapRow]:
    """The ceilings that are known of at least one dataset."""
    rows = []
    for kind, title in CEILINGS.items():
        values = [table.ceilings.get(kind) for table in result.tables]
        if any(value is not None for value in values):
            cells = (HeatmapCell(result.measure.text(value, unit=False)) for value in values)
            rows.append(HeatmapRow(title, tuple(cells), quiet=True))
    return rows
