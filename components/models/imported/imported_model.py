"""Keras model read from a file, with its parts and costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from components.base.errors import ModelFileError
from components.base.workers.needs_keras import SMALL_FILE, in_worker
from components.models.architecture.builder import weightless
from components.models.architecture.costs import FLOAT_BYTES, FREE, Cost, Costs, costs_of, size
from components.models.imported import blocks, parse
from components.models.imported.blocks import BlockContext
from components.models.imported.files import Source, opened
from components.models.imported.safe_text import OPEN_INNER, clean, wrong_file
from components.models.imported.steps import FlatModel, flattened
from components.models.language.graph import Graph, Group, Node

STUB_PREFIX = "from/"
"""Prefix of the ids of stubs, which stand for outside nodes that a part reads."""
MOST_COST = 2**62
"""Maximum number of operations or bytes of a model that can be counted and shown."""


@dataclass(frozen=True)
class ImportedModel:
    """Imported model or a part of one. The groups of its graph are its blocks."""

    name: str
    kind: str
    keras: str
    """Version of Keras that wrote the file; only the major version if no other is known."""
    graph: Graph
    inside: BlockContext
    """Facts about its nodes besides the graph."""
    notes: tuple[str, ...] = ()
    """Reason why a live model is only a list of layers, and number of weights outside layers."""

    @cached_property
    def costs(self) -> Costs:
        """Parameters, FLOPs and memory; unknown ones count as 0, and FLOPs as `uncounted`."""
        graph = self.graph
        nodes = {node.id: _node_cost(graph, node) for node in graph.nodes}
        groups: dict[str, Cost] = {group.id: Cost() for group in graph.groups}
        for node in graph.nodes:
            groups[node.group] += nodes[node.id]
        open_lengths = any(None in node.shape for node in graph.nodes)
        return Costs(nodes, groups, sum(nodes.values(), Cost()), open_lengths)

    @property
    def unknown(self) -> tuple[Node, ...]:
        """Layers with unknown shape, parameters or FLOPs."""
        return tuple(node for node in self.graph.nodes if node.unknown)

    @property
    def uncounted(self) -> tuple[Node, ...]:
        """Layers with an unknown number of parameters."""
        return tuple(node for node in self.graph.nodes if "parameters" in node.unknown)

    @property
    def layers(self) -> int:
        """Number of layers and operations; one that is called several times counts once."""
        return sum(not node.shares for node in _own(self.graph.nodes))

    def part(self, block: str) -> ImportedModel:
        """Return a single block, divided into blocks again, with stubs for nodes it reads."""
        title, inside = self.graph.group(block).title, self.graph.members(block)
        paths = zip(*(self.inside.paths[node.id] for node in inside), strict=False)
        opened = list(takewhile(lambda names: len(set(names)) == 1, paths))
        about = replace(self.inside, depth=len(opened), outputs=frozenset())
        placed, groups = blocks.divide(inside, about)
        if len(groups) == 1:
            groups = (replace(groups[0], title=title),)
        return replace(self, name=title, graph=self._cut_out(title, placed, groups), inside=about)

    def stretches(self, most: int) -> list[tuple[str, ...]]:
        """Split all layer ids into runs of at most `most`, with whole blocks if they fit."""
        runs: list[tuple[str, ...]] = []
        for group in self.graph.groups:
            ids = tuple(node.id for node in _own(self.graph.members(group.id)))
            if runs and len(runs[-1]) + len(ids) <= most:
                runs[-1] += ids
            else:
                runs.extend(ids[start : start + most] for start in range(0, len(ids), most))
        return runs

    def stretch(self, ids: Sequence[str]) -> ImportedModel:
        """Return some of its layers in their blocks, with stubs for nodes they read."""
        wanted = set(ids)
        nodes = [node for node in self.graph.nodes if node.id in wanted]
        held = {node.group for node in nodes}
        groups = [group for group in self.graph.groups if group.id in held]
        return replace(self, graph=self._cut_out(self.name, nodes, groups))

    def _cut_out(self, name: str, nodes: Sequence[Node], groups: Iterable[Group]) -> Graph:
        """Return the graph of some nodes, with a stub for each outside node that they read."""
        own = {node.id for node in nodes}
        outside = dict.fromkeys(s for node in nodes for s in node.sources if s not in own)
        stubs = {id: _stub(self.graph, id, position) for position, id in enumerate(outside)}
        cut = [
            replace(
                node,
                sources=tuple(stubs[s].id if s in stubs else s for s in node.sources),
                shares=node.shares if node.shares in own else None,
            )
            for node in nodes
        ]
        around = [Group(stub.group, "trunk", stub.keras_name, 0) for stub in stubs.values()]
        whole = self.graph.model_parameters
        return Graph(name, (*stubs.values(), *cut), (*around, *groups), whole)


def _too_much(received: str) -> ModelFileError:
    rule = "The file takes too long to read, or too much memory."
    return wrong_file(rule, received, OPEN_INNER)


@in_worker(SMALL_FILE, _too_much)
def read(source: Source, name: str = "") -> ImportedModel:
    """Read a model of Keras 3 or 2 from a file. Raises `FileError`.

    `name` replaces the name in the file if it is not empty.
    """
    try:
        with opened(source) as (description, stored):
            parsed = parse.model(description)
            flat = weightless(lambda: flattened(parsed, stored=stored))
    except RecursionError:
        rule = "A model's file can't have that many models or lists within each other."
        raise wrong_file(rule, "more than can be read", OPEN_INNER) from None
    return imported(parsed, flat, name)


def imported(parsed: parse.Model, flat: FlatModel, name: str = "") -> ImportedModel:
    """Return the model with these nodes, divided into blocks. Raises `ModelFileError`."""
    if not flat.nodes:
        raise wrong_file("A model needs at least one layer.", f"{parsed.name} with none")
    about = BlockContext(
        flat.paths,
        _input_bits(flat.nodes),
        flat.outputs - {source for node in flat.nodes for source in node.sources},
        {inner: clean(inner.rpartition("/")[2]) for path in flat.paths.values() for inner in path},
    )
    placed, groups = blocks.divide(flat.nodes, about)
    graph = Graph(clean(name) if name else parsed.name, placed, groups, imported=True)
    model = ImportedModel(graph.name, parsed.kind, parsed.keras, graph, about)
    total = model.costs.total
    if max(total.flops, total.activation_bytes, total.weight_bytes) > MOST_COST:
        rule = "A model's operations and bytes can't exceed 2^62."
        raise wrong_file(rule, f"{model.name} with more", "Correct the sizes in the file.")
    return replace(model, graph=_with_unknown_flops(model)) if total.uncounted else model


def _with_unknown_flops(model: ImportedModel) -> Graph:
    """Return the graph with a note on nodes of which only the FLOPs are unknown."""
    costs = model.costs.nodes
    noted = (
        replace(node, unknown=node.unknown or ("FLOPs",)) if costs[node.id].uncounted else node
        for node in model.graph.nodes
    )
    return replace(model.graph, nodes=tuple(noted))


def _own(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes that are not stubs."""
    return [node for node in nodes if not node.id.startswith(STUB_PREFIX)]


