"""The card beside a picture: a layer, a block, or the parts with most parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from components.app.parts.widgets import html_parts
from components.base.text import byte_size, short_number
from components.models.architecture.costs import Costs
from components.models.drawing import formatting
from components.models.drawing.palette import Theme
from components.models.language.graph import Graph, Group, Node

LISTED = 12
"""Maximum number of layers of a block, or sources of a layer, in a card."""
LARGEST = 9
"""Maximum number of blocks or layers that a card compares."""


def layer(
    graph: Graph, costs: Costs, node: Node, theme: Theme, about: str = "", code: str = ""
) -> Markup:
    """Return the card of a layer: its settings, its costs, and its lines of code."""
    cost, group, total = costs.nodes[node.id], graph.group(node.group), graph.model_parameters
    inputs = ", ".join(formatting.output(graph[source]) for source in node.sources[:LISTED])
    held = "unknown" if "parameters" in node.unknown else f"{cost.parameters:,}"
    if cost.parameters:
        held += f" · {formatting.share(cost.parameters, total)}"
    flops = cost.flops_text()
    if graph.part_of is None and not costs.total.uncounted:
        flops += f" · {formatting.share(cost.flops, costs.total.flops)}"
    sized = not (graph.imported and costs.estimated)  # The draft says which length is assumed.
    rows = [
        ("name", node.keras_name if graph.imported else node.id),
        *([("block", group.title)] if graph.imported else []),
        *([("reason", node.reason)] if node.reason else []),
        *formatting.settings(replace(node, config={})).items(),
        *([("input", inputs)] if inputs else []),
        ("output", formatting.output(node)),
        ("parameters", held),
        *([("FLOPs per sample", flops)] if (cost.flops or cost.uncounted) and sized else []),
        *([("activations", byte_size(cost.activation_bytes))] if not graph.imported else []),
        *([("shares weights of", graph[node.shares].keras_name)] if node.shares else []),
        *([("could not be inferred", ", ".join(node.unknown))] if node.unknown else []),
    ]
    content = html_parts.rows(rows)
    if code:
        content += Markup("<pre>{}</pre>").format(code)
    return html_parts.card(node.layer, content, note=about, color=theme.tones(group).title)


def block(graph: Graph, costs: Costs, group: Group, theme: Theme) -> Markup:
    """Return the card of a block: its layers, with their output and parameters."""
    inside = graph.members(group.id)
    rows = [(node.layer, formatting.output_and_parameters(node)) for node in inside[:LISTED]]
    if more := len(inside[LISTED:]):
        rows.append((f"and {more} more", ""))
    count = costs.groups[group.id].parameters
    held = f"{count:,} parameters · {formatting.share(count, graph.model_parameters)}"
    note = f"{group.note} · {held}" if group.note else held
    color = theme.tones(group).title
    return html_parts.card(group.title, html_parts.rows(rows), note=note, color=color)


def largest(graph: Graph, costs: Costs, theme: Theme, hint: str, by_layer: bool = False) -> Markup:
    """Return the card of the blocks, or layers, with most parameters, in the model's order."""
    parts: list[tuple[str, int, Group, Sequence[Node]]]
    if by_layer:
        parts = [
            (node.keras_name, costs.nodes[node.id].parameters, graph.group(node.group), (node,))
            for node in graph.nodes
        ]
    else:
        parts = [
            (group.title, costs.groups[group.id].parameters, group, graph.members(group.id))
            for group in graph.groups
        ]
    ranked = sorted(range(len(parts)), key=lambda number: -parts[number][1])
    bars, total = Markup(), graph.model_parameters
    for name, count, group, nodes in (parts[number] for number in sorted(ranked[:LARGEST])):
        more = " + ?" if any("parameters" in node.unknown for node in nodes) else ""
        numbers = f"{short_number(count)}{more} · {formatting.share(count, total)}"
        share = count / total if total else 0.0
        bars += html_parts.share_bar(name, numbers, share, theme.tones(group).solid)
    note = f"The {LARGEST} largest. {hint}" if len(parts) > LARGEST else hint
    return html_parts.card("Where the parameters are", bars, note=note)
