"""Two of Keras's application models as `to_json()` gives them, to be looked at.

Written by Keras 3.15.1 with `weights=None` from keras/src/applications, which is under the Apache
License 2.0. They hold the description alone, no weights.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the models, the smallest first."""
    found = sorted(_FOLDER.glob("*.json.gz"), key=lambda path: path.stat().st_size)
    return [path.name.removesuffix(".json.gz") for path in found]


@cache
def text(name: str) -> str:
    """The file of a model. Raises `KeyError` where there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return gzip.decompress((_FOLDER / f"{name}.json.gz").read_bytes()).decode()
