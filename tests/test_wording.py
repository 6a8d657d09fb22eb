from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.base import errors
from components.base.paths import ROOT
from tests.house import STOREYS, tree

SHARED = (
    "components",
    *(name.replace(".", "/") for name in STOREYS if name.startswith("components.")),
    "components/app/parts",
    "components/app/pages",
)
"""Folders of packages; as packages, they contain only the files outside their subpackages."""
FOLDERS = [
    name
    for parent in SHARED
    for path in (ROOT / parent).iterdir()
    if path.is_dir() and path.name != "__pycache__"
    if (name := path.relative_to(ROOT).as_posix()) not in SHARED
]
PACKAGES = sorted([*SHARED, *FOLDERS, "sample_data", "benchmarks", "pages", "fusion_playground"])
EMPTY_NAMES = {"told", "given", "made", "found", "said", "place"}
LOG = re.compile(r"\bmust\b|\bReceived\b")
"""Words of a log: an error is a sentence to a person, such as "There is no open room …"."""
PLAIN = (
    "components",
    "sample_data",
    "fusion_playground",
    "benchmarks",
    "tests",
    "pages",
    "app.py",
    "run.py",
)
"""Folders and files of which every docstring begins with a verb or a noun."""
CLAUSES = {"What", "Whether", "How", "Of", "Where", "Who"}
"""First words of a clause that is unclear without the code."""
ERRORS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.PlaygroundError)
}
Named = tuple[int, str]


def files(package: str) -> list[Path]:
    folder = ROOT / package
    return sorted(folder.glob("*.py") if package in SHARED else folder.rglob("*.py"))


def text_of(node: ast.expr) -> str | None:
    """Return the text of a literal, with `…` for the fields of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "…" for part in node.values)
    return None


def is_error(node: ast.AST) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Name) and function.id in ERRORS


def assigned(module: ast.Module, name: str) -> list[ast.expr]:
    """Return the values that a file assigns to a name."""
    return [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]


def rules(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Yield the rule of each error that a file creates, with its line.

    The rule of an error that is raised again is left out; a variable stands for the values assigned
    to it in the file.
    """
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and is_error(node):
            named = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
            for rule in [*node.args[:1], *named]:
                if isinstance(rule, ast.Name):
                    values = assigned(tree(path), rule.id) or [rule]
                    yield from ((node.lineno, value) for value in values)
                elif not (isinstance(rule, ast.Attribute) and rule.attr == "rule"):
                    yield node.lineno, rule


def fault(rule: ast.expr) -> str | None:
    """Return the fault of a rule, if it has one."""
    text = text_of(rule)
    if text is None:
        return f"`{ast.unparse(rule)}` must be a literal at the error's site"
    if LOG.search(text) or not text.endswith((".", "…")):
        return f"`{text}` must be a sentence to a person, without `must` and `Received`"
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_an_error_is_a_sentence_to_a_person(package: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {wrong}"
        for path in files(package)
        for line, rule in rules(path)
        if (wrong := fault(rule))
    ]
    assert not faults, "\n".join(faults)


def names(module: ast.Module) -> Iterator[Named]:
    """Yield the names that a file defines, with their lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_says_what_it_is(package: str) -> None:
    empty = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in files(package)
        for line, name in names(tree(path))
        if name.strip("_") in EMPTY_NAMES
    ]
    assert not empty, "\n".join(empty)


def docstrings(path: Path) -> Iterator[Named]:
    """Yield the docstrings of a file, including those of attributes, with their lines."""
    for node in ast.walk(tree(path)):
        body = getattr(node, "body", ())
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and (text := text_of(statement.value)):
                yield statement.lineno, text


@pytest.mark.parametrize("name", PLAIN)
def test_a_docstring_begins_with_a_verb_or_a_noun(name: str) -> None:
    path = ROOT / name
    clauses = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
        for line, text in docstrings(file)
        if text.split()[0].rstrip(",:") in CLAUSES
    ]
    assert not clauses, "\n".join(clauses)


def messages() -> Iterator[str]:
    """Yield every error of the source with its file and line, and `…` for its fields."""
    for path in (path for package in PACKAGES for path in files(package)):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and is_error(node) and len(node.args) > 2:
                rule, received, fix = (text_of(part) or "…" for part in node.args[:3])
                text = errors.PlaygroundError(rule, received, fix)
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {text}"


if __name__ == "__main__":
    print(*messages(), sep="\n")
