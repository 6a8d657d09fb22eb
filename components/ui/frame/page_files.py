"""The pages of the app: their files and their labels in the bar."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from components.core.paths import ROOT

ROOM_PAGE = ROOT / "pages" / "Room.py"
"""The class room for its teacher, which has no label in the bar."""


def page_file(label: str) -> Path:
    """The file of a page by its label in the bar."""
    return {name: path for path, name in pages()}[label]


@lru_cache(maxsize=1)
def pages() -> tuple[tuple[Path, str], ...]:
    """The pages in `pages/` with a number, after the Build page."""
    numbered = sorted((ROOT / "pages").glob("[0-9]*_*.py"))
    names = [path.stem.partition("_")[2].replace("_", " ") for path in numbered]
    return (ROOT / "app.py", "Build"), *zip(numbered, names, strict=True)
