"""Architectures to start from, as JSON files: a model, with a description under `about`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from components.base.errors import SpecError, suggest
from components.models.architecture.architecture import ABOUT, Architecture, parse

DEFAULT = "image_text_relevance"
Group = Literal[
    "Start here",
    "Recommendation and tables",
    "Two inputs compared",
    "Pictures and language",
    "Speech, video and sentiment",
    "Sensors",
]
GROUPS: tuple[Group, ...] = get_args(Group)
_FOLDER = Path(__file__).parent


class PresetInfo(BaseModel):
    """Description of a preset and its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    group: Group
    sentence: str = Field(description="What the model does.")
    source: str = Field(description="Authors, year and title.")
    simplified: str = Field(description="How it differs from its source; empty if in nothing.")
    data: str = Field(description="A relation that it learns here, as the command line writes it.")
    parameters: int = Field(ge=0, description="Its number of weights.")

    @property
    def text(self) -> str:
        """All texts, for search."""
        return " ".join((self.title, self.group, self.sentence, self.source, self.simplified))


@cache
def names() -> tuple[str, ...]:
    """Return the names of the presets, the default one first."""
    stems = {path.stem for path in _FOLDER.glob("*.json")}
    return (DEFAULT, *sorted(stems - {DEFAULT}))


@cache
def load(name: str) -> Architecture:
    """Return the preset with this name. Raises `SpecError` if there is none."""
    return parse(_read(name))


@cache
def about(name: str) -> PresetInfo:
    """Return the description of the preset with this name. Raises `SpecError` if there is none."""
    return PresetInfo.model_validate(_read(name)[ABOUT])


def search(words: str = "", group: str | None = None) -> Iterator[tuple[Group, list[str]]]:
    """Yield the presets whose texts have all words, by group, or only those of one group."""
    wanted = words.lower().split()
    for title in GROUPS:
        matching = [name for name in names() if about(name).group == title and _has(name, wanted)]
        if matching and group in (None, title):
            yield title, matching


def _has(name: str, wanted: list[str]) -> bool:
    architecture = load(name)
    parts = (
        *architecture.inputs,
        *architecture.merges,
        *(branch.encoder for branch in architecture.inputs),
    )
    text = " ".join((name, about(name).text, *(part.title for part in parts))).lower()
    return all(word in text for word in wanted)


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        raise SpecError(f"There is no preset `{name}`.", name, suggest(name, names()))
    data: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data
