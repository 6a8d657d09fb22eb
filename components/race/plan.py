"""A race as a frozen value: which strategies, on which data, how often, and the runs it takes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from components.core.errors import RunError, suggest
from components.core.registry import kind_of
from components.heads.base import Head
from components.model.spec import Architecture, parse
from components.race.candidates import (
    Size,
    behind,
    candidate,
    downstream,
    replaced_name,
    size,
)
from components.race.entries import StrategyEntry, must_differ
from components.race.matching import Matched, matched
from components.training.requests import RunRequest, Settings
from sample_data.relations.base import Relation
from sample_data.sources import Data, about, load, nbytes_of
from sample_data.synthetic import DataSpec

MOST_RUNS = 5000
"""Runs that one race may take."""
MOST_SEEDS = 50
_SEEDS = 2**32
_SHORT = {"samples": "n", "difficulty": "difficulty", "seed": "seed"}


def _unseeded(settings: Settings) -> Settings:
    """Seeds are the race's, so that races that differ in this one alone are equal."""
    return settings.model_copy(update={"seed": 0})


class Race(BaseModel):
    """Strategies in place of one merge of an architecture, on data, over seeds 0, 1 …

    `merge` names the merge, the last where it is empty. Seed s trains with `settings.seed` s on
    synthetic data whose seed is s further: other weights, other data, another order, the same for
    every strategy. `matched` fits widths so that all have as many parameters as `target`, or as
    the architecture where that is 0. `head` is what is compared, by default the first that the
    merge reaches. Raises `SpecError` and `RunError` where the parts are wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    architecture: Architecture
    merge: str = ""
    entries: Annotated[tuple[StrategyEntry, ...], Field(min_length=1, max_length=60)]
    data: Annotated[tuple[Data, ...], Field(min_length=1, max_length=60)]
    settings: Annotated[Settings, AfterValidator(_unseeded)] = Settings()
    seeds: int = Field(
        5, ge=1, le=MOST_SEEDS, description="Runs of each strategy, each with a seed of its own."
    )
    matched: bool = Field(
        False, description="Fit widths so that all strategies have as many parameters."
    )
    target: int = Field(
        0, ge=0, description="Parameters all are fitted to; 0 takes the architecture's."
    )
    head: str = ""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        must_differ(self.entries)
        replaced_name(self.architecture, self.merge)
        _known_head(self.architecture, self.head)
        _not_twice(self.data)
        runs = len(self.entries) * len(self.data) * self.seeds
        if runs > MOST_RUNS:
            raise RunError(
                f"A race takes at most {MOST_RUNS:,} runs.",
                f"{len(self.entries)} strategies × {len(self.data)} data × {self.seeds} seeds",
                "Choose fewer of them.",
            )
        return self

    def json_text(self) -> str:
        """The race on one line of JSON, which `parse_race` reads back to an equal value."""
        parts = self.model_dump(mode="json", exclude={"architecture"})
        return json.dumps({"architecture": self.architecture.data(), **parts})

    @property
    def digest(self) -> str:
        """A stable fingerprint: equal for equal races, on every machine."""
        return hashlib.sha256(self.json_text().encode()).hexdigest()[:20]

    @property
    def compared(self) -> Head:
        """The head whose results are compared."""
        heads = self.architecture.heads
        if self.head:
            return next(head for head in heads if head.name == self.head)
        if not self.architecture.merges:
            return heads[0]
        reached = downstream(self.architecture, replaced_name(self.architecture, self.merge))
        return next((head for head in heads if head.name in reached), heads[0])

    def contenders(self) -> tuple[Contender, ...]:
        """The architecture of each entry. Raises `SpecError` for the first that cannot take part,
        which `candidates.eligible` says beforehand."""
        return _contenders(self)

    def cells(self) -> tuple[PlannedRun, ...]:
        """Every run the race is made of, by data, then strategy, then seed. Raises `SpecError`."""
        return _cells(self)

    def groups(self) -> tuple[tuple[RunRequest, ...], ...]:
        """The runs of each strategy on each data, no run twice, in an order that tells early.

        Every strategy has been on the first data before the second is begun. Raises `SpecError`.
        """
        seen: set[str] = set()
        groups: dict[tuple[Data, StrategyEntry], list[RunRequest]] = {}
        for cell in self.cells():
            if cell.digest not in seen:
                seen.add(cell.digest)
                groups.setdefault((cell.data, cell.entry), []).append(cell.request)
        return tuple(map(tuple, groups.values()))

    def notes(self) -> tuple[str, ...]:
        """What is to be known of the race as a whole, a sentence each."""
        return behind(self.architecture, self.merge)


@dataclass(frozen=True)
class Contender:
    """An entry as it takes part: its architecture, size, and what was done to it."""

    entry: StrategyEntry
    architecture: Architecture
    size: Size
    matched: Matched | None
    notes: tuple[str, ...]


class PlannedRun(NamedTuple):
    """One run of a race; `data` is that of the race, whose seed the request's is `seed` beyond."""

    entry: StrategyEntry
    data: Data
    seed: int
    request: RunRequest
    digest: str


