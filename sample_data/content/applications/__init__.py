"""Two application models of Keras in the format of `to_json()`, for the Viewer page.

Written by Keras 3.15.1 with `weights=None` from keras/src/applications, which is under the Apache
License 2.0. They contain no weights.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the models, the smallest first."""
    files = sorted(_FOLDER.glob("*.json.gz"), key=lambda path: path.stat().st_size)
    return [path.name.removesuffix(".json.gz") for path in files]


@cache
def text(name: str) -> str:
    """Return the JSON text of a model. Raises `KeyError` for an unknown name."""
    if name not in names():
        raise KeyError(name)
    return gzip.decompress((_FOLDER / f"{name}.json.gz").read_bytes()).decode()
