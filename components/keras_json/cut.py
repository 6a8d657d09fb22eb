"""A part of a model: its nodes, and stubs for the tensors it reads from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from components.core.graph import Graph, Group, Node

STUB_PREFIX = "from/"
"""Start of the ids of stubs."""


def cut_out(nodes: Sequence[Node], around: Graph) -> tuple[list[Node], list[Node]]:
    """The nodes of a part, and a stub for each node they read outside it."""
    own = {node.id for node in nodes}
    outside = dict.fromkeys(s for node in nodes for s in node.sources if s not in own)
    stubs = [_stub(around, id, position) for position, id in enumerate(outside)]
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


def stub_group(stub: Node) -> Group:
    """The group of a stub."""
    return Group(stub.group, "trunk", stub.keras_name, 0)


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
