"""The server itself never imports Keras, whatever its visitors do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from components.core.paths import ROOT


@pytest.mark.matrix
def test_no_page_imports_keras_into_the_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.every_page"],
        cwd=ROOT,
        env={
            **os.environ,
            "FUSION_BUILDERS": "1",
            "FUSION_DATABASE_URL": f"sqlite:///{tmp_path / 'runs.sqlite'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []
