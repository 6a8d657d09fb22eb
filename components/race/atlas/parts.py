"""The parts of the atlas, races of all strategies that fit a base architecture: two of vectors with
every strategy, two of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from components.core.errors import DataError
from components.encoders import ENCODERS
from components.merges import MERGES
from components.model.spec import Architecture, parse
from components.race.atlas.values import LeftOut
from components.race.entries import StrategyEntry, fields_of
from components.race.plan import Contender
from components.race.setup import Race, make_race
from components.race.strategies import candidate
from components.training.requests import Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec, parse_data, plan_of

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
        notes, then = contender.planned.notes, contender.entry.fields.get("then")
        if then is None:
            return tuple(dict.fromkeys(notes))
        kept = [note for note in notes if "pooled" not in note]
        if self.behind:
            kept.append(f"Behind it are {then['depth']} layers of {ENCODERS[then['kind']].title}.")
        return tuple(dict.fromkeys(kept))


UNITS, FEATURES = 16, 8
FILTERS, STEPS = 32, {"recall": 8, "alignment": 24}
TASKS = "multi_task"
"""The relation that has a head for each input and one for both; the last is compared."""
FORMS = {"xor": ("xor", "xor:form=signs")}
"""Relations that are shown in more than one form."""
MLP: dict[str, Any] = {"kind": "dense", "depth": 2, "units": 2 * UNITS}
"""The layers after a concatenation in the entry that many call early fusion."""
CONVOLVED: dict[str, Any] = {"kind": "conv1d", "depth": 2, "filters": FILTERS, "pool": 1}
JOINED = StrategyEntry(kind="concatenate", fields={"then": MLP})
ON_SEQUENCES = (
    "cross_attention",
    "attention",
    "self_attention",
    "perceiver",
    "cls_token",
    "time_concatenate",
    "concatenate",
    "concatenate_product",
    "add",
    "multiply",
    "film",
    "gated",
    "bilinear",
    "low_rank_fusion",
)
"""The strategies on sequences, where a run takes long."""


def parts() -> tuple[Part, ...]:
    """All parts of the atlas."""
    return (vectors(), tasks(), recall(), alignment())


def vectors() -> Part:
    """Two vectors, one dense layer each, and a linear head: only the merge combines them."""
    spec = _two(_vector(), ["y"])
    texts = [text for kind in RELATIONS for text in FORMS.get(kind, (kind,)) if kind != TASKS]
    shown, refused = _shown(spec, texts, 3000)
    return Part(
        "vectors",
        "Two vectors",
        spec,
        shown,
        _settings(30),
        f"Two vectors of {FEATURES}, a dense layer of {UNITS} each, the merge, and a linear head.",
        refused,
        {**_widths(UNITS), "outputs": 1},
        joined=(JOINED,),
    )


def two_vectors() -> Architecture:
    """The model of `vectors`, by a name of its own, for a race that takes seconds."""
    return vectors().architecture.model_copy(update={"name": "two_vectors"})


def tasks() -> Part:
    """The same with a head for each input and one that needs both, which is compared."""
    spec = _two(_vector(), ["first", "second", "both"])
    shown, refused = _shown(spec, [TASKS], 3000)
    return Part(
        "tasks",
        "Two vectors, three heads",
        spec,
        shown,
        _settings(30),
        f"Two vectors of {FEATURES}, a dense layer of {UNITS} each, the merge, and three linear "
        "heads: two ask for one vector each, the third, which is compared, for both.",
        refused,
        {**_widths(UNITS), "outputs": 3},
        joined=(JOINED,),
        head="both",
    )


def recall() -> Part:
    """Keys with values, and queries: two layers bend each step, then nothing but the merge."""
    encoder = {**CONVOLVED, "kernel_size": 1, "readout": "sequence"}
    spec = _two(
        _series(STEPS["recall"], encoder),
        ["y"],
        "cross_attention",
        ("memory", "queries"),
        sources=("queries", "memory"),
        fit="smallest",
    )
    shown, refused = _shown(spec, ["recall"], 6000)
    return Part(
        "recall",
        "Two sequences: recall",
        spec,
        shown,
        _settings(30, learning_rate=0.005, schedule="cosine", validation_share=0.25),
        f"Two time series of {STEPS['recall']} steps, two layers of {FILTERS} on each step, the "
        "merge, and a linear head. Strategies that take vectors get the mean of each series; what "
        "gives a sequence is pooled.",
        refused,
        {**_widths(FILTERS), "heads": 2},
        kinds=ON_SEQUENCES,
    )


def alignment() -> Part:
    """Two raw streams on one clock; convolutions after the merge, if they can read it."""
    spec = _two(_series(STEPS["alignment"], {"kind": "passthrough", "depth": 0}), ["y"])
    shown, refused = _shown(spec, ["alignment"], 4000)
    return Part(
        "alignment",
        "Two sequences: alignment",
        spec,
        shown,
        _settings(20, learning_rate=0.005, schedule="cosine", validation_share=0.25),
        f"Two time series of {STEPS['alignment']} steps, merged as they come; behind the merge two "
        f"convolutions of {FILTERS} over 3 steps where it gives a sequence, two dense layers of "
        f"{MLP['units']} where it gives a vector, and a linear head.",
        refused,
        {**_widths(FILTERS), "heads": 2},
        behind=({**CONVOLVED, "kernel_size": 3}, MLP),
        kinds=ON_SEQUENCES,
    )


def _vector() -> dict[str, Any]:
    encoder = {"kind": "dense", "depth": 1, "units": UNITS}
    return {"kind": "vector", "features": FEATURES, "encoder": encoder}


def _series(steps: int, encoder: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "timeseries", "length": steps, "features": 4, "encoder": encoder}


def _two(
    input_fields: dict[str, Any],
    heads: Sequence[str],
    kind: str = "concatenate",
    names: tuple[str, str] = ("left", "right"),
    **fields: Any,
) -> Architecture:
    merge = {"name": "fusion", "kind": kind, "sources": names, **fields}
    inputs = [{"name": name, **input_fields} for name in names]
    asked = [{"name": name, "kind": "binary", "source": "fusion"} for name in heads]
    return parse({"inputs": inputs, "merges": [merge], "heads": asked})


def _widths(units: int) -> dict[str, Any]:
    return {"units": units, "hidden": units, "feed_forward": 2 * units}


def _settings(epochs: int, **fields: Any) -> Settings:
    own = {"batch_size": 64, "learning_rate": 0.01, "validation_share": 1 / 3}
    return Settings.model_validate(own | fields | {"epochs": epochs})


def _shown(
    spec: Architecture, texts: Sequence[str], samples: int
) -> tuple[tuple[DataSpec, ...], tuple[LeftOut, ...]]:
    """Data of the relations that the inputs can show, and the reason for each of the others."""
    shown, refused = [], []
    for text in texts:
        relation = parse_data(text)
        try:
            relation.check(plan_of(spec))
        except DataError as error:
            refused.append(LeftOut(name=text, why=str(error)))
        else:
            shown.append(DataSpec(relation=relation, samples=samples))
    return tuple(shown), tuple(refused)
