from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from components.base.paths import ROOT
from tests import packages_picture
from tests.generate import PACKAGES
from tests.house import FLOOR, MODULES, imported, imported_modules, room_of, sources, tree

SHELL = (
    "components/app/pages",
    "components/app/parts",
    "components/app/streamlit_edge",
    "components/app/server",
    "pages",
    "app.py",
)
"""Modules that may import Streamlit."""
HEAVY = ("tensorflow", "keras", "streamlit", "distributed", "sqlalchemy", "pandas")
RACE = [
    "components.experiments.races.plan",
    "components.experiments.races.robustness",
    "components.experiments.races.evaluation",
    "components.experiments.races.tables",
    "components.experiments.races.text",
]
INSPECTION = [
    "components.experiments.inspection.trained",
    "components.experiments.inspection.split_model",
]
TRAINING = [
    "components.experiments.training.requests",
    "components.experiments.training.events",
    "components.experiments.queue.child",
    "components.experiments.training.loop",
    "components.experiments.queue.run_service",
    "components.experiments.queue.store",
    "components.experiments.races.train_race",
]
LIGHT = [
    "components.models.analysis.reference",
    "components.models.analysis.trials",
    "components.models.architecture.architecture",
    "components.models.inputs",
    "components.models.encoders",
    "components.models.merges",
    "components.models.heads",
    "components.models.language.graph",
    "components.models.architecture.costs",
    "components.models.language.recorder",
    "components.sharing.links.link",
    "components.sharing.code.script",
    "components.sharing.code.notebook",
    "components.app.parts.editor.drafts",
    "components.app.parts.editor.edits",
    "components.app.parts.editor.model_editor",
    "components.__main__",
    "sample_data.content.presets",
    "sample_data.loading.preview",
    "sample_data.loading.synthetic",
    "sample_data.loading.sources",
    "sample_data.own",
    "sample_data.ceilings",
    "sample_data.ceilings.information",
]
BUILDING = [
    "components.models.architecture.builder",
    "components.models.drawing.diagram",
    "components.models.drawing.interactive",
    "components.models.drawing.summary",
]
MAY_LOAD: dict[str, set[str]] = {
    **{module: set() for module in (*RACE, *INSPECTION)},
    **{module: {"sqlalchemy"} for module in TRAINING},
    **{module: {"sqlalchemy", "distributed"} for module in LIGHT},
    **{module: {"sqlalchemy", "distributed", "tensorflow", "keras"} for module in BUILDING},
}
"""Heavy packages that importing a module may load, from the strictest to the most permissive."""

IMPORT_ALL = f"""
import importlib, json, sys
print(json.dumps({{
    module: importlib.import_module(module) and [name for name in {HEAVY} if name in sys.modules]
    for module in json.loads(sys.argv[1])
}}))
"""


def output(script: str, *arguments: str) -> str:
    """Run a script in a fresh interpreter, and return the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """Return the heavy packages in memory after importing each module, in the order of imports."""
    loaded: dict[str, list[str]] = json.loads(output(IMPORT_ALL, json.dumps(list(MAY_LOAD))))
    return loaded


@pytest.mark.parametrize("module", MAY_LOAD)
def test_import_loads_only_what_it_may(loaded: dict[str, list[str]], module: str) -> None:
    assert set(loaded[module]) - MAY_LOAD[module] == set()


def test_the_server_answers_before_the_app_is_imported() -> None:
    assert output("import app, sys; print('sqlalchemy' in sys.modules)") == "False"


def test_only_the_shell_knows_streamlit() -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if any(name.partition(".")[0] == "streamlit" for name in imported(path))
    }
    assert "components/app/parts/frame/page_frame.py" in knowing
    assert {path for path in knowing if not path.startswith(SHELL)} == set()


def test_every_module_has_a_room() -> None:
    outside = {module: path for module, path in MODULES.items() if not room_of(module)}
    assert {path.name for path in outside.values()} == {"__init__.py"}
    assert {module for module, path in outside.items() if imported(path)} == set()
    assert {room_of(module) for module in MODULES} - {""} == set(FLOOR)


@pytest.mark.parametrize("room", FLOOR)
def test_a_room_imports_only_from_those_below(room: str) -> None:
    wrong = {
        f"{module} imports {other}"
        for module, path in MODULES.items()
        if room_of(module) == room
        for other in imported_modules(path)
        if room_of(other) != room and FLOOR[room_of(other)] >= FLOOR[room]
    }
    assert wrong == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: imported_modules(path) - {module} for module, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


def test_the_picture_of_the_packages_is_of_this_code() -> None:
    assert PACKAGES.read_text(encoding="utf-8") == packages_picture.svg(), (
        "docs/packages.svg is not of this code. Run `make generate`, and look at the picture."
    )


UNIX_MODULES = {"fcntl", "grp", "pwd", "pty", "resource", "termios", "tty"}
UNIX_NAMES = {
    *("fork", "forkpty", "getuid", "geteuid", "getpgid", "killpg", "mkfifo", "setsid", "wait"),
    *("waitpid", "WNOHANG", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCHLD", "AF_UNIX"),
    *("SOCK_SEQPACKET", "send_fds", "recv_fds", "poll", "epoll"),
}
GUARDED = {
    "components.base.workers.forkserver",
    "components.base.workers.host",
    "components.base.workers.processes",
    "components.experiments.training.reports",
}
"""Modules that use these names only in functions, on systems that have them."""


def test_no_module_needs_a_unix_system() -> None:
    assert {name for module in MODULES for name in _needed(module)} == set()


def _needed(module: str) -> Iterator[str]:
    """Yield the Unix-only names that a module uses."""
    source = tree(MODULES[module])
    for node in _at_import(source) if module in GUARDED else ast.walk(source):
        yield from _unix_names(node, MODULES[module])


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported: all except function bodies."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from _at_import(child)


def _unix_names(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.value.id in ("os", "signal", "socket", "select") and node.attr in UNIX_NAMES:
            yield f"{path.name}:{node.lineno} {node.value.id}.{node.attr}"
    elif isinstance(node, ast.Import):
        yield from (
            f"{path.name}: {alias.name}" for alias in node.names if alias.name in UNIX_MODULES
        )
    elif isinstance(node, ast.ImportFrom) and node.module in UNIX_MODULES:
        yield f"{path.name}: {node.module}"
