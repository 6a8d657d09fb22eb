"""Setup of a race as a frozen value: strategies, datasets, seeds and settings."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, model_validator

from components.base.errors import RunError, SpecError, suggest
from components.base.refusals import refusal
from components.base.text import plural
from components.base.versions import CONVERSIONS, RACE
from components.experiments.races.entries import ALONE, APART, WITHOUT, FrozenModel, StrategyEntry
from components.experiments.races.fitted import replaced_name
from components.experiments.races.statistics import SEEDS
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture, parse
from components.models.heads.base import Head
from components.models.language.registry import kind_of
from sample_data.loading.sources import Data, about
from sample_data.loading.synthetic import DataSpec

MOST_RUNS = 5000
"""Maximum number of runs of one race."""
MOST_SEEDS = 50
_SHORT = {"samples": "n", "difficulty": "difficulty", "seed": "seed"}


def _first_seed(settings: Settings, known: ValidationInfo) -> Settings:
    """Set the seed of the first run to 0, so that equal races share their runs.

    A race of a run's model without its inputs keeps the seed of that run.
    """
    if any(entry.kind == WITHOUT for entry in known.data.get("entries", ())):
        return settings
    return settings.model_copy(update={"seed": 0})


class Race(FrozenModel):
    """Strategies in place of one merge of an architecture, on datasets, with seeds 0, 1 …

    `merge` names the merge; empty means the last. The run of seed s adds s to the seeds of its
    settings and of its synthetic data: new weights, samples and order, equal for every strategy.
    `matched` fits widths so that all have about `target` parameters; a target of 0 means those of
    the architecture. `head` is the compared head; empty means the first that the merge reaches.
    Instead of strategies, a race can have the architecture itself: first with all inputs, then
    without some of them. A race that tells if fusion pays has one strategy first, and then each
    input alone. Raises `SpecError` and `RunError` for a wrong part.
    """

    architecture: Architecture
    merge: str = ""
    entries: Annotated[tuple[StrategyEntry, ...], Field(min_length=1, max_length=60)]
    data: Annotated[tuple[Data, ...], Field(min_length=1, max_length=60)]
    settings: Annotated[Settings, AfterValidator(_first_seed)] = Settings()
    seeds: int = Field(
        SEEDS, ge=1, le=MOST_SEEDS, description="Trainings per strategy and dataset."
    )
    matched: bool = Field(
        False, description="Fit widths so that all strategies have about as many parameters."
    )
    target: int = Field(
        0, ge=0, description="Parameters that all are fitted to; 0 takes the architecture's."
    )
    head: str = ""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if twice := _first_duplicate(entry.text for entry in self.entries):
            raise SpecError(
                "Each strategy can appear only once, unless its fields differ.",
                twice,
                f"Leave one `{twice}` out.",
            )
        if self.against_first:
            _check_models(self)
        if not self.reduces:
            replaced_name(self.architecture, self.merge)
        heads = [head.name for head in self.architecture.heads]
        if self.head and self.head not in heads:
            raise RunError(
                "The model has no head of this name to compare.",
                self.head,
                suggest(self.head, heads),
            )
        if twice := _first_duplicate(map(data_name, self.data)):
            raise RunError(
                "Each dataset can appear only once.",
                twice,
                f"Leave one `{twice}` out, or rename a file.",
            )
        if self.total > MOST_RUNS:
            entries = self.counted(len(self.entries))
            raise RunError(
                f"A race can't have more than {MOST_RUNS:,} runs.",
                f"{entries} × {len(self.data)} datasets × {self.seeds} seeds",
                "Choose fewer of them.",
            )
        return self

    def json_text(self) -> str:
        """Return the race on one line of JSON, which `parse_race` reads back to an equal value."""
        return json.dumps(RACE.numbered(self._parts()))

    @property
    def digest(self) -> str:
        """Stable fingerprint: equal for races with the same runs, on every machine."""
        text = json.dumps(self._parts())
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def _parts(self) -> dict[str, Any]:
        parts = self.model_dump(mode="json", exclude={"architecture"})
        return {"architecture": self.architecture.data(), **parts}

    @property
    def reduces(self) -> bool:
        """`True` if it compares the architecture with itself without some of its inputs."""
        return any(entry.kind == WITHOUT for entry in self.entries)

    @property
    def pays(self) -> bool:
        """`True` if its first strategy is compared with each input alone, all of them tuned."""
        return any(entry.kind in (ALONE, APART) for entry in self.entries)

    @property
    def against_first(self) -> bool:
        """`True` if each entry is compared with the first instead of the best."""
        return self.reduces or self.pays

    @property
    def what(self) -> str:
        """Word for an entry: `strategy`, or `model` if not all are strategies."""
        return "model" if self.against_first else "strategy"

    def counted(self, entries: int) -> str:
        """Return a number of entries with their noun: `5 strategies`, `3 models`."""
        return plural(entries, self.what, "" if self.against_first else "strategies")

    @property
    def total(self) -> int:
        """Number of runs, if every entry can be built."""
        return len(self.entries) * len(self.data) * self.seeds

    @property
    def compared(self) -> Head:
        """Head whose results are compared."""
        heads = self.architecture.heads
        if self.head:
            return next(head for head in heads if head.name == self.head)
        if self.reduces or not self.architecture.merges:
            return heads[0]
        merge, upstream = replaced_name(self.architecture, self.merge), self.architecture.upstream
        return next((head for head in heads if merge in upstream(head.source)), heads[0])


def make_race(**parts: Any) -> Race:
    """Make a race from its parts. Raises `SpecError` and `RunError` for a wrong part."""
    try:
        return Race(**parts)
    except ValidationError as error:
        raise refusal(error, RunError, Race, parts, "the race") from None


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


def data_name(data: Data) -> str:
    """Return a short name: `xor:noise=0.5`, a collection's kind, or a file's name.

    It contains samples, difficulty and seed only if they differ from the defaults.
    """
    if isinstance(data, str):
        return data.replace("\\", "/").rsplit("/", 1)[-1]
    if isinstance(data, DataSpec):
        changed = data.relation.model_dump(exclude_defaults=True, exclude={"kind"})
        values = ",".join(f"{name}={value}" for name, value in changed.items())
        text = ":".join(filter(None, (kind_of(type(data.relation)), values)))
    else:
        text = data.collection
    for field, short in _SHORT.items():
        value = getattr(data, field, None)
        info = type(data).model_fields.get(field)
        if info is not None and value != info.default:
            text += f" {short}={value}"
    return text


def data_title(data: Data) -> str:
    """Return a title for people, with the values that differ from the defaults."""
    title = about(data).title
    if isinstance(data, str):
        return title
    _, *values = re.split(r"[:, ]", data_name(data))
    return f"{title} ({', '.join(values)})" if values else title


def _check_models(race: Race) -> None:
    """Raise `RunError` for entries or a matching that do not fit a race of inputs or models."""
    first, *others = race.entries
    mixed = any(entry.kind != WITHOUT for entry in others)
    if race.reduces and (first.text != WITHOUT or mixed):
        raise RunError(
            f"A race without inputs needs `{WITHOUT}` first, which has all of them, and "
            "can't have strategies.",
            ",".join(entry.text for entry in race.entries),
            f"Write it as in `{WITHOUT},{WITHOUT}:input=image`.",
        )
    if race.pays and not first.is_strategy:
        raise RunError(
            "A race with inputs alone needs a strategy first, which they are compared with.",
            first.text,
            f"Write it as in `concatenate,{ALONE}:input=image`.",
        )
    names = [branch.name for branch in race.architecture.data_inputs]
    for entry in others:
        if not entry.is_strategy and entry.kind != APART and entry.input not in names:
            raise RunError(
                "The model has no input of this name.", entry.input, suggest(entry.input, names)
            )
    if race.matched:
        raise RunError(
            "A model without one of its inputs keeps its widths.",
            "matched parameters",
            "Compare the models as they are.",
        )


def _first_duplicate(names: Iterable[str]) -> str:
    """Return the first name that appears twice; empty if there is none."""
    return next((name for name, times in Counter(names).items() if times > 1), "")
