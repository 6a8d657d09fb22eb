"""An entry of a race fitted into an architecture: a strategy in the place of one merge, or a model
that is no strategy. Used by the Strategies page, races and class rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from components.base.errors import SpecError, suggest
from components.base.workers.needs_keras import needs_keras, side_by_side
from components.experiments.races.entries import StrategyEntry
from components.experiments.races.widths import WidthLimit, matched
from components.experiments.training.requests import RunRequest
from components.experiments.verdicts.cases.base import Suggestion
from components.models.analysis.model_view import built_view
from components.models.analysis.trials import POOLING, PartView, part_view
from components.models.architecture.architecture import TRUNK, Architecture, free_name
from components.models.architecture.builder import Sketch, sketch
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.encoders.passthrough import Passthrough
from components.models.language.registry import kind_of
from components.models.merges import MERGES
from components.models.merges.base import KINDS, Merge
from sample_data.loading.synthetic import DataSpec

KEPT = 1024
"""Number of cached results, shared by all sessions."""


@dataclass(frozen=True)
class Fitted:
    """Entry built into an architecture, or the reason why it doesn't fit."""

    architecture: Architecture | None
    """Model with the entry; `None` if it doesn't fit."""
    notes: tuple[str, ...] = ()
    """Changes that make it fit, a sentence each."""
    why: SpecError | None = None
    """Reason why it doesn't fit, or needs layers that fit its sources."""
    part: PartView | None = None
    """Strategy without layers after it; `None` for a model that stays unchanged."""
    pooled: bool = False
    """`True` if the strategy's output is pooled to a vector, so that it can be read."""
    limit: WidthLimit = ""
    """Reason why widths can't bring its parameters nearer to the target."""

    @property
    def as_is(self) -> bool:
        """`True` if it accepts the branches without layers that fit them."""
        return self.architecture is not None and self.why is None


def eligible(architecture: Architecture, merge: str = "") -> dict[str, Fitted]:
    """Fit every strategy in the place of a merge, the last by default; return them by kind.

    Raises `SpecError` for an unknown merge.
    """
    entries = [StrategyEntry(kind=kind) for kind in MERGES]
    fits = side_by_side(lambda entry: fit_entry(architecture, entry, merge), entries)
    return dict(zip(MERGES, fits, strict=True))


def fit_entry(
    architecture: Architecture,
    entry: StrategyEntry,
    merge: str = "",
    target: int | None = None,
    comparable: bool = True,
) -> Fitted:
    """Fit an entry into an architecture; a strategy takes the place of a merge.

    The first variant that can be built counts: with the merge's own fit policy, then with the
    branches fitted to the smallest; each time unchanged, then with pooling after it. A strategy
    keeps the fields it shares with the merge, unless the entry sets them.

    With `comparable`, heads read all strategies alike, except the model's own one, which stays as
    it is. Heads read any other through one dense layer. A strategy that produces logits, such as a
    late sum, is read without that layer by a lone head and gets the head's number of outputs, so
    that it stays a late strategy. Without `comparable`, heads stay unchanged. With a `target`,
    widths are changed at the end so that the model has about that number of parameters. Raises
    `SpecError` for an unknown merge.
    """
    fit = _fitted(architecture, entry, merge, comparable)
    if target is None or fit.architecture is None:
        return fit
    own = {*entry.fields, *(f"then.{name}" for name in entry.fields.get("then", {}))}
    name = replaced_name(architecture, merge)
    spec, limit = matched(fit.architecture, name, target, frozenset(own))
    return replace(fit, architecture=spec, limit=limit)


@lru_cache(maxsize=KEPT)
@needs_keras
def _fitted(
    architecture: Architecture, entry: StrategyEntry, merge: str, comparable: bool
) -> Fitted:
    name = replaced_name(architecture, merge) if entry.is_strategy else ""
    try:
        if (model := entry.model_of(architecture)) is not None:
            built_view(model)
            return Fitted(model)
        old = next((item for item in architecture.merges if item.name == name), None)
        if not comparable:
            return _with_strategy(architecture, entry, name)
        if old is not None and kind_of(type(old)) == entry.kind and not entry.fields:
            built_view(architecture)
            return Fitted(architecture)
        placed = _with_strategy(_with_dense(architecture, name), entry, name)
        if placed.architecture is None:
            return placed
        spec, note = _pass_logits(placed.architecture, name, entry)
        built_view(spec)
        return replace(placed, architecture=spec, notes=(*placed.notes, *note))
    except SpecError as error:
        return Fitted(None, why=error)


def _with_strategy(architecture: Architecture, entry: StrategyEntry, name: str) -> Fitted:
    """Put the strategy in the place of a merge; heads stay unchanged."""
    own = next((merge.fit for merge in architecture.merges if merge.name == name), "refuse")
    why: SpecError | None = None
    for fit in dict.fromkeys((own, "smallest")):
        tried = _attempt(architecture, entry, name, fit)
        if isinstance(tried, Fitted):
            if tried.part and tried.part.adapters and own != "refuse":
                unfitted = _attempt(architecture, entry, name, "refuse")
                why = unfitted if isinstance(unfitted, SpecError) else None
            return replace(tried, why=why)
        why = tried
    return Fitted(None, why=why)


def replaced_name(architecture: Architecture, merge: str = "") -> str:
    """Return the name of the replaced merge, the last by default; without merges, a new one.

    Raises `SpecError` for an unknown merge.
    """
    names = [item.name for item in architecture.merges]
    if merge and merge not in names:
        raise SpecError("The model has no merge of this name.", merge, suggest(merge, names))
    return merge or (names[-1] if names else free_name(architecture, "fusion"))


