from __future__ import annotations

import subprocess
import sys

import pytest

from components.training.isolation import ROOT

HEAVY = ("tensorflow", "keras", "streamlit", "distributed")


@pytest.mark.parametrize("module", ["config", "events", "store", "isolation", "service", "loop"])
def test_importing_is_cheap(module: str) -> None:
    script = (
        f"import sys, components.training.{module}\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
