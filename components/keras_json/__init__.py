"""A Keras model from elsewhere, read from the JSON of `model.to_json()` as data.

Nothing in the file is made into layers, and no code in it is decoded or run: shapes and weights are
told by rules of our own, and what they cannot tell is unknown, and said to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from components.core.errors import ForeignError
from components.core.graph import Graph, Group, Node
from components.keras_json import blocks, parse
from components.keras_json.blocks import MOST as MOST_BLOCKS
from components.keras_json.blocks import BlockContext
from components.keras_json.parse import MOST_LAYERS
from components.keras_json.text import MEND, MOST_BYTES, clean, data
from components.keras_json.to_graph import drawn, walk
from components.model import costs, flops
from components.model.costs import BYTES, Cost, Costs

__all__ = ["FROM", "MOST_BLOCKS", "MOST_BYTES", "MOST_LAYERS", "Foreign", "read"]

MOST_COST = 2**62
"""Operations or bytes of a whole model that can be counted and shown."""
STUB_PREFIX = "from/"
"""What the ids of nodes begin with that stand for what a part reads."""


@dataclass(frozen=True)
class ImportedModel:
    """A model from elsewhere, or a part of one. Its graph's groups are its blocks."""

    name: str
    kind: str
    keras: str
    """The major version of Keras that wrote the file, or the version it tells."""
    graph: Graph
    inside: BlockContext
    """What is known of its nodes beside the graph."""

    @cached_property
    def costs(self) -> Costs:
        """Parameters, FLOPs and memory; what is unknown counts as nothing."""
        return _costs(self.graph)

    @property
    def unknown(self) -> tuple[Node, ...]:
        """The layers of which something cannot be told."""
        return tuple(node for node in self.graph.nodes if node.unknown)

    @property
    def uncounted(self) -> tuple[Node, ...]:
        """The layers whose parameters cannot be told."""
        return tuple(node for node in self.graph.nodes if "parameters" in node.unknown)

    @property
    def layers(self) -> int:
        """Layers and operations, each once however often it is called."""
        return sum(
            not node.shares and not node.id.startswith(STUB_PREFIX) for node in self.graph.nodes
        )

    def part(self, block: str) -> ImportedModel:
        """A block alone, divided again; what it reads stands in front of it.

        Raises `KeyError` where there is no such block.
        """
        group = next((group for group in self.graph.groups if group.id == block), None)
        if group is None:
            raise KeyError(block)
        inside = self.graph.members(block)
        about = _opened(inside, self.inside)
        return _divided(group.title, self.kind, self.keras, inside, about, self.graph)

    def stretches(self, most: int) -> list[tuple[str, ...]]:
        """Ids of all layers in runs of at most so many, with whole blocks where they fit."""
        runs: list[tuple[str, ...]] = []
        for group in self.graph.groups:
            ids = tuple(
                n.id for n in self.graph.members(group.id) if not n.id.startswith(STUB_PREFIX)
            )
            if runs and len(runs[-1]) + len(ids) <= most:
                runs[-1] += ids
            else:
                runs.extend(ids[start : start + most] for start in range(0, len(ids), most))
        return runs

    def stretch(self, ids: Sequence[str]) -> ImportedModel:
        """Some of its layers alone, in their blocks; what they read stands in front of them."""
        wanted = set(ids)
        nodes = [node for node in self.graph.nodes if node.id in wanted]
        kept, stubs = _cut(nodes, self.graph)
        held = {node.group for node in kept}
        groups = (*map(_before, stubs), *(g for g in self.graph.groups if g.id in held))
        return replace(self, graph=Graph(self.name, (*stubs, *kept), groups))


def read(text: str | bytes, name: str = "") -> ImportedModel:
    """A model of the JSON that `to_json()` of Keras 3 or 2 gives. Raises `ForeignError`.

    `name` is what the file is called; the model's own name is taken where it is empty.
    """
    told = parse.model(data(text))
    walked = walk(told)
    nodes = [drawn(walked, step, "") for step in walked.steps]
    if not nodes:
        raise ForeignError("A model has layers.", f"{told.name} with none", MEND)
    outputs = frozenset(walked.steps[place].id for place in walked.outputs)
    about = BlockContext(
        {step.id: step.path for step in walked.steps},
        _feeds(nodes),
        outputs - {source for node in nodes for source in node.sources},
        {inner: clean(inner.rpartition("/")[2]) for step in walked.steps for inner in step.path},
    )
    found = _divided(clean(name) if name else told.name, told.kind, told.keras, nodes, about, None)
    _count(found)
    return found


