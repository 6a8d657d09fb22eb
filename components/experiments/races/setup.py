"""Setup of a race as a frozen value: strategies, datasets, seeds and settings."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from components.base.errors import RunError, SpecError, suggest
from components.base.refusals import refusal
from components.base.text import join_names, plural, spelled
from components.base.versions import RACE
from components.experiments.races.entries import FrozenModel, StrategyEntry
from components.experiments.races.fitted import Fitted, replaced_name
from components.experiments.races.results import (
    NAMED,
    DatasetResult,
    Measure,
    StrategyResult,
    measure_of,
)
from components.experiments.races.statistics import (
    FIRST_SEEDS,
    POWER,
    SEEDS,
    VERDICT_SEEDS,
    Scores,
    Verdict,
    against_first,
    verdict_due,
)
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.language.registry import kind_of
from sample_data.loading.sources import Data, about
from sample_data.loading.synthetic import DataSpec

MOST_RUNS = 5000
"""Maximum number of runs of one race."""
MOST_SEEDS = 50
_SHORT = {"samples": "n", "difficulty": "difficulty", "seed": "seed"}


class Race(FrozenModel, ABC):
    """Strategies in place of one merge of an architecture, on datasets, with seeds 0, 1 …

    `merge` names the merge; empty means the last. The run of seed s adds s to the seeds of its
    settings and of its synthetic data: new weights, samples and order, equal for every strategy.
    `matched` fits widths so that all have about `target` parameters; a target of 0 means those of
    the architecture. `head` is the compared head; empty means the first that the merge reaches.
    A subclass is a kind of race: it says what is special about its entries, and how they are
    judged (`components.experiments.races.kinds`). Raises `SpecError` and `RunError` for a wrong
    part.
    """

    marks: ClassVar[tuple[str, ...]] = ()
    """Kinds of entries that make a race one of this kind."""
    what: ClassVar[str] = "model"
    """Word for an entry."""
    many: ClassVar[str] = ""
    """Plural of that word; empty for one with an s."""
    against_first: ClassVar[bool] = True
    """`True` if each entry is compared with the first instead of the best."""
    tuned: ClassVar[bool] = False
    """`True` if each run chooses its learning rate."""
    refits: ClassVar[bool] = False
    """`True` if it trains a run's model again, so that it belongs to that run."""
    wrong: ClassVar[str] = "show a difference"
    """Mistake of a verdict, as a verb."""

    architecture: Architecture
    merge: str = ""
    entries: Annotated[tuple[StrategyEntry, ...], Field(min_length=1, max_length=60)]
    data: Annotated[tuple[Data, ...], Field(min_length=1, max_length=60)]
    settings: Settings = Settings()
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

    @field_validator("settings")
    @classmethod
    def _with_first_seed(cls, settings: Settings) -> Settings:
        return cls.seeded(settings)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if twice := _first_duplicate(entry.text for entry in self.entries):
            raise SpecError(
                "Each strategy can appear only once, unless its fields differ.",
                twice,
                f"Leave one `{twice}` out.",
            )
        self.check_entries()
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

    def counted(self, entries: int) -> str:
        """Return a number of entries with their noun: `5 strategies`, `3 models`."""
        return plural(entries, self.what, self.many)

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
        if not self.architecture.merges:
            return heads[0]
        merge, upstream = replaced_name(self.architecture, self.merge), self.architecture.upstream
        return next((head for head in heads if merge in upstream(head.source)), heads[0])

    @property
    def measure(self) -> Measure:
        """Compared measure."""
        return measure_of(self.compared, self.settings.validation_share > 0)

    @property
    def title(self) -> str:
        """Title of its entries."""
        return self.counted(len(self.entries))

    @classmethod
    def make(cls, **parts: Any) -> Self:
        """Make a race from its parts. Raises `SpecError` and `RunError` for a wrong part."""
        try:
            return cls(**parts)
        except ValidationError as error:
            raise refusal(error, RunError, cls, parts, "the race") from None

    @classmethod
    def seeded(cls, settings: Settings) -> Settings:
        """Return the settings with a first seed of 0, so that equal races share their runs."""
        return settings.model_copy(update={"seed": 0})

    def check_entries(self) -> None:
        """Raise `SpecError` or `RunError` for entries that do not fit the race."""
        replaced_name(self.architecture, self.merge)

    def check_inputs(self) -> None:
        """Raise `RunError` for an entry without an input of the model, and for matched widths."""
        names = [branch.name for branch in self.architecture.data_inputs]
        for entry in self.entries[1:]:
            if entry.input and entry.input not in names:
                raise RunError(
                    "The model has no input of this name.", entry.input, suggest(entry.input, names)
                )
        if self.matched:
            raise RunError(
                "A model without one of its inputs keeps its widths.",
                "matched parameters",
                "Compare the models as they are.",
            )

    def reduced(self) -> Architecture:
        """Return the model that entries leave out parts of."""
        return self.architecture

    def check_fits(self, fits: Sequence[Fitted]) -> None:
        """Raise `RunError` if too few entries can be built."""

    @staticmethod
    def judge(scores: Sequence[Scores], level: float) -> list[Verdict | None]:
        """Compare the entries by their scores."""
        return against_first(scores, level)

    def verdicts(
        self, scores: Mapping[str, Mapping[int, float]], ended: set[int]
    ) -> dict[str, Verdict]:
        """Return the verdicts on the entries by their texts, from the seeds that have ended."""
        due = verdict_due(ended, self.seeds)
        if due is None:
            return {}
        seen = tuple(tuple((s, own[s]) for s in due.seeds if s in own) for own in scores.values())
        judged = _judged(seen, due.level, self.judge)
        return {text: one for text, one in zip(scores, judged, strict=True) if one is not None}

    def ranks(
        self,
        scores: Mapping[str, Mapping[int, float]],
        ended: set[int],
        judged: Mapping[str, Verdict],
    ) -> dict[str, int]:
        """Return the ranks of the entries by their texts, if the race has any."""
        return {}

    @property
    @abstractmethod
    def test(self) -> str:
        """Name of the test of a verdict, and what it is corrected for."""

    @property
    def reference(self) -> str:
        """Name of the entry that the others are compared with."""
        return self.entries[0].title

    def shown(self, row: StrategyResult) -> str:
        """Return the verdict on the difference of an entry from that one."""
        return f"{'no' if row.tied else 'a'} difference is shown (p = {row.p:.2g})"

    def so_far(self, on_dataset: DatasetResult) -> str:
        """Say which entry leads, before a verdict."""
        rows = [row for row in on_dataset.rows if row.mean is not None]
        if not rows:
            return "No run has finished yet."
        if len(rows) == 1:
            return f"Only {rows[0].title} has finished runs."
        top, second = rows[:2]
        same = [row.title for row in rows if row.mean == top.mean]
        if len(same) > 1:
            return f"{join_names(same, NAMED)} have the same mean."
        common = top.scores.keys() & second.scores.keys()
        lead = sum(top.scores[seed] - second.scores[seed] for seed in common)
        if lead <= 0:
            return f"{top.title} has the best mean so far."
        sentence = (
            f"{top.title} leads {second.title} by {self.measure.difference(lead / len(common))}"
        )
        if len(common) >= VERDICT_SEEDS:
            return f"{sentence}."
        seeds = {1: "one seed", 2: "two seeds"}[len(common)]
        return f"{sentence}; {seeds} can't show whether that is more than chance."

    @abstractmethod
    def sentences(self, on_dataset: DatasetResult) -> Iterator[str]:
        """Yield the sentences of a verdict."""

    def verdict(self, on_dataset: DatasetResult) -> str:
        """Return the verdict on a dataset."""
        sentences = " ".join(self.sentences(on_dataset))
        if on_dataset.complete:
            return sentences
        return f"After {FIRST_SEEDS} of {self.seeds} seeds: {sentences}"

    def answer(self, on_dataset: DatasetResult) -> dict[str, bool | None]:
        """Return the answer to the question of the race by its name, if it asks one."""
        return {}

    def notes(self) -> Iterator[str]:
        """Yield the limits of its conclusions, a sentence each."""
        for layers in layers_after(self):
            yield (
                f"This model has {layers} after the merge. They can learn products whatever the "
                "strategy, so the race shows less of the strategies themselves."
            )

    def would_have(
        self, on_dataset: DatasetResult, sizes: Sequence[float | None], seeds: int
    ) -> str:
        """Return a sentence on the gap that the seeds of a whole race detect most of the time.

        It begins with a space. Empty before the race's end, and if all seeds have the same result.
        """
        points, known = self.measure.difference, [size or 0.0 for size in sizes] or [0.0]
        most = points(max(known))
        if not on_dataset.complete or most == points(0.0):
            return ""
        detect = f" {spelled(seeds).capitalize()} seeds would detect a gap of about"
        often = f"in {10 * POWER:.0f} of 10 races"
        if points(min(known)) == most:
            return f"{detect} {most} {often}."
        return f"{detect} {points(min(known), False)} to {most} {often}, depending on the strategy."


@lru_cache(maxsize=256)
def _judged(
    scores: tuple[tuple[tuple[int, float], ...], ...],
    level: float,
    judge: Callable[[Sequence[Scores], float], list[Verdict | None]],
) -> tuple[Verdict | None, ...]:
    """Return the verdicts of a look; cached, since later runs do not change them."""
    return tuple(judge([dict(own) for own in scores], level))


def layers_after(race: Race) -> Iterator[str]:
    """Yield the layers after the replaced merge: `2 Dense layers`, `a trunk of 1 layer`."""
    name, trunk = replaced_name(race.architecture, race.merge), race.architecture.trunk.depth
    for merge in race.architecture.merges:
        if merge.name == name and merge.then.depth:
            yield plural(merge.then.depth, f"{merge.then.title} layer")
    if trunk:
        yield f"a trunk of {plural(trunk, 'layer')}"


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


def _first_duplicate(names: Iterable[str]) -> str:
    """Return the first name that appears twice; empty if there is none."""
    return next((name for name, times in Counter(names).items() if times > 1), "")
