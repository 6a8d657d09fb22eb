"""Kinds of races, a file each: their entries, how these are judged, and what a verdict says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from components.base.errors import RunError
from components.base.versions import CONVERSIONS, RACE
from components.experiments.races.kinds.pays import PaysRace
from components.experiments.races.kinds.strategies import StrategiesRace
from components.experiments.races.kinds.without import WithoutRace
from components.experiments.races.setup import Race
from components.models.architecture.architecture import parse

KINDS: tuple[type[Race], ...] = (WithoutRace, PaysRace, StrategiesRace)
"""Kinds of races. A race is of the first kind with a mark among its entries, else of the last."""


def make_race(**parts: Any) -> Race:
    """Make a race from its parts. Raises `SpecError` and `RunError` for a wrong part."""
    entries = parts.get("entries")
    listed = entries if isinstance(entries, list | tuple) else ()
    marks = {e.get("kind") if isinstance(e, Mapping) else getattr(e, "kind", "") for e in listed}
    kind = next((kind for kind in KINDS if marks.intersection(kind.marks)), KINDS[-1])
    return kind.make(**parts)


def _without_inspections(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a race of version 0.2, which could ask for an inspection of each model."""
    return {name: value for name, value in parts.items() if name != "inspect"}


CONVERSIONS[RACE.name, 2] = _without_inspections


def parse_race(text: str | bytes) -> Race:
    """Read a race from its JSON form.

    Raises `SpecError` or `DataError` for a wrong part, otherwise `RunError`.
    """
    try:
        parts = RACE.read(json.loads(text))
        architecture = parse(parts.pop("architecture"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A race needs a JSON object with `architecture`, `entries` and `data`.",
            error,
            "Write it with `Race.json_text`.",
        ) from None
    return make_race(architecture=architecture, **parts)
