"""Paths of the project and of people's data."""

from __future__ import annotations

import os
import tomllib
from importlib import metadata
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[2]
"""Folder that holds `app.py`, `pages` and `components`."""
DATA_FOLDER = "FUSION_DATA"
OURS = __name__.removesuffix("components.base.paths")
"""Prefix of our modules' full names: the package that contains them if installed, else empty."""
INSTALLED = bool(OURS)
"""`True` for the installed package, `False` for a clone."""
COMMAND = "fusion-playground" if INSTALLED else "python -m components"
"""Command that calls the command line."""
_RUN = "make run HOST=0.0.0.0" if os.name == "posix" else "python run.py --host 0.0.0.0"
FOR_A_CLASS = f"{COMMAND} --host 0.0.0.0" if INSTALLED else _RUN
"""Command that starts a server which others on the network can reach."""


def version() -> str:
    """Return the version of the playground; in a clone, that of its `pyproject.toml`."""
    if INSTALLED:
        return metadata.version("fusion-playground")
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def data_folder(database: Path | None = None) -> Path:
    """Return the folder for databases, uploads and trained models.

    It is the one in FUSION_DATA, else that of the database's file, else the user's folder for
    program data, or `.data` in a clone.
    """
    named = os.environ.get(DATA_FOLDER)
    if named:
        return Path(named).absolute()
    if database:
        return database.parent
    return platformdirs.user_data_path("fusion-playground") if INSTALLED else ROOT / ".data"


def ours_first() -> dict[str, str]:
    """Return the environment of a process that can import our modules from any working folder."""
    if INSTALLED:
        return dict(os.environ)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
