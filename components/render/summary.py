"""The summary of Keras as text, and the rows of a table."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from components.core.graph import Graph
from components.model.costs import Costs
from components.render import formatting

if TYPE_CHECKING:
    import keras

LINE = 110
"""Characters of a line, unless longer names need more."""

_NARROWEST = 0.26
"""Share of a line that Keras uses for connections, where `[0][0]` follows each name."""
_columns = threading.Lock()


@dataclass(frozen=True)
class LayerRow:
    """One layer of the table. FLOPs and memory are for one sample."""

    layer: str
    kind: str
    part: str
    output: str
    parameters: int
    share: float
    flops: int
    memory: int
    reads: str


def text(model: keras.Model) -> str:
    """What `model.summary()` prints, without colours, in lines wide enough for every name."""
    longest = max(len(operation.name) for operation in model.operations)
    width = max(LINE, ceil((longest + len(" [0][0]   ")) / _NARROWEST))
    lines: list[str] = []
    with _as_wide_as(width):
        model.summary(line_length=width, print_fn=lines.append)
    return "\n".join(lines)


@contextmanager
def _as_wide_as(width: int) -> Iterator[None]:
    """Keras prints with rich, which cuts lines at the width in COLUMNS, else at 80."""
    with _columns:
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = str(width)
        try:
            yield
        finally:
            del os.environ["COLUMNS"]
            if before is not None:
                os.environ["COLUMNS"] = before


def layer_rows(graph: Graph, costs: Costs) -> list[LayerRow]:
    """One row a layer, in the order they are computed. `share` is of the whole model, 0 to 1."""
    total = graph.model_parameters
    return [
        LayerRow(
            layer=node.id,
            kind=node.layer,
            part=node.group,
            output=formatting.shape(node.shape),
            parameters=node.parameters,
            share=node.parameters / total if total else 0.0,
            flops=costs.nodes[node.id].flops,
            memory=costs.nodes[node.id].activation_bytes,
            reads=", ".join(node.sources),
        )
        for node in graph.nodes
    ]
