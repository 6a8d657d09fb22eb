"""Example in Python of the README: its code, and the picture that it draws."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from components.base.paths import ROOT

PICTURE = ROOT / "docs/pictures/readme_model.svg"


def blocks(path: Path) -> list[str]:
    """Return the blocks of Python of a document."""
    return re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def code() -> str:
    """Return the only block of Python in the README."""
    (block,) = blocks(ROOT / "README.md")
    return block


def drawn(folder: Path, python: str = sys.executable, path: Path = ROOT) -> str:
    """Run the code in a folder by a Python that also looks for packages in a path.

    Return the picture that it saves.
    """
    env = {**os.environ, "PYTHONPATH": str(path)}
    subprocess.run([python, "-c", code()], cwd=folder, env=env, check=True)
    return (folder / "model.svg").read_text(encoding="utf-8")


def write() -> None:
    """Draw the picture of the README anew."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(folder), encoding="utf-8")
