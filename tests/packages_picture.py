"""The picture of the storeys in `docs/architecture.md`, drawn from the imports of the code."""

from __future__ import annotations

import pydot

from components.models.drawing import diagram
from tests.house import FLOORS, STOREYS, room_imports, storey_of


def svg() -> str:
    """Return the storeys as SVG text."""
    text: bytes = _picture().create(prog=diagram.program(), format="svg")
    return text.decode()


def _picture() -> pydot.Dot:
    """Return the storeys, with the ground floor at the bottom; arrows point at imported rooms.

    Arrows stay within a storey: it may import from all storeys below. An arrow is left out if a
    path through other rooms implies it.
    """
    picture = pydot.Dot("storeys", rankdir="TB", nodesep=0.25, ranksep=0.3, newrank="true")
    picture.set_node_defaults(
        shape="box",
        style="rounded,filled",
        fillcolor="#F4F1FB",
        color="#7C3AED",
        fontname="Helvetica",
    )
    picture.set_edge_defaults(color="#6B7280", arrowsize=0.6)
    ground: list[str] = []
    for storey in STOREYS:
        cluster = pydot.Cluster(
            storey.replace(".", "_"),
            label=storey.replace(".", "/"),
            labeljust="l",
            fontname="Helvetica-Bold",
            style="rounded",
            color="#6B7280",
        )
        floors = [floor for floor in FLOORS if storey_of(floor[0]) == storey]
        for floor in floors:
            same = pydot.Subgraph(rank="same")
            for room in floor:
                same.add_node(pydot.Node(room, label=_label(room, storey)))
            cluster.add_subgraph(same)
        picture.add_subgraph(cluster)
        for room in ground:
            picture.add_edge(pydot.Edge(floors[0][0], room, style="invis"))
        ground = floors[-1]
    for room, imported in sorted(direct_imports().items()):
        for other in sorted(imported):
            picture.add_edge(pydot.Edge(room, other))
    return picture


def direct_imports() -> dict[str, set[str]]:
    """Return the imports within storeys, except those implied by the imports of others."""
    imports = {
        room: {other for other in others if storey_of(other) == storey_of(room)}
        for room, others in room_imports().items()
        if storey_of(room)
    }
    reached: dict[str, set[str]] = {}
    for room in (room for floor in FLOORS for room in floor):
        reached[room] = imports[room].union(*(reached[other] for other in imports[room]))
    return {
        room: {
            other
            for other in others
            if not any(other in reached[between] for between in others - {other})
        }
        for room, others in imports.items()
    }


def _label(room: str, storey: str) -> str:
    """Return the name of a room in its storey; that of a storey's own files says so."""
    return room.removeprefix(storey).strip(".").replace(".", "/") or "its files"
