from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "keras", "streamlit", "distributed", "sqlalchemy")


def test_a_race_is_planned_and_told_without_heavy_modules() -> None:
    modules = ["plan", "standing", "tables", "why", "robustness", "command", "options"]
    code = "import sys\n" + "".join(f"import components.race.{name}\n" for name in modules)
    code += f"print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "[]", done.stderr
