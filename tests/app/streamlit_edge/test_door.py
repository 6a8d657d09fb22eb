"""Use of Streamlit outside of `components/app/streamlit_edge`, limited to public names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import streamlit as st

from components.app.streamlit_edge.dom import SELECTORS
from components.base.paths import ROOT
from tests.house import imported, sources

EDGE = ROOT / "components" / "app" / "streamlit_edge"
PUBLIC = (
    "streamlit.column_config",
    "streamlit.components.v2",
    "streamlit.testing.v1",
    "streamlit.typing",
)
"""Modules that Streamlit documents, beside `streamlit` itself."""
DOM_NAME = re.compile(
    r"""\bst[A-Z]\w+|st-emotion|_stcore|data-testid|data-baseweb|testScript|test-script|react-aria
    |\[data-(?:rac|tag|stale|selected|variant|collapsed)|InputInstructions
    |\.(?:katex|modebar|token)\b|"\#root"|\#root\b|aria-haspopup=|aria-label\^=""",
    re.VERBOSE,
)
"""Pattern of a name or an address of a part of Streamlit's page; classes `st-key-…` are public."""
OWN = re.compile(r' data-testid="(?:figures|card)"')
"""Names in our own HTML that tests use."""


def test_only_the_edge_imports_what_is_not_public() -> None:
    hidden = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in sources()
        if not path.is_relative_to(EDGE)
        for name in _hidden(path)
    }
    assert hidden == set()
    assert list(_hidden(EDGE / "sessions.py")), "this test finds such imports"


def _hidden(path: Path) -> Iterator[str]:
    """Yield what a file uses of Streamlit's internals: imports, and `st.` before a module."""
    for name in imported(path):
        if name.startswith("streamlit.") and not name.startswith(PUBLIC):
            yield name
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "st":
            is_module = isinstance(getattr(st, node.attr, None), ModuleType)
            is_public = f"streamlit.{node.attr}" in " ".join(PUBLIC)
            if node.attr.startswith("_") or (is_module and not is_public):
                yield f"st.{node.attr}"


def test_only_the_edge_names_parts_of_the_page() -> None:
    files = (path for path in (ROOT / "components").rglob("*") if path.suffix in (".css", ".js"))
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    texts |= {path: _strings(path) for path in sources() if not path.is_relative_to(EDGE)}
    named = {
        f"{path.relative_to(ROOT).as_posix()}: {name[0]}"
        for path, text in texts.items()
        for name in DOM_NAME.finditer(OWN.sub("", text))
    }
    assert named == set()
    unknown = {name for name, selector in SELECTORS.items() if not DOM_NAME.search(selector)}
    assert unknown == set(), "this test finds such names"


def _strings(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(value for value in constants if isinstance(value, str))