def _feeds(nodes: Sequence[Node]) -> dict[str, int]:
    """The inputs that each node depends on, as bits in their order."""
    feeds: dict[str, int] = {}
    inputs = 0
    for node in nodes:
        bits = 0
        for source in node.sources:
            bits |= feeds[source]
        if not node.sources:
            bits = 1 << inputs
            inputs += 1
        feeds[node.id] = bits
    return feeds


def _opened(inside: Sequence[Node], about: BlockContext) -> BlockContext:
    """What is known of a block's nodes, with the inner models open that all of them lie in."""
    paths = [about.paths[node.id] for node in inside]
    depth = 0
    while all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return replace(about, depth=depth, outputs=frozenset())


def _divided(
    name: str,
    kind: str,
    keras: str,
    nodes: Sequence[Node],
    about: BlockContext,
    around: Graph | None,
) -> ImportedModel:
    group_of, groups = blocks.divide(nodes, about)
    placed = [replace(node, group=group_of[node.id]) for node in nodes]
    stubs: list[Node] = []
    if around is not None:
        placed, stubs = _cut(placed, around)
        groups = (*map(_before, stubs), *groups)
    return ImportedModel(name, kind, keras, Graph(name, (*stubs, *placed), groups), about)


def _cut(nodes: Sequence[Node], around: Graph) -> tuple[list[Node], list[Node]]:
    """The nodes of a part, and nodes in place of what they read of the model around them."""
    own = {node.id for node in nodes}
    outside = dict.fromkeys(s for node in nodes for s in node.sources if s not in own)
    stubs = [_stub(around, id, place) for place, id in enumerate(outside)]
    stands = {id: stub.id for id, stub in zip(outside, stubs, strict=True)}
    cut = [
        replace(
            node,
            sources=tuple(stands.get(source, source) for source in node.sources),
            shares=node.shares if node.shares in own else None,
        )
        for node in nodes
    ]
    return cut, stubs


def _before(stub: Node) -> Group:
    return Group(stub.group, "trunk", stub.keras_name, 0)


def _stub(around: Graph, id: str, place: int) -> Node:
    found = around[id]
    title = around.group(found.group).title
    return replace(
        found,
        id=id if id.startswith(STUB_PREFIX) else f"{STUB_PREFIX}{id}",
        layer="InputLayer",
        keras_name=title,
        group=f"from_{place}",
        sources=(),
        parameters=0,
        arguments={"from": title},
        config={},
        shares=None,
        operation=False,
        unknown=tuple(word for word in found.unknown if word == "shape"),
    )


def _costs(graph: Graph) -> Costs:
    nodes = {node.id: _cost(graph, node) for node in graph.nodes}
    groups: dict[str, Cost] = {group.id: Cost() for group in graph.groups}
    for node in graph.nodes:
        groups[node.group] += nodes[node.id]
    open_lengths = any(None in node.shape for node in graph.nodes)
    return Costs(nodes, groups, sum(nodes.values(), Cost()), open_lengths)


def _cost(graph: Graph, node: Node) -> Cost:
    sources = [graph[source] for source in node.sources]
    memory = 0 if "shape" in node.unknown else flops.size(node.shape) * BYTES
    if node.unknown or not _countable(node, sources):
        return Cost(node.parameters, 0, memory)
    ends = {source.id: replace(source, layer="InputLayer", sources=()) for source in sources}
    alone = Graph("", (*ends.values(), node), ())
    return costs.of(alone).nodes[node.id]


def _countable(node: Node, sources: Sequence[Node]) -> bool:
    """Whether the formulas of FLOPs know such a layer, and find what they need."""
    if not sources or any("shape" in source.unknown or not source.shape for source in sources):
        return False
    if not node.shape:
        return False
    if node.layer in ("Dot", "MultiHeadAttention", "Matmul") and len(sources) < 2:
        return False
    if node.layer == "Dot":
        return len(sources) == 2
    if node.layer == "Bidirectional":
        inner = getattr(node.arguments.get("layer"), "layer", "")
        return inner in ("LSTM", "GRU", "SimpleRNN")
    return node.layer not in ("Einsum", "EinsumDense")


def _count(found: ImportedModel) -> None:
    total = found.costs.total
    if max(total.flops, total.activation_bytes, total.weight_bytes) > MOST_COST:
        raise ForeignError(
            "A model's operations and bytes are numbers below 2^62.",
            f"{found.name} with more",
            "Look whether a size in the file is meant.",
        )
