"""The atlas as it is shipped: the scores of every strategy on every dataset, and its lessons."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from components.experiments.races.entries import FrozenModel, StrategyEntry, parse_entry
from components.experiments.races.results import CeilingKind, CeilingMark
from components.experiments.races.statistics import interval, verdicts
from components.models.merges import MERGES
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

FOLDER = Path(__file__).resolve().parents[4] / "sample_data" / "content" / "atlas"
FILE = FOLDER / "atlas.json"
DIGITS = 5
"""Decimals of the stored scores, a third of a sample in 6,000."""


class Provenance(FrozenModel):
    """Origin of the figures: command, date, seeds, libraries and machine."""

    command: str
    date: str
    seeds: tuple[int, ...]
    python: str
    tensorflow: str
    keras: str
    numpy: str
    system: str
    machine: str
    """Architecture of the processor."""
    cores: int

    @property
    def versions(self) -> tuple[object, ...]:
        """Seeds and libraries, which determine the figures."""
        return self.seeds, self.tensorflow, self.keras, self.numpy


class LeftOut(FrozenModel):
    """Strategy or relation that a part leaves out, with the reason."""

    name: str
    why: str


class AtlasDataset(FrozenModel):
    """One dataset of a part, with its ceilings."""

    name: str
    title: str
    samples: int
    marks: tuple[CeilingMark, ...]

    def mark(self, kind: CeilingKind) -> float:
        """Return the value of a ceiling."""
        return next(mark.value for mark in self.marks if mark.kind == kind)


class AtlasStrategy(FrozenModel):
    """A strategy in a part."""

    strategy: str
    """Name in all parts: the kind, or `mlp` for a concatenation followed by dense layers."""
    entry: str
    title: str
    parameters: int
    notes: tuple[str, ...] = ()
    added: str = ""
    """Date of its training, if it was added to an existing atlas."""


class AtlasCell(FrozenModel):
    """Scores of a strategy on one dataset by seed, with their mean and its 95 % interval."""

    strategy: str
    data: str
    scores: tuple[float, ...]
    mean: float
    low: float
    high: float
    tied: bool
    """`True` for the best and for those not shown to be below it."""


class AtlasSection(FrozenModel):
    """One base architecture with all strategies, on all datasets that fit its inputs."""

    name: str
    title: str
    description: str
    """Description of the base architecture and the training, in a few sentences."""
    head: str
    measure: str
    fields: tuple[AtlasDataset, ...]
    lines: tuple[AtlasStrategy, ...]
    cells: tuple[AtlasCell, ...]
    strategies_left_out: tuple[LeftOut, ...]
    relations_left_out: tuple[LeftOut, ...]

    def field(self, data: str) -> AtlasDataset:
        """Return a dataset by its name. Raises `KeyError` if there is none."""
        return {field.name: field for field in self.fields}[data]

    def on(self, data: str) -> dict[str, AtlasCell]:
        """Return the cells of a dataset by strategy."""
        return {cell.strategy: cell for cell in self.cells if cell.data == data}

    def share(self, cell: AtlasCell) -> float:
        """Return the position of a mean between chance, 0, and the Bayes optimum, 1."""
        field = self.field(cell.data)
        chance, bayes = field.mark("chance"), field.mark("bayes")
        return (cell.mean - chance) / (bayes - chance)


class Atlas(FrozenModel):
    """All sections, with their origin."""

    version: Literal[1] = 1
    about: Provenance
    sections: tuple[AtlasSection, ...]

    def section(self, name: str) -> AtlasSection:
        """Return a section by its name. Raises `KeyError` if there is none."""
        return {section.name: section for section in self.sections}[name]

    @property
    def missing_strategies(self) -> tuple[str, ...]:
        """Kinds of strategies that are newer than the atlas."""
        known = {line.strategy for section in self.sections for line in section.lines}
        known |= {one.name for section in self.sections for one in section.strategies_left_out}
        return tuple(kind for kind in MERGES if kind not in known)

    @property
    def missing_relations(self) -> tuple[str, ...]:
        """Kinds of relations that are newer than the atlas."""
        names = [field.name for section in self.sections for field in section.fields]
        names += [one.name for section in self.sections for one in section.relations_left_out]
        known = {name.partition(":")[0] for name in names}
        return tuple(kind for kind in RELATIONS if kind not in known)

    @property
    def runs(self) -> int:
        """Number of training runs."""
        return sum(len(cell.scores) for section in self.sections for cell in section.cells)

    def json_text(self) -> str:
        """Return the atlas as JSON, with a line for each cell, strategy and dataset."""
        data = self.model_dump(mode="json", exclude_defaults=True)
        sections = ",\n".join(_section(section) for section in data.pop("sections"))
        head = json.dumps({"version": self.version, **data}, ensure_ascii=False)
        return f'{head[:-1]}, "sections": [\n{sections}\n]}}\n'


def load(path: Path = FILE) -> Atlas | None:
    """Return the shipped atlas; `None` if there is none that this version can read."""
    try:
        return _read(path)
    except (OSError, ValidationError):
        return None


@lru_cache(maxsize=2)
def _read(path: Path) -> Atlas:
    return Atlas.model_validate_json(path.read_bytes())


def cells_of(data: str, scores: dict[str, tuple[float, ...]]) -> tuple[AtlasCell, ...]:
    """Return the cells of one dataset from the scores of every strategy.

    A cell has the scores, their mean with its interval, and whether the strategy is tied with the
    best. With one score the interval is the mean.
    """
    judged = verdicts([dict(enumerate(reached)) for reached in scores.values()])
    cells = []
    for (strategy, reached), verdict in zip(scores.items(), judged, strict=True):
        span = interval(reached)
        cells.append(
            AtlasCell(
                strategy=strategy,
                data=data,
                scores=reached,
                mean=round(span.mean, DIGITS),
                low=round(span.mean if span.low is None else span.low, DIGITS),
                high=round(span.mean if span.high is None else span.high, DIGITS),
                tied=bool(verdict and verdict.tied),
            )
        )
    return tuple(cells)


def _section(section: dict[str, object]) -> str:
    """Return a section as JSON with each item of a list on its own line."""
    parts = []
    for name, value in section.items():
        if isinstance(value, list) and value:
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f'"{name}": [\n{items}\n]')
        else:
            parts.append(f'"{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{" + ",\n".join(parts) + "}"


LESSONS: tuple[str, ...] = tuple(json.loads((FOLDER / "lessons.json").read_text("utf-8")))
"""Lessons of the atlas, a few sentences each."""


def best_on(data: DataSpec) -> list[str]:
    """Return the strategies of the first part that has the relation, the best first.

    Entries keep their layers after the strategy, but not their widths. If the relation has other
    settings than in the atlas, those of the atlas count.
    """
    known, kind = load(), data.relation.model_dump()["kind"]
    for section in known.sections if known else ():
        names = [field.name for field in section.fields if field.name.partition(":")[0] == kind]
        if names:
            lines = {line.strategy: parse_entry(line.entry) for line in section.lines}
            cells = sorted(section.on(names[0]).values(), key=lambda cell: -cell.mean)
            return [_without_widths(lines[cell.strategy]).text for cell in cells]
    return []


def _without_widths(entry: StrategyEntry) -> StrategyEntry:
    layers = {name: value for name, value in entry.fields.items() if name == "then"}
    return StrategyEntry(kind=entry.kind, fields=layers)
