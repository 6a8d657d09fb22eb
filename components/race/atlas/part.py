"""A part of the atlas: a race of all strategies that fit a base architecture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from components.encoders import ENCODERS
from components.merges import MERGES
from components.model.spec import Architecture
from components.race.atlas.values import LeftOut
from components.race.candidates import candidate
from components.race.entries import StrategyEntry, fields_of
from components.race.plan import Contender
from components.race.setup import Race, make_race
from components.training.requests import Settings
from sample_data.synthetic import DataSpec

SEEDS = 5
MLP_NAME = "mlp"
"""The name of a concatenation followed by dense layers, beside the kinds of strategies."""


@dataclass(frozen=True)
class Part:
    """One base architecture, the data raced on it, and how each run is trained.

    Strategies with a width of their own get about that of the branches, so that none has many
    times the weights of another.
    """

    name: str
    title: str
    architecture: Architecture
    data: tuple[DataSpec, ...]
    settings: Settings
    summary: str
    """The base architecture, in a sentence or two."""
    refused: tuple[LeftOut, ...]
    """Relations that its inputs can't show."""
    fields: dict[str, Any]
    """Set in every strategy that has such a field."""
    behind: tuple[dict[str, Any], ...] = ()
    """Layers after each strategy: the first of these that can read its output."""
    joined: tuple[StrategyEntry, ...] = ()
    """Further entries."""
    kinds: tuple[str, ...] = ()
    """Strategies that take part if they fit; empty means all."""
    head: str = ""
    """The compared head; empty if there is only one."""

    @cached_property
    def _tried(self) -> tuple[tuple[StrategyEntry, str], ...]:
        """Each entry with the reason why it doesn't fit; empty if it does."""
        return (*map(self._fitted, self.kinds or MERGES), *((entry, "") for entry in self.joined))

    @property
    def description(self) -> str:
        """The base architecture, and how all strategies are trained."""
        own, samples = self.settings, {data.samples for data in self.data}
        falls = "" if own.schedule == "constant" else f", falling along a {own.schedule}"
        return (
            f"{self.summary} A width of their own is {self.fields['units']} for all strategies. "
            f"{' or '.join(f'{count:,}' for count in samples)} samples, "
            f"{100 * own.validation_share:.0f} % of them held back; {own.epochs} epochs of "
            f"{own.optimizer.capitalize()} at {own.learning_rate:g}{falls}, batches of "
            f"{own.batch_size}."
        )

    @property
    def entries(self) -> tuple[StrategyEntry, ...]:
        """The strategies that fit."""
        return tuple(entry for entry, why in self._tried if not why)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The strategies that do not."""
        return tuple(LeftOut(name=entry.kind, why=why) for entry, why in self._tried if why)

    @cached_property
    def race(self) -> Race:
        """The race of this part."""
        return make_race(
            architecture=self.architecture,
            entries=self.entries,
            data=self.data,
            settings=self.settings,
            seeds=SEEDS,
            head=self.head,
        )

    def _fitted(self, kind: str) -> tuple[StrategyEntry, str]:
        known = {field.name for field in fields_of(kind)}
        own = {name: value for name, value in self.fields.items() if name in known}
        reason = ""
        for behind in self.behind or (None,):
            entry = StrategyEntry(
                kind=kind, fields=own if behind is None else own | {"then": behind}
            )
            why = candidate(self.architecture, entry).why
            if why is None:
                return entry, ""
            reason = reason or str(why)
        return entry, reason

    def strategy(self, entry: StrategyEntry) -> str:
        """The name of an entry in all parts: its kind, or `mlp`."""
        return MLP_NAME if entry in self.joined else entry.kind

    def title_of(self, entry: StrategyEntry) -> str:
        """The title of an entry, without the widths that all strategies share."""
        title = MERGES[entry.kind].title
        if entry not in self.joined:
            return title
        then = entry.fields["then"]
        return f"{title}, then {then['depth']} {ENCODERS[then['kind']].title.lower()} layers"

    def notes_of(self, contender: Contender) -> tuple[str, ...]:
        """What was changed so that it fits, a sentence each, without repeats."""
        return tuple(dict.fromkeys(self._notes(contender)))

    def _notes(self, contender: Contender) -> Iterator[str]:
        then = contender.entry.fields.get("then")
        for note in contender.notes:
            if then is None or "pooled" not in note:
                yield note
        if then is not None and self.behind:
            yield f"Behind it are {then['depth']} layers of {ENCODERS[then['kind']].title}."
