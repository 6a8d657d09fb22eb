"""Random architectures, 200 of them, for the rules of pictures: the same ones everywhere.

Hypothesis draws other ones as the code changes, so they are kept in a file. `python -m
tests.models.drawing.random_architectures` draws them again.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from components.base.errors import ShapeError
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from tests.strategies import fitting_architectures

COUNT = 200
FILE = Path(__file__).parent / "fixtures" / "random_architectures.json.gz"


def load() -> list[Architecture]:
    """Return the architectures of the file."""
    return [parse(data) for data in json.loads(gzip.decompress(FILE.read_bytes()))]


def draw() -> dict[str, Architecture]:
    """Architectures that can be built, by their JSON."""
    drawn: dict[str, Architecture] = {}

    @settings(
        max_examples=20 * COUNT,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(fitting_architectures())
    def collect(architecture: Architecture) -> None:
        if len(drawn) == COUNT:
            return
        try:
            build(architecture)
        except ShapeError:
            return
        drawn[architecture.json_text()] = architecture

    collect()
    return drawn


if __name__ == "__main__":
    text = f"[{','.join(draw())}]"
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))
