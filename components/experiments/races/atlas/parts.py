"""The parts of the atlas: races of all strategies that fit a base architecture, two of vectors with
every strategy, two of sequences. Their content is in `sample_data/content/atlas/parts.json`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from components.base.errors import DataError
from components.experiments.races.atlas.values import FOLDER, LeftOut
from components.experiments.races.entries import FrozenModel, StrategyEntry, fields_of
from components.experiments.races.fitted import fit_entry
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import PlannedStrategy
from components.experiments.races.setup import Race
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture, parse
from components.models.encoders import ENCODERS
from components.models.merges import MERGES
from sample_data.loading.synthetic import DataSpec, parse_data, plan_of
from sample_data.relations import RELATIONS

MLP_NAME = "mlp"
"""Name of a concatenation followed by dense layers, beside the kinds of strategies."""
TASKS = "multi_task"
"""Relation that has a head for each input and one for both; the last is compared."""
FORMS = {"xor": ("xor", "xor:form=signs")}
"""Relations that are raced in more than one form."""


class Part(FrozenModel):
    """One base architecture, the data raced on it, and the training of each run.

    Strategies with a width of their own get about that of the branches, so that none has many times
    the weights of another.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    title: str
    summary: str
    """Description of the base architecture, in a sentence or two."""
    architecture: Annotated[Architecture, BeforeValidator(parse)]
    relations: tuple[str, ...] = ()
    """Relations to race on; empty for all with one label."""
    samples: int
    settings: Settings
    fields: dict[str, Any]
    """Values set in every strategy that has such a field."""
    behind: tuple[dict[str, Any], ...] = ()
    """Layers after each strategy: the first of these that can read its output."""
    joined: tuple[StrategyEntry, ...] = ()
    """Further entries."""
    kinds: tuple[str, ...] = ()
    """Strategies to race if they fit; empty for all."""
    head: str = ""
    """Compared head; empty if there is only one."""

    @property
    def data(self) -> tuple[DataSpec, ...]:
        """Data of the relations that fit its inputs."""
        return self._split_relations[0]

    @property
    def refused(self) -> tuple[LeftOut, ...]:
        """Relations that do not fit its inputs."""
        return self._split_relations[1]

    @cached_property
    def _split_relations(self) -> tuple[tuple[DataSpec, ...], tuple[LeftOut, ...]]:
        single = (text for kind in RELATIONS for text in FORMS.get(kind, (kind,)) if kind != TASKS)
        shown, refused = [], []
        for text in self.relations or single:
            relation = parse_data(text)
            try:
                relation.check(plan_of(self.architecture))
            except DataError as error:
                refused.append(LeftOut(name=text, why=str(error)))
            else:
                shown.append(DataSpec(relation=relation, samples=self.samples))
        return tuple(shown), tuple(refused)

    @cached_property
    def _entries_with_reasons(self) -> tuple[tuple[StrategyEntry, str], ...]:
        """Each entry with the reason why it doesn't fit; empty if it does."""
        return (*map(self._fitted, self.kinds or MERGES), *((entry, "") for entry in self.joined))

    @property
    def description(self) -> str:
        """Description of the base architecture and of the training of all strategies."""
        own = self.settings
        falls = "" if own.schedule == "constant" else f", falling along a {own.schedule}"
        return (
            f"{self.summary} A width of their own is {self.fields['units']} for all strategies. "
            f"{self.samples:,} samples, {100 * own.validation_share:.0f} % of them held back; "
            f"{own.epochs} epochs of {own.optimizer.capitalize()} at {own.learning_rate:g}{falls}, "
            f"batches of {own.batch_size}."
        )

    @property
    def entries(self) -> tuple[StrategyEntry, ...]:
        """Strategies that fit."""
        return tuple(entry for entry, why in self._entries_with_reasons if not why)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Strategies that do not fit, with the reasons."""
        return tuple(
            LeftOut(name=entry.kind, why=why) for entry, why in self._entries_with_reasons if why
        )

    @cached_property
    def race(self) -> Race:
        """Race of this part."""
        return make_race(
            architecture=self.architecture,
            entries=self.entries,
            data=self.data,
            settings=self.settings,
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
            fit = fit_entry(self.architecture, entry)
            if fit.architecture is not None:
                return entry, ""
            reason = reason or str(fit.why)
        return entry, reason

    def strategy(self, entry: StrategyEntry) -> str:
        """Return the name of an entry in all parts: its kind, or `mlp`."""
        return MLP_NAME if entry in self.joined else entry.kind

    def title_of(self, entry: StrategyEntry) -> str:
        """Return the title of an entry, without the widths that all strategies share."""
        title = MERGES[entry.kind].title
        if entry not in self.joined:
            return title
        then = entry.fields["then"]
        return f"{title}, then {then['depth']} {ENCODERS[then['kind']].title.lower()} layers"

    def notes_of(self, entry: StrategyEntry, planned: PlannedStrategy) -> tuple[str, ...]:
        """Return the changes that make an entry fit, a sentence each, without repeats."""
        notes, then = planned.notes, entry.fields.get("then")
        if then is None:
            return tuple(dict.fromkeys(notes))
        kept = [note for note in notes if "pooled" not in note]
        if self.behind:
            kept.append(f"Behind it are {then['depth']} layers of {ENCODERS[then['kind']].title}.")
        return tuple(dict.fromkeys(kept))


_PARTS = TypeAdapter(tuple[Part, ...])


def parts() -> tuple[Part, ...]:
    """Return all parts of the atlas."""
    return _PARTS.validate_json((FOLDER / "parts.json").read_bytes())


def two_vectors() -> Part:
    """Return the part with two vectors, with a model name of its own: a race that takes seconds."""
    first = parts()[0]
    own = first.architecture.model_copy(update={"name": "two_vectors"})
    return first.model_copy(update={"architecture": own})
