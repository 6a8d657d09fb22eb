from __future__ import annotations

import ast

import pytest

from components.base import clock
from components.base.paths import ROOT

pytestmark = pytest.mark.clock

PACKAGES = ("components", "sample_data", "fusion_playground")
UNMOVED = {"time.time", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
"""Times that a test can't move."""


def test_only_the_clock_reads_the_time() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in ROOT.joinpath(package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in UNMOVED
    }
    assert found == {"components/base/clock.py"}


def test_the_variable_moves_all_but_the_time_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.SHIFT, "0")
    monkeypatch.setattr("time.time", lambda: 1000.0)
    assert clock.now() == clock.file_now() == clock.utc_now().timestamp() == 1000
    monkeypatch.setenv(clock.SHIFT, "-86400.5")
    assert clock.now() == clock.utc_now().timestamp() == 1000 - 86400.5
    assert clock.file_now() == 1000
