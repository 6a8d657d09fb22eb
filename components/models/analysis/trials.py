"""Encoders tried on an architecture, and views of its parts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from components.base.errors import SpecError
from components.base.workers.needs_keras import needs_keras
from components.models.analysis.reference import forms
from components.models.architecture.architecture import Architecture, signature
from components.models.architecture.builder import sketch
from components.models.architecture.costs import Cost, costs_of
from components.models.encoders import ENCODERS
from components.models.encoders.base import Form
from components.models.encoders.shared import Shared
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.inputs.base import Input, Shape, default_encoder
from components.models.language.graph import Graph, Node
from components.models.merges import MERGES
from components.models.merges.base import KINDS

KEPT = 1024
"""Number of cached trials, shared by all sessions."""
POOLING = "pooling"
"""Encoder that turns the output of a merge into a vector for a head."""


@dataclass(frozen=True)
class PartView:
    """Merge of a model without the layers after it. Shapes and costs are of one sample."""

    graph: Graph
    """Layers of the merge, and the last layer of each source."""
    shape: Shape
    own: Cost
    """Costs of the merge's own layers."""
    adapters: tuple[Node, ...]
    """Layers that fit the sources."""
    fitting: Cost
    """Costs of the layers that fit the sources."""
    estimated: bool
    """`True` if FLOPs assume a number of steps for an open length."""


@dataclass(frozen=True)
class EncoderTrial:
    """Encoder with default settings on an input, for one sample, or its error."""

    input: Input
    graph: Graph
    shape: Shape = ()
    cost: Cost = field(default_factory=Cost)
    estimated: bool = False
    error: SpecError | None = None


@lru_cache(maxsize=KEPT)
@needs_keras
def example_part(kind: str) -> PartView:
    """Return the view of the merge in `example_merge`."""
    return part_view(sketch(example_merge(kind)).graph, "fusion")


def example_merge(kind: str) -> Architecture:
    """Return an architecture of the strategy on default inputs that it accepts, named h1, h2 …"""
    contract = MERGES[kind].contract
    count = len(contract.roles) or 2
    accepted = [KINDS[_typical_rank(contract.ranks_of(position))] for position in range(count)]
    inputs = [_default_input(form, f"h{position}") for position, form in enumerate(accepted, 1)]
    sources = [input_.name for input_ in inputs]
    merge = MERGES[kind].model_validate({"name": "fusion", "sources": sources, "fit": "smallest"})
    apart = _with_heads(inputs)
    heads = tuple(head.model_copy(update={"source": "fusion"}) for head in apart.heads)
    return apart.model_copy(update={"heads": heads, "merges": (merge,)})


def part_view(graph: Graph, name: str) -> PartView:
    """Return the view of a merge without layers after it."""
    spent, part = costs_of(graph), _part_of(graph, [name])
    members = graph.members(name)
    adapters = tuple(node for node in members if node.reason and not node.hidden)
    own = [node for node in members if node not in adapters]
    return PartView(
        part,
        _end_node(graph, name).shape,
        sum((spent.nodes[node.id] for node in own), Cost()),
        adapters,
        sum((spent.nodes[node.id] for node in adapters), Cost()),
        any(None in node.shape for node in part.nodes),
    )


@lru_cache(maxsize=KEPT)
@needs_keras
def end_shapes(architecture: Architecture) -> Mapping[str, Shape]:
    """Return the output shape of each branch and merge that can be built, by name."""
    graph = sketch(architecture).graph
    names = [*(i.name for i in architecture.inputs), *(m.name for m in architecture.merges)]
    last = {name: _end_node(graph, name) for name in names}
    return {name: node.shape for name, node in last.items() if node.state == "built"}


def readable_inputs(architecture: Architecture, kind: str) -> tuple[str, ...]:
    """Return the names of the inputs that an encoder can read in this architecture."""
    concept = ENCODERS[kind]
    return tuple(
        input_.name
        for input_ in architecture.inputs
        if input_.form in concept.takes
        and (concept is not Shared or _can_borrow(architecture, input_))
    )


