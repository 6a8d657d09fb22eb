"""Robustness: a race along one setting of its data, such as fewer samples or absent inputs."""

from __future__ import annotations

from typing import Any, Literal

from components.base.errors import DataError, suggest
from components.experiments.races.kinds import make_race
from components.experiments.races.setup import Race, data_name
from components.models.language.fields import settings
from components.models.language.registry import kind_of
from sample_data.collections import COLLECTIONS
from sample_data.loading.sources import CollectionSpec, Data
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

Factor = Literal["samples", "noise", "difficulty", "label_noise", "absent"]

LEAST = 20
"""Least number of samples of a dataset."""
ABSENT = "missing"
"""Relation that makes inputs of another relation absent with some probability."""
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


def factors(data: Data) -> tuple[Factor, ...]:
    """Return the settings of the data that a race can vary; none for a file."""
    if isinstance(data, CollectionSpec):
        return ("samples",)
    if isinstance(data, str):
        return ()
    known: tuple[Factor, ...] = ("samples", "noise", "difficulty", "label_noise")
    return (*known, "absent") if _with_absent(data) else known


def values(data: Data, factor: Factor) -> tuple[float, ...]:
    """Return the values of a setting to race on, from low to high.

    Raises `DataError` for data without the setting.
    """
    if factor not in factors(data):
        known = factors(data)
        fix = suggest(factor, known) if known else "Choose a relation or a real dataset."
        raise DataError(
            "This dataset doesn't have this setting.", f"{factor} of {data_name(data)}", fix
        )
    if factor != "samples":
        return _VALUES[factor]
    whole = data.samples if isinstance(data, DataSpec | CollectionSpec) else None
    if whole is None and isinstance(data, CollectionSpec):
        whole = COLLECTIONS[data.collection]().draw(None, data.seed).samples
    return tuple(dict.fromkeys(max(LEAST, (whole or LEAST) // part) for part in _PARTS))


def robust(race: Race, factor: Factor) -> Race:
    """Return the race along a setting of its first dataset, a dataset for each of its `values`.

    Raises `DataError` for data without the setting, and `RunError` for too many runs.
    """
    parts: dict[str, Any] = {name: getattr(race, name) for name in Race.model_fields}
    data = race.data[0]
    parts["data"] = [_with_value(data, factor, x) for x in values(data, factor)]
    return make_race(**parts)


def _with_value(data: Data, factor: Factor, value: float) -> Data:
    """Return the data at a value of one of its settings."""
    if isinstance(data, str):
        return data
    if factor == "samples":
        return data.model_copy(update={"samples": int(value)})
    if isinstance(data, CollectionSpec) or factor == "difficulty":
        return data.model_copy(update={factor: value})
    relation = data.relation.model_dump()
    relation = (
        {**_with_absent(data), "p": value} if factor == "absent" else relation | {factor: value}
    )
    own = {name: getattr(data, name) for name in DataSpec.model_fields}
    return DataSpec.model_validate({**own, "relation": relation})


def _with_absent(data: DataSpec) -> dict[str, Any]:
    """Wrap the data's relation so that inputs can be absent; empty if that is not possible.

    The wrapper supports noise and label noise, but no other setting of a relation.
    """
    relation = data.relation.model_dump(exclude_defaults=True)
    kind = kind_of(type(data.relation))
    if kind == ABSENT:
        return {**relation, "kind": ABSENT}
    options = {setting.name: setting.options for setting in settings(RELATIONS[ABSENT])}["of"]
    relation.pop("kind", None)
    if kind not in options or relation.keys() - {"noise", "label_noise"}:
        return {}
    return {"kind": ABSENT, "of": kind, **relation}
