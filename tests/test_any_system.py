"""Nothing that only some systems have is needed to import our modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house import MODULES

UNIX_MODULES = {"fcntl", "grp", "pwd", "pty", "resource", "termios", "tty"}
UNIX_NAMES = {
    *("fork", "forkpty", "getuid", "geteuid", "getpgid", "killpg", "mkfifo", "setsid", "wait"),
    *("waitpid", "WNOHANG", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCHLD", "AF_UNIX"),
    *("SOCK_SEQPACKET", "send_fds", "recv_fds", "poll", "epoll"),
}
GUARDED = {
    "components.keras_host.forkserver",
    "components.keras_host.host",
    "components.keras_host.processes",
    "components.training.reports",
}
"""They use these names in functions, where the system has them."""


def test_no_module_needs_a_unix_system() -> None:
    assert {name for module in MODULES for name in _needed(module)} == set()


def _needed(module: str) -> Iterator[str]:
    """What a module uses that only Unix has."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for node in _at_import(tree) if module in GUARDED else ast.walk(tree):
        yield from _unix_names(node, MODULES[module])


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What is run when a module is imported: all but the bodies of its functions."""
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
