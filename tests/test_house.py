"""Counts of what makes a reader jump between places; a count may only fall.

`make check` runs these tests, `make test` does not.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from components.base.paths import ROOT
from tests.house import sources, tree

MAXIMA = {
    "short private functions used once": 283,
    "data classes named in one file": 60,
    "class names used twice": 0,
    "files over 500 lines": 2,
}
"""The present counts. Lower a maximum with its count, and never raise it."""
SHORT = 4
"""Maximum number of lines in the body of a short function, with its docstring."""
LONG = 500
"""Maximum number of lines in a file that is not counted."""
DATA = ("dataclass", "NamedTuple")
"""Decorator and base of data classes."""


def place(path: Path, node: ast.stmt, name: str) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {name}"


@cache
def referenced(node: ast.AST) -> Counter[str]:
    """Return how often each name is used in a part of a file."""
    names = Counter[str]()
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            names[child.id] += 1
        elif isinstance(child, ast.Attribute):
            names[child.attr] += 1
    return names


def short_functions() -> Iterator[str]:
    """Yield the short private functions and methods that their file uses once."""
    for path in sources():
        names = referenced(tree(path))
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name.startswith("_")
                and not node.name.startswith("__")
                and (node.body[-1].end_lineno or 0) - node.body[0].lineno < SHORT
                and names[node.name] - referenced(node)[node.name] == 1
            ):
                yield place(path, node, node.name)


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                yield path, node


def is_data(node: ast.ClassDef) -> bool:
    parts = (*node.decorator_list, *node.bases)
    called = (part.func if isinstance(part, ast.Call) else part for part in parts)
    return any(isinstance(part, ast.Name) and part.id in DATA for part in called)


def data_classes() -> Iterator[str]:
    """Yield the data classes that no other file imports or names."""
    users: defaultdict[str, set[Path]] = defaultdict(set)
    for path in sources():
        for name in referenced(tree(path)):
            users[name].add(path)
        for node in ast.walk(tree(path)):
            for alias in node.names if isinstance(node, ast.ImportFrom) else ():
                users[alias.name].add(path)
    for path, node in classes():
        if is_data(node) and users[node.name] <= {path}:
            yield place(path, node, node.name)


def repeated_classes() -> Iterator[str]:
    """Yield the classes whose name another one has, a leading underscore aside."""
    count = Counter(node.name.lstrip("_") for _, node in classes())
    for path, node in classes():
        if count[node.name.lstrip("_")] > 1:
            yield place(path, node, node.name)


def long_files() -> Iterator[str]:
    for path in sources():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONG:
            yield f"{path.relative_to(ROOT)} has {lines} lines"


COUNTED = dict(
    zip(MAXIMA, (short_functions, data_classes, repeated_classes, long_files), strict=True)
)


@pytest.mark.parametrize("what", MAXIMA)
def test_a_count_only_falls(what: str) -> None:
    places, most = [*COUNTED[what]()], MAXIMA[what]
    assert len(places) <= most, (
        f"There are {len(places)} {what}, {len(places) - most} more than before. "
        f"Inline, join or split some of them:\n" + "\n".join(places)
    )
    assert len(places) == most, (
        f"There are {len(places)} {what}, fewer than before. "
        f"Lower the maximum in {Path(__file__).name} from {most} to {len(places)}."
    )
