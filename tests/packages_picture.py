"""The picture of the rooms in `docs/architecture.md`, made from the code's own imports."""

from __future__ import annotations

import pydot

from components.render import diagram
from tests.house import FLOORS, room_imports

NAMES = {"": "app.py", "components": "command line"}
EMPTY = "components.ui"
"""A folder of rooms, with no code of its own."""


def svg() -> str:
    """The rooms as SVG text."""
    text: bytes = _picture().create(prog=diagram.program(), format="svg")
    return text.decode()


def _picture() -> pydot.Dot:
    """The rooms, the ground floor at the bottom; arrows point at what is imported.

    An arrow is left out where a longer way through other rooms says the same.
    """
    picture = pydot.Dot("rooms", rankdir="TB", nodesep=0.25, ranksep=0.35)
    picture.set_node_defaults(
        shape="box",
        style="rounded,filled",
        fillcolor="#F4F1FB",
        color="#7C3AED",
        fontname="Helvetica",
    )
    picture.set_edge_defaults(color="#6B7280", arrowsize=0.6)
    for rooms in FLOORS:
        floor = pydot.Subgraph(rank="same")
        for room in sorted({*rooms} - {EMPTY}):
            floor.add_node(pydot.Node(room or "app", label=_label(room)))
        picture.add_subgraph(floor)
    for room, imported in sorted(direct_imports().items()):
        for other in sorted(imported):
            picture.add_edge(pydot.Edge(room or "app", other))
    return picture


def direct_imports() -> dict[str, set[str]]:
    """Imports between rooms without those that follow from the imports of others."""
    imports = room_imports()
    reached: dict[str, set[str]] = {}
    for floor in FLOORS:
        for room in floor:
            reached[room] = imports[room].union(*(reached[other] for other in imports[room]))
    return {
        room: {
            other
            for other in others
            if not any(other in reached[between] for between in others - {other})
        }
        for room, others in imports.items()
    }


def _label(room: str) -> str:
    return NAMES.get(room, room.removeprefix("components.").replace(".", "/"))
