"""The atlas as it is shipped: what every strategy reached on every data, and where from."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from components.race.measures import FrozenModel
from components.race.result import CeilingKind, CeilingMark
from components.race.statistics import interval, verdicts

FOLDER = Path(__file__).resolve().parents[3] / "sample_data" / "atlas"
FILE = FOLDER / "atlas.json"
DIGITS = 5
"""Decimals that scores are kept with: a third of a sample in 6,000."""


class Provenance(FrozenModel):
    """Where the figures come from."""

    command: str
    date: str
    seeds: tuple[int, ...]
    python: str
    tensorflow: str
    keras: str
    numpy: str
    system: str
    machine: str
    """The processor's architecture."""
    cores: int


class LeftOut(FrozenModel):
    """A strategy or a relation that a part leaves out, and why, in a sentence."""

    name: str
    why: str


class AtlasDataset(FrozenModel):
    """One data of a part, and what can be reached on it."""

    name: str
    title: str
    samples: int
    marks: tuple[CeilingMark, ...]

    def mark(self, kind: CeilingKind) -> float:
        """What can be reached by chance, by the best input alone, by a sum, or at all."""
        return next(mark.value for mark in self.marks if mark.kind == kind)


class AtlasStrategy(FrozenModel):
    """A strategy as it takes part in a part."""

    strategy: str
    """The same in all parts: its kind, or `mlp` for a concatenation with dense layers behind it."""
    entry: str
    title: str
    parameters: int
    notes: tuple[str, ...] = ()


class AtlasCell(FrozenModel):
    """What a strategy reached on one data: by seed, their mean, and its 95 % interval."""

    strategy: str
    data: str
    scores: tuple[float, ...]
    mean: float
    low: float
    high: float
    tied: bool
    """Whether it is the best, or not shown to differ from it."""

    @property
    def half(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


class AtlasSection(FrozenModel):
    """One base architecture with all strategies in it, on all data that its inputs show."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    title: str
    description: str = Field(alias="told")
    """The base architecture and the training, in a few sentences; `told` in the file."""
    head: str
    measure: str
    fields: tuple[AtlasDataset, ...]
    lines: tuple[AtlasStrategy, ...]
    cells: tuple[AtlasCell, ...]
    strategies_left_out: tuple[LeftOut, ...]
    relations_left_out: tuple[LeftOut, ...]

    def field(self, data: str) -> AtlasDataset:
        """One data by its name. Raises `KeyError` where it is not there."""
        return {field.name: field for field in self.fields}[data]

    def on(self, data: str) -> dict[str, AtlasCell]:
        """What was reached on data by its name, by strategy."""
        return {cell.strategy: cell for cell in self.cells if cell.data == data}

    def share(self, cell: AtlasCell) -> float:
        """The way from chance to Bayes that a cell has gone: 0 is chance, 1 is Bayes."""
        field = self.field(cell.data)
        chance, bayes = field.mark("chance"), field.mark("bayes")
        return (cell.mean - chance) / (bayes - chance)


class Atlas(FrozenModel):
    """All sections, and where they come from."""

    version: Literal[1] = 1
    about: Provenance
    sections: tuple[AtlasSection, ...]

    def section(self, name: str) -> AtlasSection:
        """A section by its name. Raises `KeyError` where it is not there."""
        return {section.name: section for section in self.sections}[name]

    @property
    def runs(self) -> int:
        """How many trainings it is made of."""
        return sum(len(cell.scores) for section in self.sections for cell in section.cells)

    def json_text(self) -> str:
        """The atlas as JSON, a line for each cell, line and field."""
        data = self.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        sections = ",\n".join(_section(section) for section in data.pop("sections"))
        head = json.dumps({"version": self.version, **data}, ensure_ascii=False)
        return f'{head[:-1]}, "sections": [\n{sections}\n]}}\n'


def load(path: Path = FILE) -> Atlas | None:
    """The atlas that is shipped; `None` where there is none that this version can read."""
    try:
        return _load(path, path.stat().st_mtime_ns)
    except (OSError, ValidationError):
        return None


@lru_cache(maxsize=2)
def _load(path: Path, _: int) -> Atlas:
    return Atlas.model_validate_json(path.read_bytes())


def cells_of(data: str, scores: dict[str, tuple[float, ...]]) -> tuple[AtlasCell, ...]:
    """The cells of one data from what every strategy reached by seed: at least two seeds."""
    judged = verdicts([dict(enumerate(reached)) for reached in scores.values()])
    made = []
    for (strategy, reached), verdict in zip(scores.items(), judged, strict=True):
        found = interval(reached)
        made.append(
            AtlasCell(
                strategy=strategy,
                data=data,
                scores=reached,
                mean=round(found.mean, DIGITS),
                low=round(found.mean if found.low is None else found.low, DIGITS),
                high=round(found.mean if found.high is None else found.high, DIGITS),
                tied=bool(verdict and verdict.tied),
            )
        )
    return tuple(made)


def _section(section: dict[str, object]) -> str:
    """JSON whose lists have an item on each line."""
    parts = []
    for name, value in section.items():
        if isinstance(value, list) and value:
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f'"{name}": [\n{items}\n]')
        else:
            parts.append(f'"{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{" + ",\n".join(parts) + "}"
