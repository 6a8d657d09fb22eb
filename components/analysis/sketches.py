"""Small architectures and parts of graphs that trials are made of."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from components.core.graph import Graph, Node
from components.encoders.base import Form
from components.heads import HEADS
from components.heads.base import Head
from components.inputs import INPUTS
from components.inputs.base import Input
from components.merges.base import Merge
from components.model.spec import Architecture, Trunk

KEPT = 1024
"""Number of cached trials, shared by all sessions."""
NO_TRUNK = Trunk()


def end_node(graph: Graph, group: str) -> Node:
    """The layer whose output other parts read."""
    return [node for node in graph.members(group) if node.hidden != "mask"][-1]


def partial_graph(graph: Graph, groups: Sequence[str]) -> Graph:
    """Some groups of a graph, and the layers they read, without what is before these."""
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


def default_input(form: Form, name: str) -> Input:
    """An input of a form with default settings."""
    concept = next(concept for _, concept in INPUTS.items() if concept.form == form)
    return concept.model_validate({"name": name})


def with_heads(inputs: Sequence[Input]) -> Architecture:
    """An architecture with one head for each input, of the first kind."""
    _, head = HEADS.items()[0]
    sources = [input_.name for input_ in inputs]
    labels = (name for n in itertools.count() if (name := f"y{n}") not in sources)
    heads = [
        head.model_validate({"name": label, "source": source})
        for source, label in zip(sources, labels, strict=False)
    ]
    return Architecture(inputs=tuple(inputs), heads=tuple(heads))


def unchecked(
    inputs: tuple[Input, ...],
    merges: tuple[Merge, ...],
    trunk: Trunk = NO_TRUNK,
    heads: tuple[Head, ...] = (),
) -> Architecture:
    """An architecture without checks, only for drawing."""
    return Architecture.model_construct(
        name="model", inputs=inputs, merges=merges, trunk=trunk, heads=heads
    )
