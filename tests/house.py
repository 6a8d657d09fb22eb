"""The storeys of the code, the order of their rooms, and their imports, read from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from components.base.paths import ROOT

PAGES = sorted((ROOT / "components" / "app" / "pages").glob("*/page.py"))
"""Files of the pages. Each page has its own folder; pages never import each other."""
Floors = tuple[tuple[str, ...], ...]
STOREYS: dict[str, Floors] = {
    "components.base": (("",), ("database", "workers")),
    "components.models": (
        ("language",),
        ("encoders",),
        ("inputs",),
        ("merges", "heads"),
        ("architecture",),
        ("drawing", "imported"),
        ("analysis",),
    ),
    "sample_data": (
        ("core", "content"),
        ("columns",),
        ("relations", "renderers"),
        ("collections",),
        ("loading",),
        ("ceilings", "own"),
    ),
    "components.experiments": (
        ("training",),
        ("inspection",),
        ("queue", "verdicts"),
        ("races",),
    ),
    "components.sharing": (("links", "formats"), ("code", "predicting"), ("record",)),
    "components.teaching": (("people", "lessons"), ("rooms",)),
    "fusion_playground": (("",),),
    "components.app": (
        ("streamlit_edge", "cli"),
        ("parts.widgets",),
        ("parts.charts",),
        ("parts.editor",),
        ("parts.frame",),
        ("parts.data",),
        ("parts.lesson",),
        tuple(f"pages.{path.parent.name}" for path in PAGES),
        ("pages", "server"),
    ),
}
"""The storeys from the ground up, and the floors of each: the rooms, which are its folders.

A room imports only from itself, from lower floors of its storey and from lower storeys. The files
that lie in a storey itself are the room without a name.
"""
ENTRIES = ("components.__main__", "pages", "app")
"""Modules above all storeys: they start the pages, the server and the commands."""
FLOORS = [
    [f"{storey}.{room}".rstrip(".") for room in floor]
    for storey, floors in STOREYS.items()
    for floor in floors
]
FLOOR = {room: number for number, rooms in enumerate([*FLOORS, ENTRIES]) for room in rooms}


def sources() -> list[Path]:
    names = ("components", "sample_data", "pages", "fusion_playground")
    folders = [ROOT / name for name in names]
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted([*found, ROOT / "app.py"])


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Return the full names of everything that a file imports, functions included."""
    names: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def module_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room_of(module: str) -> str:
    """Return the innermost room of a module; empty if it lies in none."""
    while module and module not in FLOOR:
        module = module.rpartition(".")[0]
    return module


def storey_of(module: str) -> str:
    """Return the storey of a module; empty for what lies above all of them."""
    return next((storey for storey in STOREYS if f"{module}.".startswith(f"{storey}.")), "")


MODULES = {module_of(path): path for path in sources()}


def imported_modules(path: Path) -> set[str]:
    """Return our own modules that a file imports, including those for annotations only."""
    names = {
        name for name in imported(path) if name.partition(".")[0] in ("components", "sample_data")
    }
    return {name if name in MODULES else name.rpartition(".")[0] for name in names}


def room_imports() -> dict[str, set[str]]:
    """Return for each room the rooms that it imports from."""
    imports: dict[str, set[str]] = {room: set() for room in FLOOR}
    for module, path in MODULES.items():
        if room := room_of(module):
            imports[room] |= {room_of(other) for other in imported_modules(path)} - {room, ""}
    return imports
