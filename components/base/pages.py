"""Pages of the app, each registered by its file, whose name gives its position and its label."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from components.base.paths import ROOT

FOLDER = ROOT / "pages"


def label_of(file: str) -> str:
    """Return the label of the page in a file, from the file's name alone."""
    name = Path(file).name
    return next((label for label, path in pages().items() if path.name == name), Path(file).stem)


def page_file(label: str) -> Path:
    """Return the file of a page by its label; a page without a number is not in the bar."""
    return pages().get(label) or FOLDER / f"{label}.py"


@lru_cache(maxsize=1)
def pages() -> Mapping[str, Path]:
    """Return the pages in the bar by label, in order: the first page, then those with a number."""
    numbered = sorted(FOLDER.glob("[0-9]*_*.py"))
    names = [path.stem.partition("_")[2].replace("_", " ") for path in numbered]
    return {"Build": ROOT / "app.py", **dict(zip(names, numbered, strict=True))}
