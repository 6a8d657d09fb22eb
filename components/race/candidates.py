"""A strategy in the place of one merge of an architecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from components.analysis import trials
from components.analysis.model_view import built_view
from components.core.errors import SpecError, suggest
from components.core.graph import Graph
from components.core.needs_keras import needs_keras, side_by_side
from components.core.registry import kind_of
from components.core.text import plural
from components.encoders.passthrough import Passthrough
from components.merges import MERGES
from components.merges.base import Merge
from components.model.checks import TRUNK
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
    it says. Fields that neither has are at their defaults, so that stored races keep their meaning.
    Raises `SpecError` for a merge that is not there.
    """
    index = _merge_index(architecture, merge)
    try:
        if index is not None and not entry.fields:
            old = architecture.merges[index]
            if kind_of(type(old)) == entry.kind:
                built_view(architecture)
                return Candidate(entry, architecture)
        return _put(architecture, entry, index)
    except SpecError as error:
        return Candidate(entry, None, error)


@lru_cache(maxsize=KEPT)
def size(architecture: Architecture) -> Size:
    """Parameters and FLOPs. Raises `SpecError` if it can't be built."""
    total = built_view(architecture).costs.total
    return Size(total.parameters, total.flops)


def graph(architecture: Architecture) -> Graph:
    """The layers. Raises `SpecError` if it can't be built."""
    return built_view(architecture).graph


def replaced_name(architecture: Architecture, merge: str = "") -> str:
    """The name of the replaced merge; without merges, that of the new one.

    Raises `SpecError` for a merge that is not there.
    """
    index = _merge_index(architecture, merge)
    if index is not None:
        return architecture.merges[index].name
    return trials.with_merge(architecture, next(iter(MERGES)), "refuse").merges[-1].name


def layers_after(architecture: Architecture, merge: str = "") -> tuple[str, ...]:
    """The layers after the merge: `2 Dense layers`, `a trunk of 1 layer`; empty without any."""
    index, trunk = _merge_index(architecture, merge), architecture.trunk.depth
    then = None if index is None else architecture.merges[index].then
    own = [f"{plural(then.depth, f'{then.title} layer')}"] if then and then.depth else []
    return (*own, *([f"a trunk of {plural(trunk, 'layer')}"] if trunk else []))


def _merge_index(architecture: Architecture, merge: str) -> int | None:
    """The index of a merge by its name, of the last for an empty name; `None` without merges."""
    names = [item.name for item in architecture.merges]
    if not merge:
        return len(names) - 1 if names else None
    if merge not in names:
        raise SpecError(
            "The replaced merge must be one of the architecture.", merge, suggest(merge, names)
        )
    return names.index(merge)


def _put(architecture: Architecture, entry: StrategyEntry, index: int | None) -> Candidate:
    name = "" if index is None else architecture.merges[index].name
    read = _with_dense(architecture, name)
    trial = trials.try_merge(_as_last(read, index), entry.kind)
    if trial.result is None:
        return Candidate(entry, None, trial.why)
    tried = trial.result.architecture
    merge, notes = tried.merges[-1], [node.reason for node in trial.result.adapters]
    if trial.result.pooled:
        notes.append(f"The output of {merge.title} is pooled to a vector.")
    spec = tried if index is None else read
    old = frozenset[str]() if index is None else frozenset(type(read.merges[index]).model_fields)
    merge = _own(merge, entry, old)
    spec, note = _read(_with(spec, merge), merge, entry)
    built_view(spec)
    return Candidate(entry, spec, None, (*notes, *note))


def _own(merge: Merge, entry: StrategyEntry, old: frozenset[str]) -> Merge:
    """The merge with the entry's own fields, and those that the old merge had."""
    fields = type(merge).model_fields
    values = {name: getattr(merge, name) for name in fields}
    new = trials.starts(type(merge)).keys() - old
    defaults = {name: fields[name].default for name in new}
    return type(merge).model_validate({**values, **defaults, **entry.fields})


def _read(
    spec: Architecture, merge: Merge, entry: StrategyEntry
) -> tuple[Architecture, tuple[str, ...]]:
    """How heads read a strategy that gives logits: as they are, if a single head reads it."""
    if "late" not in merge.traits or "outputs" not in type(merge).model_fields:
        return spec, ()
    heads = [head for head in spec.heads if spec.reads(head.source) == merge.name]
    read = any(merge.name in other.sources for other in spec.merges)
    below = spec.trunk.depth and merge.name == spec.trunk_source
    if len(heads) != 1 or read or below or merge.then != Passthrough():
        count = getattr(merge, "outputs", 0)
        return spec, (f"It gives {count} numbers to the layers after it, not logits to a head.",)
    (head,) = heads
    outputs = int(entry.fields.get("outputs", head.width))
    if outputs != head.width:
        return spec, (f"It gives {outputs} numbers to a dense layer of `{head.name}`.",)
    merge = merge.model_copy(update={"outputs": outputs})
    bare = head.model_copy(update={"dense": False})
    kept = tuple(bare if other == head else other for other in spec.heads)
    spec = _with(spec, merge).model_copy(update={"heads": kept})
    return spec, (f"It gives the logits of `{head.name}` itself, without a dense layer after it.",)


def _with(spec: Architecture, merge: Merge) -> Architecture:
    merges = tuple(merge if old.name == merge.name else old for old in spec.merges)
    return spec.model_copy(update={"merges": merges})


def _with_dense(architecture: Architecture, name: str) -> Architecture:
    """The architecture whose heads read the merge through a dense layer of their own."""
    heads = tuple(
        head.model_copy(update={"dense": True}) if architecture.reads(head.source) == name else head
        for head in architecture.heads
    )
    return architecture.model_copy(update={"heads": heads})


def _as_last(architecture: Architecture, index: int | None) -> Architecture:
    """The architecture with the merge at the end, where trials put strategies in its place.

    A merge that is not the last feeds no trunk; heads that read one are left out.
    """
    if index is None or index == len(architecture.merges) - 1:
        return architecture
    merges = list(architecture.merges)
    merges.append(merges.pop(index))
    heads = tuple(head for head in architecture.heads if head.source != TRUNK)
    return architecture.model_copy(update={"merges": tuple(merges), "heads": heads})


def downstream(architecture: Architecture, name: str) -> frozenset[str]:
    """The names of a part and of all that reads it, trunk and heads included."""
    names = {name}
    for _, merge in architecture.ordered_merges():
        if names & set(merge.sources):
            names.add(merge.name)
    if architecture.trunk_source in names:
        names.add(TRUNK)
    return frozenset(names | {head.name for head in architecture.heads if head.source in names})


def upstream(architecture: Architecture, name: str) -> frozenset[str]:
    """The names of all that a part reads, directly or not."""
    sources = {merge.name: merge.sources for merge in architecture.merges}.get(name, ())
    return frozenset(sources).union(*(upstream(architecture, source) for source in sources))
