"""The summary, as Keras's own text and as rows of a table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.costs import Costs
from components.graph import Graph
from components.render import words

if TYPE_CHECKING:
    import keras

LINE = 110
"""Characters of a line, wide enough that no name is cut."""


@dataclass(frozen=True)
class Row:
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
    """What `model.summary()` prints, without colours, in lines of `LINE` characters."""
    # Keras hands its text to rich, which cuts lines at the width this variable gives, else at 80.
    os.environ.setdefault("COLUMNS", str(LINE))
    lines: list[str] = []
    model.summary(line_length=LINE, print_fn=lines.append)
    return "\n".join(lines)


def table(graph: Graph, costs: Costs) -> list[Row]:
    """One row a layer, in the order they are computed. `share` is of all parameters, 0 to 1."""
    total = costs.total.parameters
    return [
        Row(
            layer=node.id,
            kind=node.layer,
            part=node.group,
            output=words.shape(node.shape),
            parameters=node.parameters,
            share=node.parameters / total if total else 0.0,
            flops=costs.nodes[node.id].flops,
            memory=costs.nodes[node.id].activation_bytes,
            reads=", ".join(node.sources),
        )
        for node in graph.nodes
    ]
