"""Tables of parameters by layer and by part."""

from __future__ import annotations

from components.models.architecture.costs import Costs
from components.models.drawing import summary
from components.models.language.graph import Graph
from components.sharing.formats.base import TOTAL, TextTable


def by_layer(graph: Graph, costs: Costs, part: str = "Part") -> TextTable:
    """Return a table with a row for each layer and a total row.

    The columns are name, kind, part, output, parameters and their share of all. `part` is the
    heading of the third column. A question mark stands for an unknown number.
    """
    graph, total = graph.drawn(), costs.total.parameters
    columns = summary.layer_columns(graph, costs, part)
    columns["Parameters"] = ["?" if n is None else n for n in columns["Parameters"]]
    titles = ("Layer", "Kind", part, "Output", "Parameters", "Share")
    rows = zip(*(columns[title] for title in titles), strict=True)
    share = total / graph.model_parameters if total else 0.0
    whole = (TOTAL, "", "", "", total, share)
    return TextTable(f"Parameters of {graph.name} by layer", titles, (*rows, whole))


def by_part(graph: Graph, costs: Costs) -> TextTable:
    """Return a table with a row for each branch, merge, trunk and head, and a total row.

    The columns include the number of layers, the parameters and their share of all.
    """
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
