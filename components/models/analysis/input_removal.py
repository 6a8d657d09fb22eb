"""Architecture without some of its inputs, otherwise as unchanged as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from components.base.errors import SpecError
from components.base.text import join_names, plural
from components.base.workers.needs_keras import needs_keras
from components.models.analysis.model_view import built_view
from components.models.analysis.trials import KEPT, POOLING, end_shapes
from components.models.architecture.architecture import TRUNK, Architecture, Trunk
from components.models.encoders import ENCODERS
from components.models.encoders.passthrough import Passthrough
from components.models.encoders.shared import Shared
from components.models.heads.base import Head
from components.models.inputs.base import Input, Shape
from components.models.merges.average import Average
from components.models.merges.base import Merge

Parts = dict[str, Merge]


@lru_cache(maxsize=KEPT)
@needs_keras
def without_input(architecture: Architecture, *names: str) -> Architecture:
    """Return the architecture without the data of inputs, and without all that only reads it.

    Branches that read the data of a removed one are removed, too. An encoder that others share
    becomes that of the first of them. A merge with one source left passes it on, pooled if its
    output was a vector before; a comparison is removed if its reader has other sources. Heads that
    read nothing else are removed. Raises `SpecError` if no such model can be built.
    """
    inputs = _inputs(architecture, names)
    merges = _merges(architecture, {branch.name for branch in inputs})
    heads = _heads(architecture, names, merges, {branch.name for branch in inputs})
    on_trunk = any(head.source == TRUNK for head in heads)
    left = Architecture(
        name=architecture.name,
        inputs=inputs,
        merges=tuple(merges[m.name] for m in architecture.merges if m.name in merges),
        trunk=architecture.trunk if on_trunk else Trunk(),
        heads=heads,
    )
    built_view(left)
    return left


def _inputs(architecture: Architecture, names: Sequence[str]) -> tuple[Input, ...]:
    """Return the remaining inputs, each with an encoder."""
    gone = {
        branch.name
        for branch in architecture.inputs
        if branch.name in names or branch.reads in names
    }
    left = [branch for branch in architecture.inputs if branch.name not in gone]
    if not left:
        raise SpecError("A model needs at least one input.", "", "Add another input.")
    encoders = {branch.name: branch.encoder for branch in architecture.inputs}
    owners: dict[str, str] = {}
    inputs = []
    for branch in left:
        encoder = branch.encoder
        if isinstance(encoder, Shared) and encoder.branch in gone:
            owner = owners.setdefault(encoder.branch, branch.name)
            own = encoders[encoder.branch]
            encoder = own if owner == branch.name else Shared(branch=owner)
        inputs.append(branch.model_copy(update={"encoder": encoder}))
    return tuple(inputs)


def _merges(architecture: Architecture, known: set[str]) -> Parts:
    """Return the merges with the remaining sources, by name."""
    shapes, merges, weak = end_shapes(architecture), Parts(), set[str]()
    for _, merge in architecture.ordered_merges():
        left = [source for source in merge.sources if source in known]
        sources = [source for source in left if source not in weak] or left
        if sources:
            merges[merge.name] = _with_sources(merge, tuple(sources), shapes)
            known.add(merge.name)
        if len(sources) == 1 and "comparison" in merge.traits:
            weak.add(merge.name)
    return _read(architecture, merges)


def _with_sources(merge: Merge, sources: tuple[str, ...], shapes: Mapping[str, Shape]) -> Merge:
    """Return a merge of fewer sources. The average of one source with itself is that source."""
    contract = type(merge).contract
    if sources == merge.sources or len(sources) >= (len(contract.roles) or 2):
        return merge.model_copy(update={"sources": sources})
    if len(sources) > 1:
        raise SpecError(
            f"`{merge.name}` needs {contract}.",
            plural(len(sources), "source"),
            "Choose a strategy that joins fewer sources.",
        )
    then, (source,) = merge.then, sources
    vector = len(shapes.get(merge.name, ())) == 1
    if then == Passthrough() and vector and len(shapes.get(source, ())) > 1:
        then = ENCODERS[POOLING]()
    return Average(name=merge.name, sources=(source, source), then=then)


def _read(architecture: Architecture, merges: Parts) -> Parts:
    """Return the merges that have readers: comparisons of one source may have lost theirs."""
    source = architecture.trunk_source
    ends = {source if head.source == TRUNK else head.source for head in architecture.heads}
    read = ends.union(*(merge.sources for merge in merges.values()))
    return {name: merge for name, merge in merges.items() if name in read}


def _heads(
    architecture: Architecture, names: Sequence[str], merges: Parts, inputs: set[str]
) -> tuple[Head, ...]:
    """Return the heads that still have a source, with a dense layer if only that is left."""
    before = {merge.name: type(merge) for merge in architecture.merges}
    heads = []
    for head in architecture.heads:
        source = architecture.trunk_source if head.source == TRUNK else head.source
        merge = merges.get(source or "")
        if merge is not None or source in inputs:
            passed_on = merge is not None and type(merge) is not before[merge.name]
            heads.append(head.model_copy(update={"dense": head.dense or passed_on}))
    if not heads:
        raise SpecError(
            "A head can't read only the input that is left out.",
            f"only {join_names(names)}",
            "Let a head read a merge of several inputs.",
        )
    return tuple(heads)