def _attempt(
    architecture: Architecture, entry: StrategyEntry, name: str, fit: str
) -> Fitted | SpecError:
    """Return the strategy with a fit policy, or the error of the strategy or of its readers."""
    candidate = _with_merge(architecture, entry.kind, name, {"fit": fit, **entry.fields})
    index = [merge.name for merge in candidate.merges].index(name)
    bare = _with_layers_after(candidate, name, Passthrough())
    drawn = sketch(bare)
    if any(node.state != "built" for node in drawn.graph.members(name)):
        own = (error for error in drawn.errors if error.where[:2] == ("merges", index))
        return next(own, drawn.errors[0])
    part = part_view(drawn.graph, name)
    notes = tuple(node.reason for node in part.adapters)
    unread = _reader_error(candidate, name, drawn if candidate == bare else sketch(candidate))
    if unread is None:
        return Fitted(candidate, notes, part=part)
    if "then" not in entry.fields and KINDS[len(part.shape)] in ENCODERS[POOLING].takes:
        pooled = _with_layers_after(candidate, name, ENCODERS[POOLING]())
        if _reader_error(pooled, name, sketch(pooled)) is None:
            notes += (f"The output of {MERGES[entry.kind].title} is pooled to a vector.",)
            return Fitted(pooled, notes, part=part, pooled=True)
    return unread


def _with_merge(
    architecture: Architecture, kind: str, name: str, fields: Mapping[str, Any]
) -> Architecture:
    """Replace a merge by another strategy; without merges, add one that reads all branches.

    Fields that both strategies have keep valid values, unless `fields` sets them.
    """
    concept = MERGES[kind]
    if architecture.merges:
        merges = tuple(
            _converted(concept, old, fields) if old.name == name else old
            for old in architecture.merges
        )
        return architecture.model_copy(update={"merges": merges})
    sources = [input_.name for input_ in architecture.inputs]
    merge = concept.model_validate({"name": name, "sources": sources, **fields})
    source = TRUNK if architecture.trunk.depth else name
    heads = tuple(head.model_copy(update={"source": source}) for head in architecture.heads)
    return architecture.model_copy(update={"heads": heads, "merges": (merge,)})


def _converted(concept: type[Merge], old: Merge, fields: Mapping[str, Any]) -> Merge:
    shared = (concept.model_fields.keys() & type(old).model_fields.keys()) - {"kind"}
    values = {**{name: getattr(old, name) for name in shared}, **fields}
    try:
        return concept.model_validate(values)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors()}
        return concept.model_validate({k: v for k, v in values.items() if k not in wrong})


def _reader_error(architecture: Architecture, name: str, drawn: Sketch) -> SpecError | None:
    """Return the error of the layers after a merge or of its readers; `None` if there is none."""
    readers = [
        ("merges", index)
        for index, merge in enumerate(architecture.merges)
        if name in (merge.name, *merge.sources)
    ]
    read_as = {name, TRUNK} if architecture.trunk_source == name else {name}
    for error in drawn.errors:
        if error.where[:2] in readers or read_as & set(error.culprits):
            return error
    return None


def _with_layers_after(architecture: Architecture, name: str, encoder: Encoder) -> Architecture:
    merges = tuple(
        merge.model_copy(update={"then": encoder}) if merge.name == name else merge
        for merge in architecture.merges
    )
    return architecture.model_copy(update={"merges": merges})


def _with_dense(architecture: Architecture, name: str) -> Architecture:
    """Return the architecture with a dense layer of its own between the merge and each head."""
    heads = tuple(
        head.model_copy(update={"dense": True}) if architecture.reads(head.source) == name else head
        for head in architecture.heads
    )
    return architecture.model_copy(update={"heads": heads})


def _pass_logits(
    architecture: Architecture, name: str, entry: StrategyEntry
) -> tuple[Architecture, tuple[str, ...]]:
    """Let a lone head read the logits of a late strategy directly; return a note on it, too."""
    merge = next(item for item in architecture.merges if item.name == name)
    if "late" not in merge.traits or "outputs" not in type(merge).model_fields:
        return architecture, ()
    heads = [head for head in architecture.heads if architecture.reads(head.source) == name]
    read = any(name in other.sources for other in architecture.merges)
    below = architecture.trunk.depth and name == architecture.trunk_source
    if len(heads) != 1 or read or below or merge.then != Passthrough():
        count = getattr(merge, "outputs", 0)
        return architecture, (
            f"It gives {count} numbers to the layers after it, not logits to a head.",
        )
    (head,) = heads
    outputs = int(entry.fields.get("outputs", head.width))
    if outputs != head.width:
        return architecture, (f"It gives {outputs} numbers to a dense layer of `{head.name}`.",)
    logits = merge.model_copy(update={"outputs": outputs})
    merges = tuple(logits if item == merge else item for item in architecture.merges)
    bare = head.model_copy(update={"dense": False})
    kept = tuple(bare if other == head else other for other in architecture.heads)
    architecture = architecture.model_copy(update={"merges": merges, "heads": kept})
    return architecture, (
        f"It gives the logits of `{head.name}` itself, without a dense layer after it.",
    )


def with_suggestion(request: RunRequest, suggested: Suggestion) -> RunRequest:
    """Return a request with a suggested change alone. Raises `SpecError` if it can't be built."""
    changes: dict[str, object] = {
        "settings": request.settings.model_copy(update=suggested.settings)
    }
    if suggested.samples is not None:
        assert isinstance(request.data, DataSpec)
        changes["data"] = request.data.model_copy(update={"samples": suggested.samples})
    if suggested.strategy:
        entry = StrategyEntry(kind=suggested.strategy)
        fit = fit_entry(request.architecture, entry, comparable=False)
        if fit.architecture is None:
            assert fit.why is not None
            raise fit.why
        changes["architecture"] = fit.architecture
    return request.model_copy(update=changes)
