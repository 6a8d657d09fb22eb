"""Strategies × data as a heat map: who is how near the best that can be."""

from __future__ import annotations

from functools import partial

from components.race.evaluation import RaceResult, WinnerMap, winners
from components.race.plan import Race
from components.render.heatmap import HeatmapCell, HeatmapRow, heatmap
from components.render.palette import Theme
from components.ui.compare import scale
from components.ui.compare.clickable import SAVES, clickable
from components.ui.compare.intervals import standalone
from components.ui.compare.state import CompareState

CEILINGS = {
    "bayes": "Bayes",
    "additive": "best additive",
    "single": "best single",
    "chance": "chance",
}


def show(race: Race, result: RaceResult, contest: CompareState, theme: Theme) -> None:
    """The map, to be saved as a figure."""
    svg = picture(race, result, theme)
    clickable(
        f'<div class="scroll"><div class="figure">{svg}</div></div>{SAVES}',
        key="race_winners",
        on_pick=partial(setattr, contest, "data"),
        svg=standalone(svg),
        name=f"{result.architecture} winners",
    )


def picture(race: Race, result: RaceResult, theme: Theme) -> str:
    """The map as SVG text; frames are around those among the best, ties counted."""
    found = winners(result, race)
    rows = [_row(place, found, result) for place in range(len(found.entries))]
    return heatmap(
        [*rows, *_ceilings(result)],
        found.data_titles,
        theme,
        f"{result.measure.title.capitalize()} by strategy and data",
        f"Colour: from chance, or the lowest there, to the best that can be. Frames: among the "
        f"best, not shown to differ from it over {result.seeds} seeds (paired t-test, Holm).",
    )


def _row(place: int, found: WinnerMap, result: RaceResult) -> HeatmapRow:
    cells = []
    for column, value in enumerate(found.values[place]):
        table = result.tables[column]
        if value is None:
            cells.append(
                HeatmapCell("–", about=f"{found.titles[place]} on {table.title}: no run yet")
            )
            continue
        said = scale.said(value, result.measure)
        best = bool(found.best[place][column])
        cells.append(
            HeatmapCell(
                scale.said(value, result.measure, unit=False),
                scale.of_table(table).share(value),
                best,
                f"{found.titles[place]} on {table.title}: {said}"
                + (", among the best" if best else ""),
            )
        )
    return HeatmapRow(found.titles[place], tuple(cells))


def _ceilings(result: RaceResult) -> list[HeatmapRow]:
    """What can be reached, where that is known of any data."""
    rows = []
    for kind, title in CEILINGS.items():
        values = [
            next((mark.value for mark in table.marks if mark.kind == kind), None)
            for table in result.tables
        ]
        if any(value is not None for value in values):
            cells = tuple(
                HeatmapCell(scale.said(value, result.measure, unit=False)) for value in values
            )
            rows.append(HeatmapRow(title, cells, quiet=True))
    return rows
