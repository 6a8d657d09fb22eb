"""Keras's application models at block level: reading the JSON, choosing columns, drawing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.rows import BenchmarkRow, show
from components import keras_json
from components.core.keras_import import load_keras
from components.render import diagram
from components.ui.viewer.state import readable
from sample_data import applications

ROUNDS = 5
T = TypeVar("T")


def main() -> None:
    """Print the rows."""
    load_keras()
    show("Models from elsewhere", [_row(name) for name in applications.names()])


def _row(name: str) -> BenchmarkRow:
    text = applications.text(name)
    read, model = _timed(lambda: keras_json.read(text, name))
    part, _ = _timed(lambda: [model.part(group.id) for group in model.graph.groups])
    chosen, look = _timed(lambda: readable(model.graph, "blocks", "light"))
    drawn, _ = _timed(lambda: diagram.svg(model.graph, look))
    figures = {
        "layers": f"{model.layers}",
        "blocks": f"{len(model.graph.groups)}",
        "read s": f"{read:.3f}",
        "divide all blocks s": f"{part:.3f}",
        "columns s": f"{chosen:.3f}",
        "SVG s": f"{drawn:.3f}",
        "file to picture s": f"{read + chosen + drawn:.3f}",
    }
    return BenchmarkRow(name, figures)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """The median of some rounds in seconds, and what the work gives."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


if __name__ == "__main__":
    main()
