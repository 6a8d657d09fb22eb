"""The card beside the picture: a layer, a block, or the largest parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from components.core.graph import Group, Node
from components.core.markup import escape_markdown
from components.core.text import short_number
from components.keras_json import STUB_PREFIX, ImportedModel
from components.render import blocks, formatting
from components.render.palette import Theme
from components.ui.widgets import html_parts

LISTED = 9
"""Blocks or layers in a card."""
KINDS = 5
"""Kinds of unknown layers named at most."""


def unknown(part: ImportedModel) -> str:
    """The kinds of layers about which something could not be inferred, as Markdown.

    Layers of which only the shape or the FLOPs are missing are left out.
    """
    strange = [node for node in part.graph.nodes if node.is_unfamiliar]
    kinds = Counter(node.layer for node in strange)
    named = [
        f"{escape_markdown(k)} ×{n}" if n > 1 else escape_markdown(k)
        for k, n in kinds.most_common(KINDS)
    ]
    return ", ".join(named) + (" and others" if len(kinds) > KINDS else "")


def card(part: ImportedModel, selected: str | None, level: str, theme: Theme) -> str:
    """HTML of the selection, else of the parts with most parameters."""
    graph = part.graph
    group = next((group for group in graph.groups if group.id == selected), None)
    if level == "blocks" and group is not None:
        inside = graph.members(group.id)
        return _layer(part, inside[0], theme) if len(inside) == 1 else _block(part, group, theme)
    if level != "blocks" and selected is not None and selected in graph:
        return _layer(part, graph[selected], theme)
    return _largest(part, level, theme)


def _block(part: ImportedModel, group: Group, theme: Theme) -> str:
    inside = part.graph.members(group.id)
    rows = html_parts.layers_of_block(inside, 2 * LISTED)
    count = part.costs.groups[group.id].parameters
    share = formatting.share(count, part.graph.model_parameters)
    note = f"{group.note} · {short_number(count)} parameters · {share}"
    return _table(group.title, note, rows, group, theme)


def _layer(part: ImportedModel, node: Node, theme: Theme) -> str:
    graph, cost = part.graph, part.costs.nodes[node.id]
    group, total = graph.group(node.group), graph.model_parameters
    outside = node.id.startswith(STUB_PREFIX)
    held = "unknown" if "parameters" in node.unknown else f"{cost.parameters:,}"
    share = f" · {formatting.share(cost.parameters, total)}" if cost.parameters else ""
    inputs = ", ".join(formatting.output(graph[source]) for source in node.sources[:LISTED])
    known = cost.flops and not part.costs.estimated
    rows = [
        *([] if outside else [("name", node.keras_name), ("block", group.title)]),
        *formatting.settings(replace(node, config={})).items(),
        *([("input", inputs)] if inputs else []),
        ("output", formatting.output(node)),
        *([] if outside else [("parameters", held + share)]),
        *([("FLOPs per sample", short_number(cost.flops))] if known else []),
        *([("shares weights of", graph[node.shares].keras_name)] if node.shares else []),
        *([("could not be inferred", ", ".join(node.unknown))] if node.unknown else []),
    ]
    about = "An input of this part from the model around it." if outside else ""
    return _table("Input" if outside else node.layer, about, rows, group, theme)


def _table(
    title: str, note: str, pairs: Sequence[tuple[str, str]], group: Group, theme: Theme
) -> str:
    color = theme.tones(group).title
    return html_parts.card(title, html_parts.rows(pairs), note=note, color=color)


def _largest(part: ImportedModel, level: str, theme: Theme) -> str:
    """The blocks or layers with most parameters, in the model's order."""
    graph = part.graph
    boxes = blocks.block_graph(graph) if level == "blocks" else graph
    held = {node.id: node.parameters for node in boxes.nodes}
    kept = set(sorted(held, key=lambda id: -held[id])[:LISTED])
    bars = Markup().join(
        html_parts.parameter_bar(
            graph.group(node.group).title if level == "blocks" else node.keras_name,
            node.parameters,
            graph.model_parameters,
            theme.tones(graph.group(node.group)).solid,
            is_least="parameters" in node.unknown,
        )
        for node in boxes.nodes
        if node.id in kept and held[node.id]
    )
    few = sum(map(bool, held.values())) > LISTED
    hint = "Click a block to open it." if level == "blocks" else "Click a layer for its details."
    note = f"The {LISTED} largest. {hint}" if few else hint
    return html_parts.card("Where the parameters are", bars, note=note)
