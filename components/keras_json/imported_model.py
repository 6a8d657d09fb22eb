"""A Keras model read from a file, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from components.core.graph import Graph, Node
from components.keras_json import blocks
from components.keras_json.blocks import BlockContext
from components.keras_json.cut import STUB_PREFIX, cut_out, stub_group
from components.keras_json.imported_costs import model_costs
from components.model.costs import Costs


@dataclass(frozen=True)
class ImportedModel:
    """A model from elsewhere, or a part of one. Its graph's groups are its blocks."""

    name: str
    kind: str
    keras: str
    """The version of Keras that wrote the file; its major version if that is all that is known."""
    graph: Graph
    inside: BlockContext
    """What is known about its nodes beside the graph."""

    @cached_property
    def costs(self) -> Costs:
        """Parameters, FLOPs and memory; what is unknown counts as nothing."""
        return model_costs(self.graph)

    @property
    def unknown(self) -> tuple[Node, ...]:
        """The layers with unknown shape or parameters."""
        return tuple(node for node in self.graph.nodes if node.unknown)

    @property
    def uncounted(self) -> tuple[Node, ...]:
        """The layers with an unknown number of parameters."""
        return tuple(node for node in self.graph.nodes if "parameters" in node.unknown)

    @property
    def layers(self) -> int:
        """Number of layers and operations; each counts once however often it is called."""
        return sum(
            not node.shares and not node.id.startswith(STUB_PREFIX) for node in self.graph.nodes
        )

    def part(self, block: str) -> ImportedModel:
        """A block alone, divided into blocks again, with stubs for what it reads.

        Raises `KeyError` if there is no such block.
        """
        group = next((group for group in self.graph.groups if group.id == block), None)
        if group is None:
            raise KeyError(block)
        inside = self.graph.members(block)
        paths = zip(*(self.inside.paths[node.id] for node in inside), strict=False)
        opened = list(takewhile(lambda names: len(set(names)) == 1, paths))
        about = replace(self.inside, depth=len(opened), outputs=frozenset())
        return divide_model(group.title, self.kind, self.keras, inside, about, self.graph)

    def stretches(self, most: int) -> list[tuple[str, ...]]:
        """Ids of all layers in runs of at most `most`, with whole blocks where they fit."""
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
        """Some of its layers alone, in their blocks, with stubs for what they read."""
        wanted = set(ids)
        nodes = [node for node in self.graph.nodes if node.id in wanted]
        kept, stubs = cut_out(nodes, self.graph)
        held = {node.group for node in kept}
        groups = (*map(stub_group, stubs), *(g for g in self.graph.groups if g.id in held))
        whole = self.graph.model_parameters
        return replace(self, graph=Graph(self.name, (*stubs, *kept), groups, whole))


def divide_model(
    name: str,
    kind: str,
    keras: str,
    nodes: Sequence[Node],
    about: BlockContext,
    around: Graph | None,
) -> ImportedModel:
    """Divide nodes into blocks; those of a part of `around` get stubs for what they read."""
    group_of, groups = blocks.divide(nodes, about)
    placed = [replace(node, group=group_of[node.id]) for node in nodes]
    stubs: list[Node] = []
    whole = None if around is None else around.model_parameters
    if around is not None:
        placed, stubs = cut_out(placed, around)
        if len(groups) == 1:
            groups = (replace(groups[0], title=name),)
        groups = (*map(stub_group, stubs), *groups)
    return ImportedModel(name, kind, keras, Graph(name, (*stubs, *placed), groups, whole), about)
