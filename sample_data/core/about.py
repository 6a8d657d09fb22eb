"""What is to be said of data: where it comes from, and what its numbers stand for."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class ColumnScaling(BaseModel):
    """How a column was scaled: (value - mean) / deviation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    mean: float
    deviation: float


class DatasetInfo(BaseModel):
    """Title, source and licence of data, and the names behind its numbers.

    `classes` by head name, class 0 first; `ids` by name of an input of ids: what each id stands
    for, id 0 first; `columns` by input name: what each number of a vector is; `scales` by name of
    an input or head whose numbers were scaled.
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
    notes: tuple[str, ...] = ()


def sidecar(path: Path) -> Path:
    """Where what is to be said of a `.npz` file is kept: `name.about.json` beside `name.npz`."""
    return path.with_suffix(".about.json")
