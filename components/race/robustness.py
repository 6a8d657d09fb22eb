"""Robustness: how strategies cope with fewer samples, more noise or absent inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import ValidationError

from components.core.errors import DataError, suggest
from components.core.fields import first_error, settings
from components.core.registry import kind_of
from components.race.data_names import data_name
from components.race.result import RaceResult
from components.race.setup import Race, make_race
from sample_data.collections import COLLECTIONS
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec, Data
from sample_data.synthetic import DataSpec

Factor = Literal["samples", "noise", "difficulty", "label_noise", "absent"]

LEAST = 20
"""The fewest samples of a dataset."""
ABSENT = "missing"
"""The relation that makes inputs of another relation absent with some probability."""
TITLES: dict[Factor, str] = {
    "samples": "Samples",
    "noise": "Noise on the hidden causes",
    "difficulty": "Difficulty",
    "label_noise": "Share of random labels",
    "absent": "Probability that an input is absent",
}
_VALUES: dict[Factor, tuple[float, ...]] = {
    "noise": (0.0, 0.25, 0.5, 1.0, 2.0),
    "difficulty": (0.0, 0.25, 0.5, 0.75, 1.0),
    "label_noise": (0.0, 0.05, 0.1, 0.2, 0.4),
    "absent": (0.0, 0.1, 0.2, 0.3, 0.5),
}
_PARTS = (16, 8, 4, 2, 1)


@dataclass(frozen=True)
class RobustnessPoint:
    """A strategy at one value of the setting; a value that is not known yet is `None`."""

    x: float
    mean: float | None
    low: float | None
    high: float | None
    best: bool | None
    """Whether it is best or not shown to be below the best there."""


@dataclass(frozen=True)
class RobustnessLine:
    """A strategy along a setting of the data, from its lowest to its highest value."""

    entry: str
    title: str
    points: tuple[RobustnessPoint, ...]


def factors(data: Data) -> tuple[Factor, ...]:
    """The settings of the data that a race can vary; none for a file."""
    if isinstance(data, CollectionSpec):
        return ("samples",)
    if isinstance(data, str):
        return ()
    known: tuple[Factor, ...] = ("samples", "noise", "difficulty", "label_noise")
    return (*known, "absent") if _with_absent(data) else known


def defaults(data: Data, factor: Factor) -> tuple[float, ...]:
    """The values of a setting to race on by default. Raises `DataError` as `variations` does."""
    _check_factor(data, factor)
    if factor != "samples":
        return _VALUES[factor]
    whole = data.samples if isinstance(data, DataSpec | CollectionSpec) else None
    if whole is None and isinstance(data, CollectionSpec):
        whole = COLLECTIONS[data.collection]().draw(None, data.seed).samples
    return tuple(dict.fromkeys(max(LEAST, (whole or LEAST) // part) for part in _PARTS))


def variations(
    data: Data, factor: Factor, values: Sequence[float] | None = None
) -> tuple[Data, ...]:
    """The data at each value of a setting, from low to high.

    Raises `DataError` for data without that setting, and for a value it can't take.
    """
    _check_factor(data, factor)
    wanted = sorted(set(values)) if values is not None else defaults(data, factor)
    return tuple(_with_value(data, factor, value) for value in wanted)


def value_of(data: Data, factor: Factor) -> float:
    """The value of a setting of the data. Raises `DataError` for data without it."""
    if isinstance(data, DataSpec):
        if factor in ("samples", "difficulty"):
            return float(getattr(data, factor))
        return float(getattr(data.relation, "p" if factor == "absent" else factor, 0.0))
    if isinstance(data, CollectionSpec) and data.samples is not None and factor == "samples":
        return float(data.samples)
    raise _no_factor(data, factor)


def robust(of: Race, factor: Factor, values: Sequence[float] | None = None) -> Race:
    """The race along a setting of its first dataset.

    Raises `DataError` as `variations` does, and `RunError` for too many runs.
    """
    parts: dict[str, Any] = {name: getattr(of, name) for name in type(of).model_fields}
    return make_race(**{**parts, "data": variations(of.data[0], factor, values)})


def lines(result: RaceResult, factor: Factor) -> tuple[RobustnessLine, ...]:
    """Each strategy of a race that `robust` made, along the setting."""
    race = result.setup
    tables = [(value_of(data, factor), result.table(data_name(data))) for data in race.data]
    drawn = []
    for entry in race.entries:
        rows = [(x, table, table.row(entry.text)) for x, table in tables]
        points = tuple(
            RobustnessPoint(
                x,
                row.mean,
                row.low,
                row.high,
                entry.text in table.best if table.best and row.mean is not None else None,
            )
            for x, table, row in rows
        )
        drawn.append(RobustnessLine(entry.text, entry.title, points))
    return tuple(drawn)


def _with_value(data: Data, factor: Factor, value: float) -> Data:
    if isinstance(data, CollectionSpec):
        return _checked(CollectionSpec, {**dict(data), "samples": int(value)}, factor, value)
    if not isinstance(data, DataSpec):
        raise _no_factor(data, factor)
    own: dict[str, Any] = {name: getattr(data, name) for name in DataSpec.model_fields}
    if factor in ("samples", "difficulty"):
        changed = int(value) if factor == "samples" else value
        return _checked(DataSpec, {**own, factor: changed}, factor, value)
    relation = data.relation.model_dump()
    if factor == "absent":
        relation = {**_with_absent(data), "p": value}
    else:
        relation[factor] = value
    return _checked(DataSpec, {**own, "relation": relation}, factor, value)


def _checked(
    concept: type[DataSpec] | type[CollectionSpec],
    parts: dict[str, Any],
    factor: Factor,
    value: float,
) -> Data:
    try:
        return concept.model_validate(parts)
    except ValidationError as error:
        raise DataError(
            f"`{factor}` must be a value it can take: {first_error(error).message}.",
            f"{value:g}",
            "Correct the number.",
        ) from None


def _with_absent(data: DataSpec) -> dict[str, Any]:
    """The data's relation wrapped so that inputs can be absent; empty if that is not possible.

    The wrapper has noise and label noise, but no other setting of a relation.
    """
    relation = data.relation.model_dump(exclude_defaults=True)
    kind = kind_of(type(data.relation))
    if kind == ABSENT:
        return {**relation, "kind": ABSENT}
    if ABSENT not in RELATIONS:
        return {}
    options = {setting.name: setting.options for setting in settings(RELATIONS[ABSENT])}["of"]
    relation.pop("kind", None)
    if kind not in options or relation.keys() - {"noise", "label_noise"}:
        return {}
    return {"kind": ABSENT, "of": kind, **relation}


def _check_factor(data: Data, factor: Factor) -> None:
    if factor not in get_args(Factor):
        raise DataError(
            "Robustness needs a known setting of the data.",
            factor,
            suggest(factor, get_args(Factor)),
        )
    if factor not in factors(data):
        raise _no_factor(data, factor)


def _no_factor(data: Data, factor: str) -> DataError:
    known = factors(data)
    fix = suggest(factor, known) if known else "Choose a relation or a real dataset."
    return DataError("The dataset must have this setting.", f"{factor} of {data_name(data)}", fix)
