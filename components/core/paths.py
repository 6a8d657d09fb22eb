"""Where the project is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `app.py`, `pages` and `components`."""
DATA = ROOT / ".data"
"""The folder for databases, uploads and trained models, unless settings name another."""