def example_input(architecture: Architecture, kind: str) -> tuple[Input, int | None]:
    """Return the first input that an encoder can read, and its position; else a default input."""
    takes = ENCODERS[kind].takes
    for position, input_ in enumerate(architecture.inputs):
        if input_.form in takes:
            return input_, position
    return _default_input(next(form for form in forms() if form in takes), "input"), None


@lru_cache(maxsize=KEPT)
@needs_keras
def try_encoder(input_: Input, kind: str, hue: int = 0) -> EncoderTrial:
    """Return the encoder with default settings on an input.

    A shared encoder gets a copy of the input to share with.
    """
    concept = ENCODERS[kind]
    other = f"other_{input_.name}"[:40]
    encoder = Shared(branch=other) if concept is Shared else concept()
    inputs = [input_.model_copy(update={"encoder": encoder, "reads": ""})]
    if concept is Shared:
        own = default_encoder(input_.form)
        inputs.append(inputs[0].model_copy(update={"name": other, "encoder": own}))
    drawn = sketch(_with_heads(inputs))
    graph = _part_of(drawn.graph, [item.name for item in inputs])
    graph = replace(graph, groups=tuple(replace(g, hue=g.hue + hue) for g in graph.groups))
    if any(node.state != "built" for node in drawn.graph.members(input_.name)):
        return EncoderTrial(input_, graph, error=drawn.errors[0])
    spent, end = costs_of(drawn.graph), _end_node(drawn.graph, input_.name)
    return EncoderTrial(input_, graph, end.shape, spent.groups[input_.name], spent.estimated)


def _end_node(graph: Graph, group: str) -> Node:
    """Return the layer whose output other parts read."""
    return [node for node in graph.members(group) if node.hidden != "mask"][-1]


def _part_of(graph: Graph, groups: Sequence[str]) -> Graph:
    """Return some groups of a graph, and the layers that they read as its first layers."""
    drawn = graph.drawn()
    inner = {node.id for node in drawn.nodes if node.group in groups}
    fed = {source for node in drawn.nodes if node.id in inner for source in node.sources} - inner
    nodes = tuple(
        replace(node, sources=(), shares=None) if node.id in fed else node
        for node in drawn.nodes
        if node.id in inner | fed
    )
    seen = {node.group for node in nodes}
    kept = tuple(replace(group, note="") for group in drawn.groups if group.id in seen)
    return Graph(graph.name, nodes, kept)


def _default_input(form: Form, name: str) -> Input:
    """Return an input of a form with default settings."""
    concept = next(concept for _, concept in INPUTS.items() if concept.form == form)
    return concept.model_validate({"name": name})


def _with_heads(inputs: Sequence[Input]) -> Architecture:
    """Return an architecture with one head for each input, of the first kind."""
    _, head = HEADS.items()[0]
    sources = [input_.name for input_ in inputs]
    labels = (name for n in itertools.count() if (name := f"y{n}") not in sources)
    heads = [
        head.model_validate({"name": label, "source": source})
        for source, label in zip(sources, labels, strict=False)
    ]
    return Architecture(inputs=tuple(inputs), heads=tuple(heads))


def _typical_rank(ranks: Sequence[int]) -> int:
    """Return the rank for an example of a merge: its highest, or 1 (vectors) if it takes all."""
    return 1 if len(ranks) == len(KINDS) else max(ranks)


def _can_borrow(architecture: Architecture, input_: Input) -> bool:
    """Return `True` if another input of its form and shape has an encoder that it could share."""
    others = [other for other in architecture.inputs if other.name != input_.name]
    alike = [other for other in others if signature(other) == signature(input_)]
    lent = [other.encoder.branch for other in others if isinstance(other.encoder, Shared)]
    return any(not isinstance(o.encoder, Shared) for o in alike) and input_.name not in lent
