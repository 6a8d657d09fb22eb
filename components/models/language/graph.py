"""Neutral record of a model, from which all renderers draw: layers, edges and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

Shape = tuple[int | None, ...]
Role = Literal["branch", "merge", "trunk", "head"]
Hidden = Literal["", "mask", "bypass", "wish"]
"""Omission of a node in pictures.

A `mask` disappears. A `bypass` is replaced by its first source. A `wish`, which a person chose to
hide, is replaced by all its sources.
"""


@dataclass(frozen=True)
class Edge:
    """One tensor passed from a layer to another. Two edges may join the same pair."""

    source: str
    target: str
    slot: int
    """Index of the target's argument, from 0."""


@dataclass(frozen=True)
class Call:
    """Call of a layer or an operation, with a `NodeOutput` in the place of each tensor."""

    function: str
    """Function of `keras.ops`; empty for a layer."""
    args: tuple[Any, ...] = field(hash=False)
    named: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class NodeOutput:
    """Output of a node, as an argument of a call."""

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
    """Number of weights that the layer adds; 0 at the second call of a shared layer."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the layer's constructor by name, without Keras's defaults."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Properties of the layer on which its costs depend, such as use_bias and strides."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Other arguments of a layer from a Keras file, which have their default values."""
    shares: str | None = None
    """Id of the node whose weights this one also uses."""
    operation: bool = False
    """`True` for a `keras.ops` call, `False` for a layer."""
    call: Call | None = None
    """Call of the node; `None` for an input, and for a part that could not be built."""
    unknown: tuple[str, ...] = ()
    """Unknown properties of a layer from a file, such as `shape` or `parameters`."""
    reason: str = ""
    """Reason for a layer that no one asked for by name, such as an adapter of a shape."""
    hidden: Hidden = ""
    title: str = ""
    """Name in pictures that is clearer than its class; empty to show the class."""
    state: Literal["built", "failed", "waiting"] = "built"
    """State in a sketch: `failed` for a part that could not be built, `waiting` for its readers."""
    culprits: tuple[str, ...] = ()
    """Sources of a failed node that do not fit."""
    cut: bool = False
    """`True` in a picture without nodes that this one reads: its sources have other shapes."""
    run: str = ""
    """In a picture, id of the first layer of the repeated block around it, which is drawn once."""
    times: int = 1
    """Number of repetitions of that block in the model."""

    @property
    def is_unfamiliar(self) -> bool:
        """`True` if more than its shape and FLOPs are unknown."""
        return not {"shape", "FLOPs"}.issuperset(self.unknown)


@dataclass(frozen=True)
class Group:
    """Layers of one branch, merge, trunk or head."""

    id: str
    role: Role
    title: str
    hue: int
    """Index of a branch's hue in the palette, by its place among the inputs; 0 for other groups."""
    note: str = ""
    """Text beside the title: the strategy of a merge, the loss of a head."""
    color: str = ""
    """Name in the palette of the group's own colour in a picture."""


@dataclass(frozen=True)
class Graph:
    """All nodes in an order in which they can be computed, and their groups."""

    name: str
    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]
    part_of: int | None = None
    """Parameters of the whole model if this is a part or picture of it; else `None`."""
    imported: bool = False
    """`True` for a model from a Keras file, whose groups are guessed from its layers."""

    @property
    def model_parameters(self) -> int:
        """Number of parameters of the whole model, the base of shares."""
        if self.part_of is not None:
            return self.part_of
        return sum(node.parameters for node in self.nodes)

    @property
    def layers(self) -> int:
        """Number of layers and operations that were built, as in `model.summary()`.

        It includes inputs and masks, and counts a shared layer once.
        """
        return len({node.keras_name for node in self.nodes if node.state == "built"})

    def __getitem__(self, id: str) -> Node:
        return self._by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def group(self, id: str) -> Group:
        return next(group for group in self.groups if group.id == id)

    def members(self, group: str) -> tuple[Node, ...]:
        """Return the nodes of a group, in order."""
        return tuple(node for node in self.nodes if node.group == group)

    def upstream(self, *ids: str) -> set[str]:
        """Return the ids of these nodes and of all that they depend on."""
        reached, waiting = set[str](), list(ids)
        while waiting:
            id = waiting.pop()
            if id not in reached:
                reached.add(id)
                waiting.extend(self[id].sources)
        return reached

    def edges(self) -> Iterator[Edge]:
        """Yield every edge, including repeated ones, by target and slot."""
        for node in self.nodes:
            for slot, source in enumerate(node.sources):
                yield Edge(source, node.id, slot)

    def drawn(self) -> Graph:
        """Return the graph for pictures, without masks and without nodes that only apply them."""
        if not any(node.hidden for node in self.nodes):
            return self
        return replace(self, nodes=tuple(self._as_drawn(n) for n in self.nodes if not n.hidden))

    def _as_drawn(self, node: Node) -> Node:
        sources, culprits = (
            tuple(seen for id in ids for seen in self._replacements(id))
            for ids in (node.sources, node.culprits)
        )
        cut = any(self._is_wish(id) for id in node.sources)
        return replace(node, sources=sources, culprits=culprits, cut=cut)

    def _replacements(self, id: str) -> tuple[str, ...]:
        """Return the ids of the nodes that replace a node in a picture."""
        node = self[id]
        if not node.hidden or node.hidden == "mask":
            return () if node.hidden else (id,)
        stand_ins = [seen for source in node.sources for seen in self._replacements(source)]
        return tuple(dict.fromkeys(stand_ins if node.hidden == "wish" else stand_ins[:1]))

    def _is_wish(self, id: str) -> bool:
        """Return `True` if a person chose to hide the node or a source that replaces it."""
        node = self[id]
        return node.hidden == "wish" or (
            node.hidden == "bypass" and any(map(self._is_wish, node.sources))
        )

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}
