"""Tables of parameters by layer and by part."""

from __future__ import annotations

from collections.abc import Iterable

from components.core.graph import Graph
from components.export.formats.base import TOTAL, TextTable
from components.model.costs import Costs
from components.render import summary


def by_layer(graph: Graph, costs: Costs) -> TextTable:
    """One row a layer: its name, kind, part, output, parameters and their share."""
    rows = [
        (row.layer, row.kind, row.part, row.output, row.parameters, row.share)
        for row in summary.layer_rows(graph.drawn(), costs)
    ]
    return layer_table(graph.name, rows, costs)


def layer_table(
    name: str,
    rows: Iterable[tuple[str | int | float, ...]],
    costs: Costs,
    part: str = "Part",
    share: float = 1.0,
) -> TextTable:
    """The table of these rows, a layer each, and the total; `part` heads the third column.

    `share` is that of all rows in the whole model.
    """
    total = costs.total.parameters
    return TextTable(
        f"Parameters of {name} by layer",
        ("Layer", "Kind", part, "Output", "Parameters", "Share"),
        (*rows, (TOTAL, "", "", "", total, share if total else 0.0)),
    )


def by_part(graph: Graph, costs: Costs) -> TextTable:
    """One row a branch, merge, trunk and head: its layers, parameters and their share."""
    whole, total = graph.drawn(), costs.total.parameters
    rows = []
    for group in graph.groups:
        part = costs.groups[group.id].parameters
        share = part / total if total else 0.0
        rows.append((group.title, group.role, len(whole.members(group.id)), part, share))
    return TextTable(
        f"Parameters of {graph.name} by part",
        ("Part", "Role", "Layers", "Parameters", "Share"),
        (*rows, (TOTAL, "", len(whole.nodes), total, 1.0 if total else 0.0)),
    )
