"""The atlas as a picture, strategies × datasets, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from components.base.markup import to_csv
from components.base.text import plural
from components.experiments.races.atlas.values import (
    Atlas,
    AtlasDataset,
    AtlasSection,
    AtlasStrategy,
)
from components.experiments.races.results import CeilingKind
from components.experiments.races.statistics import UNDECIDED
from components.models.analysis.families import FAMILIES, by_family
from components.models.drawing.heatmap import (
    Heatmap,
    HeatmapCell,
    HeatmapGroup,
    HeatmapRow,
    Mark,
    heatmap,
)
from components.models.drawing.palette import Theme
from components.models.merges import MERGES

CEILINGS: dict[CeilingKind, str] = {
    "chance": "Chance",
    "single": "Best input alone",
    "additive": "Trained additive model",
    "bayes": "Bayes optimum",
}
TITLE = "Which merge wins when"


def svg(atlas: Atlas, theme: Theme) -> str:
    """Return the heat map of `table` as SVG text."""
    return heatmap(table(atlas), theme)


def table(atlas: Atlas, newer: Sequence[str] = ()) -> Heatmap:
    """Return the means in % with half of their intervals.

    First the ceilings, then the strategies by family, best first; kinds that are `newer` than the
    atlas are the last of their family.
    """
    columns = [(part, field) for part in atlas.sections for field in part.fields]
    rows: dict[str, list[HeatmapRow]] = {
        kind: [_row_without_figures(kind, len(columns))] for kind in newer
    }
    for line in _ordered(atlas.sections):
        squares = tuple(_cell(line, *column) for column in columns)
        rows.setdefault(line.entry.partition(":")[0], []).append(HeatmapRow(line.title, squares))
    known = sorted(rows, key=lambda kind: kind in newer)
    return Heatmap(
        TITLE,
        tuple(field.title for _, field in columns),
        (
            HeatmapGroup("What can be reached", tuple(_ceilings([field for _, field in columns]))),
            *(
                HeatmapGroup(FAMILIES[family].title, tuple(r for k in kinds for r in rows[k]))
                for family, kinds in by_family(known).items()
            ),
        ),
        _note(atlas),
    )


def csv(atlas: Atlas) -> str:
    """Return all figures as CSV text, with a row for each strategy on each dataset."""
    return to_csv(_rows(atlas))


def _ordered(sections: Sequence[AtlasSection]) -> list[AtlasStrategy]:
    """Return every strategy once, by its mean share in the first section that has it."""
    ranked: dict[str, tuple[int, float, AtlasStrategy]] = {}
    for number, section in enumerate(sections):
        for line in section.lines:
            cells = [cell for cell in section.cells if cell.strategy == line.strategy]
            mean = fmean(section.share(cell) for cell in cells)
            ranked.setdefault(line.strategy, (number, -mean, line))
    return [line for *_, line in sorted(ranked.values(), key=lambda item: item[:2])]


def _ceilings(fields: Sequence[AtlasDataset]) -> Iterator[HeatmapRow]:
    for kind, name in CEILINGS.items():
        values = (100 * field.mark(kind) for field in fields)
        yield HeatmapRow(name, tuple(HeatmapCell(f"{value:.0f}") for value in values), quiet=True)


def _row_without_figures(kind: str, columns: int) -> HeatmapRow:
    title = MERGES[kind].title
    cell = HeatmapCell("–", about=f"{title} is not in the atlas yet.")
    return HeatmapRow(f"{title} (not in the atlas yet)", (cell,) * columns, quiet=True)


def _cell(line: AtlasStrategy, section: AtlasSection, field: AtlasDataset) -> HeatmapCell:
    cells = section.on(field.name)
    cell = cells.get(line.strategy)
    if cell is None:
        return HeatmapCell("", about=f"{line.title} was not trained on {field.title}.")
    own = next(one for one in section.lines if one.strategy == line.strategy)
    mark: Mark = "tied" if cell.tied else ""
    verdict = "Not shown to be below the best." if cell.tied else "Shown to be below the best."
    if cell.mean == max(other.mean for other in cells.values()):
        mark, verdict = "best", "The best mean."
    return HeatmapCell(
        f"{100 * cell.mean:.0f} ± {50 * (cell.high - cell.low):.0f}",
        section.share(cell),
        mark,
        f"{own.title} on {field.title}: {100 * cell.mean:.1f} % ({100 * cell.low:.1f} to "
        f"{100 * cell.high:.1f}), {own.parameters:,} parameters. {verdict}",
    )


def _note(atlas: Atlas) -> str:
    seeds = len(atlas.about.seeds)
    return (
        f"Validation accuracy in %: mean of {seeds} seeds ± half of the 95 % interval (Student's "
        "t). Colour: from chance, pale, to the Bayes optimum, strong. Thick frame: the best mean. "
        f"Thin frame: {UNDECIDED}. "
        f"Empty: not trained there. {plural(atlas.runs, 'training')}, {atlas.about.date}."
    )


def _rows(atlas: Atlas) -> Iterator[list[Any]]:
    seeds = atlas.about.seeds
    yield [
        *("section", "data", "strategy", "entry", "parameters"),
        *("mean", "low", "high", "tied", "share", *CEILINGS),
        *(f"seed_{seed}" for seed in seeds),
    ]
    for section in atlas.sections:
        lines = {line.strategy: line for line in section.lines}
        for cell in section.cells:
            line, field = lines[cell.strategy], section.field(cell.data)
            yield [
                *(section.name, cell.data, cell.strategy, line.entry, line.parameters),
                *(cell.mean, cell.low, cell.high, str(cell.tied).lower()),
                *(round(section.share(cell), 4), *(field.mark(kind) for kind in CEILINGS)),
                *cell.scores,
            ]
