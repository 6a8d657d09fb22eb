"""Inputs that stand for what the last merge reads, so that it can be tried alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from components.analysis.sketches import KEPT, end_node, unchecked
from components.core.errors import SpecError
from components.core.graph import Graph, Group, Node
from components.encoders.passthrough import Passthrough
from components.inputs.base import Input, Shape
from components.merges import MERGES
from components.merges.base import Contract, Merge
from components.model.builder import sketch
from components.model.checks import TRUNK
from components.model.spec import Architecture


class _EndInput(Input):
    """Stands for a branch or a merge with the same output shape."""

    title = "End"
    form = "vector"

    axes: Shape
    masked: bool

    @property
    def shape(self) -> Shape:
        return self.axes

    @property
    def padded(self) -> bool:
        return self.masked


@dataclass(frozen=True)
class MergeSource:
    """The last layer of a source, its group, and whether it may contain padding."""

    node: Node
    group: Group
    masked: bool


def merge_sources(spec: Architecture) -> Mapping[str, MergeSource]:
    """The sources of the last merge. Raises `SpecError` if one can't be built."""
    *before, last = spec.merges
    names = tuple(dict.fromkeys(last.sources))
    sources, error = _ends_before(spec.inputs, tuple(before), names)
    if error is not None and set(names) - set(sources):
        raise error
    return sources


@lru_cache(maxsize=KEPT)
def _ends_before(
    inputs: tuple[Input, ...], merges: tuple[Merge, ...], names: tuple[str, ...]
) -> tuple[Mapping[str, MergeSource], SpecError | None]:
    """The last layers of branches and merges that can be built, and the first error.

    Each is merged with itself: the merge masks it first if it may contain padding.
    """
    probe = next(c for _, c in MERGES.items() if c.contract == Contract() and not c.uses_masks)
    probes = {f"probe-{n}": name for n, name in enumerate(names)}
    self_merges = [
        probe.model_construct(name=p, sources=(name, name)) for p, name in probes.items()
    ]
    drawn = sketch(unchecked(inputs, (*merges, *self_merges)))
    sources: dict[str, MergeSource] = {}
    for name_of_probe, name in probes.items():
        end = end_node(drawn.graph, name)
        masked = any(node.hidden == "bypass" for node in drawn.graph.members(name_of_probe))
        if end.state == "built":
            sources[name] = MergeSource(end, drawn.graph.group(name), masked)
    return sources, next(iter(drawn.errors), None)


def merge_on_ends(spec: Architecture, sources: Mapping[str, MergeSource]) -> Architecture:
    """The last merge on stand-ins instead of branches, with the heads that read it."""
    merge = spec.merges[-1]
    inputs = tuple(
        _EndInput.model_construct(
            name=name, encoder=Passthrough(), axes=source.node.shape, masked=source.masked
        )
        for name, source in sources.items()
    )
    heads = tuple(head for head in spec.heads if head.source in (merge.name, TRUNK))
    return unchecked(inputs, (merge,), spec.trunk, heads)


def with_sources(graph: Graph, sources: Mapping[str, MergeSource]) -> Graph:
    """The graph of a merge on stand-ins, with the layers they stand for."""
    ids = {name: source.node.id for name, source in sources.items()}
    fed = [replace(source.node, sources=(), shares=None) for source in sources.values()]
    own = [
        replace(node, sources=tuple(ids.get(source, source) for source in node.sources))
        for node in graph.nodes
        if node.id not in sources
    ]
    groups = [replace(source.group, note="") for source in sources.values()]
    rest = [group for group in graph.groups if group.id not in sources]
    return Graph(graph.name, (*fed, *own), (*groups, *rest))


def error_in_whole(error: SpecError, alone: Architecture, spec: Architecture) -> SpecError:
    """An error of a merge tried alone, located in the whole architecture."""
    part, *below = error.where
    if part == "merges":
        below[0] = len(spec.merges) - 1
    elif part == "heads":
        below[0] = spec.heads.index(alone.heads[int(below[0])])
    where = (part, *below)
    return type(error)(error.rule, error.received, error.fix, where, error.culprits)
