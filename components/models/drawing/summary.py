"""Summary of Keras as text, and the columns of a table of layers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from components.models.architecture.costs import Costs
from components.models.drawing import formatting
from components.models.language.graph import Graph

if TYPE_CHECKING:
    import keras

LINE = 110
"""Characters of a line; more if longer names need them."""

_NARROWEST = 0.26
"""Share of a line that Keras uses for connections, where `[0][0]` follows each name."""
_columns = threading.Lock()


def text(model: keras.Model) -> str:
    """Return what `model.summary()` prints, without colours, in lines that hold every name."""
    longest = max(len(operation.name) for operation in model.operations)
    width = max(LINE, ceil((longest + len(" [0][0]   ")) / _NARROWEST))
    lines: list[str] = []
    with _with_columns(width):
        model.summary(line_length=width, print_fn=lines.append)
    return "\n".join(lines)


@contextmanager
def _with_columns(width: int) -> Iterator[None]:
    """Set COLUMNS to a width: Keras prints with rich, which cuts lines there, otherwise at 80."""
    with _columns:
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = str(width)
        try:
            yield
        finally:
            del os.environ["COLUMNS"]
            if before is not None:
                os.environ["COLUMNS"] = before


def layer_columns(graph: Graph, costs: Costs, part: str = "Part") -> dict[str, list[Any]]:
    """Return the facts of each layer as columns, in the order of computation; `None` if unknown.

    Shares are of the whole model, 0 to 1; FLOPs and activations are for one sample. `part` is the
    title of the column of groups.
    """
    nodes, total = graph.nodes, graph.model_parameters
    spent = [costs.nodes[node.id] for node in nodes]
    return {
        "Layer": [node.id for node in nodes],
        "Kind": [node.layer for node in nodes],
        part: [graph.group(node.group).title for node in nodes],
        "Output": [formatting.output(node) for node in nodes],
        "Parameters": [None if "parameters" in n.unknown else n.parameters for n in nodes],
        "Share": [node.parameters / total if total else 0.0 for node in nodes],
        "FLOPs": [cost.known_flops for cost in spent],
        "Activations": [cost.activation_bytes for cost in spent],
        "Reads": [", ".join(node.sources) for node in nodes],
    }
