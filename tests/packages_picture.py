"""The picture of the packages in `docs/architecture.md`, drawn from the imports of the code."""

from __future__ import annotations

import pydot

from components.render import diagram
from tests.house import FLOORS, package_imports

NAMES = {"": "app.py", "components": "command line"}
EMPTY = "components.ui"
"""Folder of packages without code of its own."""


def svg() -> str:
    """Return the packages as SVG text."""
    text: bytes = _picture().create(prog=diagram.program(), format="svg")
    return text.decode()


def _picture() -> pydot.Dot:
    """Return the packages, with the ground floor at the bottom; arrows point at imported packages.

    An arrow is left out if a path through other packages implies it.
    """
    picture = pydot.Dot("packages", rankdir="TB", nodesep=0.25, ranksep=0.35)
    picture.set_node_defaults(
        shape="box",
        style="rounded,filled",
        fillcolor="#F4F1FB",
        color="#7C3AED",
        fontname="Helvetica",
    )
    picture.set_edge_defaults(color="#6B7280", arrowsize=0.6)
    for packages in FLOORS:
        floor = pydot.Subgraph(rank="same")
        for package in sorted({*packages} - {EMPTY}):
            floor.add_node(pydot.Node(package or "app", label=_label(package)))
        picture.add_subgraph(floor)
    for package, imported in sorted(direct_imports().items()):
        for other in sorted(imported):
            picture.add_edge(pydot.Edge(package or "app", other))
    return picture


def direct_imports() -> dict[str, set[str]]:
    """Return the imports between packages, except those implied by the imports of others."""
    imports = package_imports()
    reached: dict[str, set[str]] = {}
    for floor in FLOORS:
        for package in floor:
            reached[package] = imports[package].union(
                *(reached[other] for other in imports[package])
            )
    return {
        package: {
            other
            for other in others
            if not any(other in reached[between] for between in others - {other})
        }
        for package, others in imports.items()
    }


def _label(package: str) -> str:
    return NAMES.get(package, package.removeprefix("components.").replace(".", "/"))
