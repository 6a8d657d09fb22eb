"""Build hook that puts the whole playground into the wheel's package `fusion_playground`.

In a clone, `components` and `sample_data` are top-level packages. In an installation they would
conflict with a user's `components.py`, so their imports are rewritten here. A package name in a
text is derived from `__name__` instead.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "fusion_playground"
INSIDE = ("components", "sample_data")
"""Packages of the clone that become subpackages of the wheel's package."""
HELD = ("app.py", "pages", ".streamlit", *INSIDE, PACKAGE)


class WheelHook(BuildHookInterface[Any]):
    """Hook that writes a copy of the sources with rewritten imports, and includes it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._copy = tempfile.TemporaryDirectory()
        target = Path(self._copy.name)
        for name in HELD:
            source = Path(self.root) / name
            place = target if name == PACKAGE else target / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                shutil.copytree(source, place, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(source, place)
        for path in target.rglob("*.py"):
            path.write_bytes(rewritten(path.read_text("utf-8")).encode())
        build_data["force_include"][str(target)] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._copy.cleanup()


def rewritten(source: str) -> str:
    """Return a module's source with imports from the wheel's package instead of the clone's."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(map(_is_inside, (a.name for a in node.names))):
            raise ValueError(f"Line {node.lineno} needs `from … import`: {ast.unparse(node)}")
        if isinstance(node, ast.ImportFrom) and not node.level and _is_inside(node.module or ""):
            line = lines[node.lineno - 1]
            start = line.index("from ", len(line.encode()[: node.col_offset].decode()))
            head, tail = line[: start + 5], line[start + 5 :]
            lines[node.lineno - 1] = f"{head}{PACKAGE}.{tail}"
    return "".join(lines)


def _is_inside(module: str) -> bool:
    return module.partition(".")[0] in INSIDE
