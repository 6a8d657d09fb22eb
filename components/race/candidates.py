"""A strategy in the place of one merge of an architecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from components.analysis import trials
from components.analysis.model_view import built_view
from components.core.errors import SpecError, suggest
from components.core.needs_keras import needs_keras, side_by_side
from components.core.registry import kind_of
from components.encoders.passthrough import Passthrough
from components.merges import MERGES
from components.model.spec import Architecture
from components.race.entries import StrategyEntry

KEPT = 1024
"""The number of cached candidates, shared by all sessions."""


@dataclass(frozen=True)
class Candidate:
    """An entry built into an architecture, or the reason why it doesn't fit.

    `notes` say what was done to make it fit, a sentence each.
    """

    entry: StrategyEntry
    architecture: Architecture | None
    why: SpecError | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """The parameters of an architecture, and its FLOPs per sample."""

    parameters: int
    flops: int


def eligible(
    architecture: Architecture, kinds: Sequence[str] | None = None, merge: str = ""
) -> dict[str, Candidate]:
    """Each strategy by kind, all of them by default, in the place of a merge, the last by default.

    Raises `SpecError` for a merge that is not there.
    """
    tried = tuple(MERGES if kinds is None else kinds)
    entries = [StrategyEntry(kind=kind) for kind in tried]
    candidates = side_by_side(lambda entry: candidate(architecture, entry, merge), entries)
    return dict(zip(tried, candidates, strict=True))


@lru_cache(maxsize=KEPT)
@needs_keras
def candidate(architecture: Architecture, entry: StrategyEntry, merge: str = "") -> Candidate:
    """The entry in the place of a merge, fitted to the branches as the Strategies page does.

    The strategy that is there already stays as it is built. Any other keeps the fields it shares
    with it, and is read by heads through one dense layer; one that gives logits, such as a late
    sum, gives a lone head as many as it wants and is read without such a layer, so that it is what
    it says. Raises `SpecError` for a merge that is not there.
    """
    name = replaced_name(architecture, merge)
    old = next((item for item in architecture.merges if item.name == name), None)
    try:
        if old is not None and kind_of(type(old)) == entry.kind and not entry.fields:
            built_view(architecture)
            return Candidate(entry, architecture)
        trial = trials.merge_trial(_with_dense(architecture, name), entry.kind, name, entry.fields)
        if trial.result is None:
            return Candidate(entry, None, trial.why)
        spec, note = _read(trial.result.architecture, name, entry)
        built_view(spec)
    except SpecError as error:
        return Candidate(entry, None, error)
    notes = [node.reason for node in trial.result.adapters]
    if trial.result.pooled:
        notes.append(f"The output of {MERGES[entry.kind].title} is pooled to a vector.")
    return Candidate(entry, spec, None, (*notes, *note))


@lru_cache(maxsize=KEPT)
def size(architecture: Architecture) -> Size:
    """Parameters and FLOPs. Raises `SpecError` if it can't be built."""
    total = built_view(architecture).costs.total
    return Size(total.parameters, total.flops)


def replaced_name(architecture: Architecture, merge: str = "") -> str:
    """The name of the replaced merge, the last by default; without merges, that of the new one.

    Raises `SpecError` for a merge that is not there.
    """
    names = [item.name for item in architecture.merges]
    if merge and merge not in names:
        raise SpecError(
            "The replaced merge must be one of the architecture.", merge, suggest(merge, names)
        )
    return merge or trials.merged_name(architecture)


def _with_dense(architecture: Architecture, name: str) -> Architecture:
    """The architecture whose heads read the merge through a dense layer of their own."""
    heads = tuple(
        head.model_copy(update={"dense": True}) if architecture.reads(head.source) == name else head
        for head in architecture.heads
    )
    return architecture.model_copy(update={"heads": heads})


def _read(
    spec: Architecture, name: str, entry: StrategyEntry
) -> tuple[Architecture, tuple[str, ...]]:
    """How heads read a strategy that gives logits: as they are, if a single head reads it."""
    merge = next(item for item in spec.merges if item.name == name)
    if "late" not in merge.traits or "outputs" not in type(merge).model_fields:
        return spec, ()
    heads = [head for head in spec.heads if spec.reads(head.source) == name]
    read = any(name in other.sources for other in spec.merges)
    below = spec.trunk.depth and name == spec.trunk_source
    if len(heads) != 1 or read or below or merge.then != Passthrough():
        count = getattr(merge, "outputs", 0)
        return spec, (f"It gives {count} numbers to the layers after it, not logits to a head.",)
    (head,) = heads
    outputs = int(entry.fields.get("outputs", head.width))
    if outputs != head.width:
        return spec, (f"It gives {outputs} numbers to a dense layer of `{head.name}`.",)
    logits = merge.model_copy(update={"outputs": outputs})
    merges = tuple(logits if item == merge else item for item in spec.merges)
    bare = head.model_copy(update={"dense": False})
    kept = tuple(bare if other == head else other for other in spec.heads)
    spec = spec.model_copy(update={"merges": merges, "heads": kept})
    return spec, (f"It gives the logits of `{head.name}` itself, without a dense layer after it.",)
