"""The packages of the code, their order and their imports, read from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from components.core.paths import ROOT

PAGES = (ROOT / "components" / "ui").glob("*/page.py")
"""Files of the pages. Each page has its own folder; pages never import each other."""
FLOORS: tuple[tuple[str, ...], ...] = (
    ("components.core",),
    ("components.encoders", "components.keras_host"),
    ("components.inputs",),
    ("components.merges", "components.heads"),
    ("components.model",),
    (
        "components.keras_json",
        "components.render",
        "sample_data.core",
        "sample_data.presets",
        "sample_data.applications",
    ),
    ("sample_data.columns",),
    ("sample_data.relations", "sample_data.renderers"),
    ("sample_data.collections", "sample_data.own"),
    ("sample_data",),
    ("sample_data.ceilings",),
    ("components.analysis", "components.export.formats", "components.training.epoch_numbers"),
    ("components.training",),
    ("components.inspection.basis",),
    ("components.inspection.measures", "components.inspection.layer_pictures"),
    ("components.inspection",),
    ("components.database",),
    ("components.runs",),
    ("components.people",),
    ("components.race", "components.export"),
    ("components.race.atlas", "components.record.forms"),
    ("components.lessons", "components.record"),
    ("components.plans.items",),
    ("components.plans",),
    ("components.rooms",),
    ("components.cli", "components.streamlit_edge"),
    ("components.ui.widgets",),
    ("components.ui.charts",),
    ("components.ui.editor",),
    ("components.ui.frame",),
    ("components.ui.data",),
    ("components.ui.lesson",),
    tuple(sorted(f"components.ui.{path.parent.name}" for path in PAGES)),
    ("components.server",),
    ("components.ui",),
    ("components", "pages", "fusion_playground", ""),
)
"""The packages, from the ground up. Each imports only from itself and from lower floors."""
FLOOR = {package: floor for floor, packages in enumerate(FLOORS) for package in packages}


def sources() -> list[Path]:
    names = ("components", "sample_data", "pages", "fusion_playground")
    folders = [ROOT / name for name in names]
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted([*found, ROOT / "app.py", ROOT / "serve.py"])


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Return the full names of everything that a file imports, functions included."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def module_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def package_of(module: str) -> str:
    """Return the innermost package of a module."""
    while module not in FLOOR:
        module = module.rpartition(".")[0]
    return module


MODULES = {module_of(path): path for path in sources()}


def imported_modules(path: Path) -> set[str]:
    """Return our own modules that a file imports, including those for annotations only."""
    names = {
        name for name in imported(path) if name.partition(".")[0] in ("components", "sample_data")
    }
    return {name if name in MODULES else name.rpartition(".")[0] for name in names}


def package_imports() -> dict[str, set[str]]:
    """Return for each package the packages that it imports from."""
    imports: dict[str, set[str]] = {package: set() for package in FLOOR}
    for module, path in MODULES.items():
        package = package_of(module)
        imports[package] |= {package_of(other) for other in imported_modules(path)} - {package}
    return imports
