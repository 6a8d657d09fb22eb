"""Where the project is, and where people's data is."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `app.py`, `pages` and `components`."""
DATA_FOLDER = "FUSION_DATA"


def data_folder(database: Path | None = None) -> Path:
    """The folder for databases, uploads and trained models.

    It is the one that FUSION_DATA names, else that of the database's file, else `.data` in the
    project's root.
    """
    named = os.environ.get(DATA_FOLDER)
    if named:
        return Path(named).absolute()
    return database.parent if database else ROOT / ".data"