def _stub(around: Graph, id: str, position: int) -> Node:
    node = around[id]
    title = around.group(node.group).title
    return replace(
        node,
        id=id if id.startswith(STUB_PREFIX) else f"{STUB_PREFIX}{id}",
        layer="InputLayer",
        keras_name=title,
        group=f"from_{position}",
        sources=(),
        parameters=0,
        arguments={"from": title},
        config={},
        shares=None,
        operation=False,
        unknown=tuple(word for word in node.unknown if word == "shape"),
    )


def _node_cost(graph: Graph, node: Node) -> Cost:
    sources = [graph[source] for source in node.sources]
    memory = 0 if "shape" in node.unknown else size(node.shape) * FLOAT_BYTES
    shapes_known = all("shape" not in source.unknown for source in sources)
    if not node.unknown and sources and shapes_known:
        ends = {source.id: replace(source, layer="InputLayer", sources=()) for source in sources}
        with suppress(ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return costs_of(Graph("", (*ends.values(), node), ())).nodes[node.id]
    is_free = node.layer in FREE and "what it does" not in node.unknown
    return Cost(node.parameters, 0, memory, int(not is_free))  # No formula covers this call.


def _input_bits(nodes: Iterable[Node]) -> dict[str, int]:
    """Return the inputs that each node depends on, as a bit mask in the order of the inputs."""
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
