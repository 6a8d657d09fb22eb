"""The content of a card: a strategy or an encoder, tried on the branches of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from markupsafe import Markup

from components.analysis import reference, trials
from components.analysis.reference import ReferenceEntry
from components.analysis.trials import EncoderTrial, MergeTrial, TrialResult
from components.core.graph import Graph
from components.core.needs_keras import side_by_side
from components.core.text import join_names, plural, short_number
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.inputs import INPUTS
from components.merges import MERGES
from components.merges.base import Merge
from components.model.spec import Architecture
from components.race import atlas
from components.render import formatting
from components.ui.kit.html_parts import Figure, coded

Section = Literal["strategy", "encoder"]

STATES = {"yes": "fit as they are", "fitted": "fit with added layers", "no": "do not fit"}
"""How the branches fit a strategy, by the class of the dot beside it."""


@dataclass(frozen=True)
class Card:
    """One strategy or encoder. Its `notes` are HTML."""

    section: Section
    kind: str
    concept: type[Merge] | type[Encoder]
    graph: Graph
    on: str
    """A note on the inputs in the picture, if they are not those of the model."""
    used: bool
    tags: tuple[str, ...]
    takes: str
    plain: str
    """What it does, in plain words."""
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]

    @property
    def alt(self) -> str:
        """A description of the picture."""
        ends = [f"{n.group} {formatting.shape(n.shape)}" for n in self.graph.nodes if not n.sources]
        layers = [node.layer for node in self.graph.nodes if node.sources] or ["no layers"]
        return f"{self.concept.title}: {join_names(ends)} through {', '.join(layers)}"


def entries(section: Section) -> Sequence[ReferenceEntry[Any]]:
    """All entries of a section, in the registry's order."""
    return reference.strategies() if section == "strategy" else reference.encoders()


def try_merges(spec: Architecture, entries: Sequence[ReferenceEntry[Any]]) -> list[MergeTrial]:
    """Each strategy on an architecture, several at a time."""
    return side_by_side(lambda entry: trials.try_merge(spec, entry.kind), entries)


def try_encoders(spec: Architecture, entries: Sequence[ReferenceEntry[Any]]) -> list[EncoderTrial]:
    """Each encoder on a branch that it reads, several at a time."""
    return side_by_side(lambda entry: try_encoder(spec, entry.kind), entries)


def card(spec: Architecture, section: Section, kind: str) -> Card:
    """A strategy or an encoder, tried on an architecture."""
    if section == "strategy":
        return _strategy(spec, kind, trials.try_merge(spec, kind))
    return _encoder(spec, kind, try_encoder(spec, kind))


def try_encoder(spec: Architecture, kind: str) -> EncoderTrial:
    """An encoder on the first branch that it reads, else on a default input."""
    branch, index = trials.example_input(spec, kind)
    return trials.try_encoder(branch, kind, index or 0)


def _strategy(spec: Architecture, kind: str, trial: MergeTrial) -> Card:
    concept, result, state = MERGES[kind], trial.result, state_of(trial)
    return Card(
        "strategy",
        kind,
        concept,
        (result or trials.example_merge(kind)).graph,
        "" if result else "Example inputs, because your branches do not fit.",
        bool(spec.merges) and type(spec.merges[-1]) is concept,
        reference.traits(concept),
        f"Takes {concept.contract}.",
        concept.plain,
        (
            *(_costs(result) if result else _figures("–", "–", "–")),
            Figure("Your branches", Markup(f'<i class="dot {state}"></i>{STATES[state]}')),
        ),
        (*_notes(trial), *_atlas_note(kind)),
    )


def _atlas_note(kind: str) -> Iterator[str]:
    known = atlas.load()
    if known and kind in known.missing_strategies:
        yield "Not in the atlas yet."


def _costs(result: TrialResult) -> Iterator[Figure]:
    parameters = f"{result.own.parameters:,}"
    if result.fitting.parameters:
        parameters += f" + {result.fitting.parameters:,}"
    flops = result.own.flops + result.fitting.flops
    return _figures(formatting.shape(result.shape), parameters, _flops(flops, result.estimated))


def _encoder(spec: Architecture, kind: str, trial: EncoderTrial) -> Card:
    concept = ENCODERS[kind]
    entry = next(entry for entry in reference.encoders() if entry.kind == kind)
    reads = [input.title.lower() for _, input in INPUTS.items() if input.form in concept.takes]
    flops = _flops(trial.cost.flops, trial.estimated)
    figures = _figures(formatting.shape(trial.shape), f"{trial.cost.parameters:,}", flops)
    return Card(
        "encoder",
        kind,
        concept,
        trial.graph,
        "" if trial.input in spec.inputs else "A default input, because no branch of yours fits.",
        any(type(other.encoder) is concept for other in spec.inputs),
        (),
        f"Reads {', '.join(reads)}.",
        entry.summary,
        (
            Figure("On", tried_on(spec, trial)),
            *(_figures("–", "–", "–") if trial.error else figures),
        ),
        (coded(str(trial.error)),) if trial.error else (),
    )


def tried_on(spec: Architecture, trial: EncoderTrial) -> str:
    """The input that an encoder was tried on: its name and shape."""
    branch = trial.input
    name = branch.name if branch in spec.inputs else branch.title.lower()
    return f"{name}, {formatting.shape(branch.shape)}"


def _figures(output: str, parameters: str, flops: str) -> Iterator[Figure]:
    yield Figure("Output", output)
    yield Figure("Parameters", parameters)
    yield Figure("FLOPs per sample", flops)


def _flops(flops: int, estimated: bool) -> str:
    return ("≈ " if estimated else "") + short_number(flops)


def state_of(trial: MergeTrial) -> str:
    """How the branches fit: a key of `STATES`."""
    if trial.result is None:
        return "no"
    return "yes" if trial.fits else "fitted"


def _notes(trial: MergeTrial) -> Iterator[str]:
    """Why the branches do not fit as they are, and which layers are added so that they do."""
    result = trial.result
    if trial.why is not None:
        fix = f" {trial.why.fix}" if result is None else ""
        yield coded(f"{trial.why.rule} Received `{trial.why.received}`.{fix}")
    if result is not None and result.adapters:
        count = plural(len(result.adapters), "layer")
        reasons = escape(" ".join(dict.fromkeys(node.reason for node in result.adapters)))
        yield (
            f"<b>“Use this” adds {count} with {result.fitting.parameters:,} parameters.</b> "
            f"{reasons}"
        )
    if result is not None and result.pooled:
        title = escape(result.architecture.merges[-1].then.title)
        yield f"<b>“Use this” adds {title} after it</b>, because its readers need a vector."
