from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHELL = ("components/ui", "pages", "app.py")
"""All that may know Streamlit."""
ORDER = (
    "errors", "registry", "fields", "spec", "fitting", "builder", "costs", "render",
    "advice", "catalogue", "ui",
)  # fmt: skip
"""Parts of `components`, each of which may import only those before it, and the concepts."""

LIGHT = [
    "components.spec",
    "components.inputs",
    "components.encoders",
    "components.merges",
    "components.heads",
    "components.graph",
    "components.costs",
    "components.recorder",
    "components.link",
    "components.render.code",
    "components.render.notebook",
    "components.ui.edits",
    "components.ui.workbench",
    "components.__main__",
    "sample_data.presets",
    "sample_data.dataset",
    "sample_data.sources",
    "sample_data.own",
    "sample_data.ceilings",
    "sample_data.information",
]
WITHOUT_STREAMLIT = [
    "components.builder",
    "components.render.diagram",
    "components.render.interactive",
    "components.render.summary",
]


def loaded(script: str) -> set[str]:
    """Names of the top-level packages in memory after a script."""
    told = f"{script}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", LIGHT)
def test_import_loads_neither_keras_nor_streamlit(module: str) -> None:
    found = loaded(f"import {module}")
    assert "components" in found
    assert found & {"tensorflow", "keras", "streamlit"} == set()


@pytest.mark.parametrize("module", WITHOUT_STREAMLIT)
def test_import_loads_no_streamlit(module: str) -> None:
    found = loaded(f"import {module}")
    assert "components" in found
    assert "streamlit" not in found


def test_a_build_and_its_pictures_load_keras_but_no_streamlit() -> None:
    found = loaded(
        "from components.builder import build\n"
        "from components.render import diagram, summary\n"
        "from sample_data import presets\n"
        "made = build(presets.load('wide_and_deep'))\n"
        "diagram.svg(made.graph); summary.text(made.model)"
    )
    assert "keras" in found
    assert "streamlit" not in found


def sources() -> list[Path]:
    folders = [ROOT / "components", ROOT / "sample_data", ROOT / "pages"]
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted([*found, ROOT / "app.py"])


def imported(path: Path) -> Iterator[str]:
    """Full names of what a file imports anywhere in it, functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_shell_knows_streamlit() -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if any(name.partition(".")[0] == "streamlit" for name in imported(path))
    }
    assert "components/ui/frame.py" in knowing
    assert {path for path in knowing if not path.startswith(SHELL)} == set()


@pytest.mark.parametrize("part", ORDER)
def test_imports_point_one_way(part: str) -> None:
    later = {f"components.{name}" for name in ORDER[ORDER.index(part) + 1 :]}
    place = ROOT / "components" / part
    paths = list(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert paths
    for path in paths:
        wrong = {name for name in imported(path) if ".".join(name.split(".")[:2]) in later}
        assert wrong == set(), path


@pytest.mark.parametrize("folder", ["inputs", "encoders", "merges", "heads"])
def test_concepts_know_nothing_of_what_is_built_of_them(folder: str) -> None:
    above = {f"components.{name}" for name in ("spec", "builder", "costs", "render", "ui")}
    for path in (ROOT / "components" / folder).glob("*.py"):
        wrong = {name for name in imported(path) if ".".join(name.split(".")[:2]) in above}
        assert wrong == set(), path
