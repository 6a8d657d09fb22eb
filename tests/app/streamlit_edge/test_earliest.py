"""Tests with the earliest Streamlit that `pyproject.toml` allows, which the matrix installs."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

import pytest

from components.base.paths import ROOT
from run import EARLIEST, EARLIEST_FOLDER
from tests.house import MODULES

IMPORT_ALL = """
import importlib, sys
import streamlit
for module in sys.argv[1:]:
    importlib.import_module(module)
print(streamlit.__version__)
"""
TESTS = (
    "tests/app/streamlit_edge",
    "tests/e2e/test_dom.py",
    "tests/app/server/test_server.py",
    "tests/e2e/test_build.py::test_a_newcomer_looks_at_the_model",
    "tests/e2e/test_room.py::test_a_class_has_a_lesson_and_a_vote",
)
"""Tests of names of the page, of sessions, uploads and messages, of Build, and of polled panels."""
pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(not EARLIEST_FOLDER.exists(), reason=f"{EARLIEST} is not installed"),
]


def output(*arguments: str) -> str:
    """Return the end of what Python prints with the earliest Streamlit."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(EARLIEST_FOLDER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_the_earliest_is_the_lower_bound_of_the_range() -> None:
    with open(ROOT / "pyproject.toml", "rb") as file:
        ranges = tomllib.load(file)["project"]["optional-dependencies"]["server"]
    bound = EARLIEST.replace("==", ">=").removesuffix(".0")
    assert f"{bound},<1.68" in ranges


def test_all_modules_import() -> None:
    modules = [name for name in MODULES if name.startswith(("components.", "sample_data."))]
    shown = output("-c", IMPORT_ALL, *[name for name in modules if "__main__" not in name])
    assert shown.splitlines()[-1] == EARLIEST.partition("==")[2]


def test_the_tests_of_this_package_pass() -> None:
    output("-m", "pytest", "-q", "-n0", "-m", "not matrix", *TESTS)
