"""Architectures to start from, as JSON files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from components.core.errors import SpecError, suggest
from components.model.spec import Architecture, parse_json

DEFAULT = "image_text_relevance"
_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the presets, the default one first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.json"))
    return sorted(names, key=lambda name: name != DEFAULT)


@cache
def load(name: str) -> Architecture:
    """The preset of that name. Raises `SpecError` if there is none."""
    if name not in names():
        raise SpecError("A preset must be a known one.", name, suggest(name, names()))
    return parse_json((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
