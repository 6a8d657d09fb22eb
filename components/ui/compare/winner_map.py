"""Strategies × datasets as a heat map: which strategy is how near the best that can be reached."""

from __future__ import annotations

from functools import partial

from components.race.result import CeilingKind, RaceResult
from components.race.text import UNDECIDED
from components.render.heatmap import Heatmap, HeatmapCell, HeatmapGroup, HeatmapRow, Mark, heatmap
from components.render.palette import Theme
from components.ui.compare.heat_table import heat_table
from components.ui.compare.state import CompareState
from components.ui.kit import value_scale
from components.ui.kit.clickable import SAVES, clickable
from components.ui.kit.intervals import standalone

CEILINGS: dict[CeilingKind, str] = {
    "bayes": "Bayes optimum",
    "additive": "trained additive model",
    "single": "best single input",
    "chance": "chance",
}


def winner_map(result: RaceResult, session: CompareState, theme: Theme) -> None:
    """The map, with buttons to save it."""
    shown = heat_map(result)
    picks = {table.title: table.data for table in result.tables} if len(result.tables) > 1 else {}
    colour = "colour: from chance or the lowest value to the best that can be reached"
    clickable(
        heat_table(shown, theme, colour, picks) + SAVES,
        key="race_winners",
        on_pick=partial(setattr, session, "data"),
        svg=standalone(heatmap(shown, theme)),
        name=f"{result.architecture} winners",
    )


def heat_map(result: RaceResult) -> Heatmap:
    """Each strategy on each dataset, then the ceilings; the best of a column and all that are
    not shown to be below it are marked."""
    rows = [_row(entry.text, entry.title, result) for entry in result.setup.entries]
    return Heatmap(
        f"{result.measure.title.capitalize()} by strategy and dataset",
        tuple(table.title for table in result.tables),
        (HeatmapGroup("", (*rows, *_ceilings(result))),),
        "Colour: from chance, or the lowest value if chance is not known, to the best that can be "
        f"reached. Thick frame: the best mean. Thin frame: {UNDECIDED}.",
    )


def _row(entry: str, title: str, result: RaceResult) -> HeatmapRow:
    cells, text = [], result.measure.text
    for table in result.tables:
        row, label = table.row(entry), f"{title} on {table.title}"
        if row.mean is None:
            cells.append(HeatmapCell("–", about=f"{label}: no run has finished"))
            continue
        tied, best = entry in table.best, table.rows[0].mean
        mark: Mark = "" if not tied else "best" if row.mean == best else "tied"
        ending = {"best": ", the best mean", "tied": ", not shown to be below the best", "": ""}[
            mark
        ]
        cells.append(
            HeatmapCell(
                text(row.mean, unit=False),
                value_scale.of_table(table).share(row.mean),
                mark,
                f"{label}: {text(row.mean)}{ending}",
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
