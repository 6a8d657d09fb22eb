"""The neutral record of a model: layers, edges and groups, before any renderer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

Shape = tuple[int | None, ...]
Role = Literal["branch", "merge", "trunk", "head"]
Hidden = Literal["", "mask", "bypass", "wish"]
"""What pictures leave out: a `mask` altogether; of a `bypass` the first source takes its place, and
all sources of what a person wishes to be left out."""


@dataclass(frozen=True)
class Edge:
    """One tensor handed from a layer to another. Two edges may join the same pair."""

    source: str
    target: str
    slot: int
    """Which argument of the target it is, from 0."""


@dataclass(frozen=True)
class Call:
    """How a layer or an operation was called, with a `NodeOutput` in the place of each tensor."""

    function: str
    """The function of `keras.ops`; empty for a layer."""
    args: tuple[Any, ...] = field(hash=False)
    named: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class NodeOutput:
    """What a node gave, in a call that reads it."""

    node: str


@dataclass(frozen=True)
class Node:
    """One call of one Keras layer or operation. Shapes are of one sample, without the batch."""

    id: str
    layer: str
    """Class of the layer or operation, as Keras names it."""
    keras_name: str
    """Name in the Keras model; calls of a shared layer have one name."""
    group: str
    sources: tuple[str, ...]
    shape: Shape
    dtype: str
    parameters: int
    """Weights the layer adds; 0 at the second call of a shared layer."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What the layer was made with, by parameter name; what Keras defaults to is left out."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What costs need to know of the layer: use_bias, strides and the like."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Other arguments of a layer from a file of Keras, which are at their defaults."""
    shares: str | None = None
    """The node whose weights this one uses too."""
    operation: bool = False
    """Whether it is a `keras.ops` call rather than a layer."""
    call: Call | None = None
    """How it was called; an input, and a part that could not be built, have no call."""
    unknown: tuple[str, ...] = ()
    """Of a layer from elsewhere: what cannot be told of it, such as `shape` or `parameters`."""
    reason: str = ""
    """Why it is there, where no one asked for it by name: an adapter that makes a shape fit."""
    hidden: Hidden = ""
    title: str = ""
    """Name in pictures that says more than its class; empty for that of the class."""
    state: Literal["built", "failed", "waiting"] = "built"
    """In a sketch: `failed` stands for what could not be built, `waiting` for what reads it."""
    culprits: tuple[str, ...] = ()
    """Those of the sources of a failed node that do not fit."""
    cut: bool = False
    """In a picture: whether what it reads is left out, so that its sources have other shapes."""
    run: str = ""
    """In a picture: the first layer of the repeated block that it stands in, drawn once."""
    times: int = 1
    """How often that block stands in the model."""

    @property
    def is_unfamiliar(self) -> bool:
        """`True` if more than its shape and FLOPs are unknown."""
        return not {"shape", "FLOPs"}.issuperset(self.unknown)


@dataclass(frozen=True)
class Group:
    """The layers of one branch, merge, trunk or head."""

    id: str
    role: Role
    title: str
    hue: int
    """Which of the palette's hues a branch has, by its place among the inputs; 0 for the rest."""
    note: str = ""
    """What to say beside the title: the strategy of a merge, the loss of a head."""
    color: str = ""
    """A colour of its own in a picture, by the name that the palette has for it."""


@dataclass(frozen=True)
class Graph:
    """All nodes in an order in which they can be computed, and their groups."""

    name: str
    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]
    part_of: int | None = None
    """Parameters of the model that this is a part or picture of; `None` if it is a whole one."""
    imported: bool = False
    """`True` for a model from a file of Keras, whose groups are guessed from its layers."""

    @property
    def model_parameters(self) -> int:
        """Parameters of the whole model, which shares are of."""
        if self.part_of is not None:
            return self.part_of
        return sum(node.parameters for node in self.nodes)

    @property
    def layers(self) -> int:
        """The number of layers and operations that were built, as `model.summary()` lists them:
        inputs and masks included, a shared layer once."""
        return len({node.keras_name for node in self.nodes if node.state == "built"})

    def __getitem__(self, id: str) -> Node:
        return self._by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def group(self, id: str) -> Group:
        """The group of that id."""
        return next(group for group in self.groups if group.id == id)

    def members(self, group: str) -> tuple[Node, ...]:
        """The nodes of a group, in order."""
        return tuple(node for node in self.nodes if node.group == group)

    def upstream(self, *ids: str) -> set[str]:
        """These nodes and all that they depend on."""
        reached, waiting = set[str](), list(ids)
        while waiting:
            id = waiting.pop()
            if id not in reached:
                reached.add(id)
                waiting.extend(self[id].sources)
        return reached

    def edges(self) -> Iterator[Edge]:
        """Every edge, repeated ones included, by target and slot."""
        for node in self.nodes:
            for slot, source in enumerate(node.sources):
                yield Edge(source, node.id, slot)

    def drawn(self) -> Graph:
        """The graph as pictures show it: masks left out, and what only applies them passed over."""
        if not any(node.hidden for node in self.nodes):
            return self
        return replace(self, nodes=tuple(self._seen(n) for n in self.nodes if not n.hidden))

    def _seen(self, node: Node) -> Node:
        sources, culprits = (
            tuple(seen for id in ids for seen in self._stand_for(id))
            for ids in (node.sources, node.culprits)
        )
        cut = any(self._is_wish(id) for id in node.sources)
        return replace(node, sources=sources, culprits=culprits, cut=cut)

    def _stand_for(self, id: str) -> tuple[str, ...]:
        """The nodes that a picture has in the place of a node."""
        node = self[id]
        if not node.hidden or node.hidden == "mask":
            return () if node.hidden else (id,)
        stand_ins = [seen for source in node.sources for seen in self._stand_for(source)]
        return tuple(dict.fromkeys(stand_ins if node.hidden == "wish" else stand_ins[:1]))

    def _is_wish(self, id: str) -> bool:
        """Whether a person wished that a node is left out, or what it stands for."""
        node = self[id]
        return node.hidden == "wish" or (
            node.hidden == "bypass" and any(map(self._is_wish, node.sources))
        )

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}