def race(**parts: Any) -> Race:
    """A race of its parts. Raises `SpecError` and `RunError` where one is wrong."""
    try:
        return Race(**parts)
    except ValidationError as error:
        raise _refused(error) from None


def parse_race(text: str | bytes) -> Race:
    """A race from its JSON form.

    Raises `SpecError` or `DataError` where a part is wrong, else `RunError`.
    """
    try:
        parts: dict[str, Any] = json.loads(text)
        architecture = parse(parts.pop("architecture"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A race is a JSON object with `architecture`, `entries` and `data`.",
            error,
            "Write it with `Race.json_text`.",
        ) from None
    return race(architecture=architecture, **parts)


def _refused(error: ValidationError) -> RunError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    return RunError(
        f"`{place}` of a race: {first['msg'].rstrip('.')}.", first["input"], "Correct the value."
    )


def check(race: Race) -> None:
    """Raises `SpecError` for an entry that cannot take part, and `DataError` for data that the
    architecture's inputs or heads do not fit."""
    race.contenders()
    for data in race.data:
        if isinstance(data, DataSpec):
            nbytes_of(race.architecture, data)
        else:
            load(race.architecture, data)


def name_of(data: Data) -> str:
    """A short name of data: `xor:noise=0.5`, a collection's kind, or a file's name.

    Samples, difficulty and seed are said where they are not those one gets unasked.
    """
    if isinstance(data, str):
        return data.replace("\\", "/").rsplit("/", 1)[-1]
    text = _kind(data.relation) if isinstance(data, DataSpec) else data.collection
    for field, short in _SHORT.items():
        value = getattr(data, field, None)
        info = type(data).model_fields.get(field)
        if info is not None and value != info.default:
            text += f" {short}={value}"
    return text


def _kind(relation: Relation) -> str:
    dials = relation.model_dump(exclude_defaults=True)
    said = ",".join(f"{name}={value}" for name, value in dials.items() if name != "kind")
    kind = kind_of(type(relation))
    return f"{kind}:{said}" if said else kind


def title_of(data: Data) -> str:
    """What a person calls data, with what is not as one gets it unasked."""
    title, name = about(data).title, name_of(data)
    if isinstance(data, str):
        return title
    _, *more = re.split(r"[:, ]", name)
    return f"{title} ({', '.join(more)})" if more else title


def seeded(data: Data, seed: int) -> Data:
    """The data for a seed of a race: synthetic data is drawn anew, all other stays."""
    if isinstance(data, DataSpec):
        return data.model_copy(update={"seed": (data.seed + seed) % _SEEDS})
    return data


@lru_cache(maxsize=64)
def _contenders(race: Race) -> tuple[Contender, ...]:
    made = []
    name = replaced_name(race.architecture, race.merge)
    target = race.target
    if race.matched and not target:
        target = size(race.architecture).parameters
    for entry in race.entries:
        found = candidate(race.architecture, entry, race.merge)
        if found.architecture is None:
            raise found.why or RunError("A strategy takes part.", entry.text, "Leave it out.")
        spec, match = found.architecture, None
        if race.matched:
            match = matched(spec, name, target, _kept(entry))
            spec = match.architecture
        made.append(Contender(entry, spec, size(spec), match, found.notes))
    return tuple(made)


def _kept(entry: StrategyEntry) -> frozenset[str]:
    """The fields whose values the entry says, those of the layers behind it as `then.units`."""
    behind = entry.fields.get("then", {})
    return frozenset({*entry.fields, *(f"then.{name}" for name in behind)})


@lru_cache(maxsize=64)
def _cells(race: Race) -> tuple[PlannedRun, ...]:
    made = []
    for data in race.data:
        for contender in race.contenders():
            for seed in range(race.seeds):
                request = RunRequest(
                    architecture=contender.architecture,
                    data=seeded(data, seed),
                    settings=race.settings.model_copy(update={"seed": seed}),
                )
                made.append(PlannedRun(contender.entry, data, seed, request, request.digest))
    return tuple(made)


def _known_head(architecture: Architecture, name: str) -> None:
    names = [head.name for head in architecture.heads]
    if name and name not in names:
        raise RunError("What is compared is a head.", name, suggest(name, names))


def _not_twice(data: tuple[Data, ...]) -> None:
    seen: set[str] = set()
    for name in map(name_of, data):
        if name in seen:
            raise RunError(
                "Data is raced on once, under a name of its own.",
                name,
                f"Leave one `{name}` out, or give a file another name.",
            )
        seen.add(name)
