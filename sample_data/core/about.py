"""Description of data: its source, and the meaning of its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class ColumnScaling(BaseModel):
    """Scaling of a column: (value - mean) / deviation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    mean: float
    deviation: float


class DatasetInfo(BaseModel):
    """Title, source and licence of data, and the names of its classes, ids and numbers.

    `classes` are by head name, class 0 first; `ids` by name of an input of ids, id 0 first;
    `columns` by input name, one for each number of a vector; `scales` by name of an input or head
    whose numbers were scaled. `steps`, by name of an input or head, are what was learned from the
    columns of a file, as `sample_data.columns.preparation` reads it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    source: str = ""
    licence: str = ""
    teaches: str = ""
    classes: dict[str, tuple[str, ...]] = {}
    ids: dict[str, tuple[str, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    scales: dict[str, tuple[ColumnScaling, ...]] = {}
    held_share: float | None = None
    """Share of a prepared file's rows that are held out; `None` if runs choose it."""
    steps: dict[str, dict[str, Any]] = {}
    notes: tuple[str, ...] = ()


def sidecar(path: Path) -> Path:
    """Return the file that describes a `.npz` file: `name.about.json` beside `name.npz`."""
    return path.with_suffix(".about.json")
