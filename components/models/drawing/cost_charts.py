"""Charts of a model's parameters, FLOPs and memory: a treemap, bars, and the flow of numbers."""

from __future__ import annotations

from html import escape
from math import prod
from typing import Literal

import plotly.graph_objects as go

from components.base.text import byte_size
from components.models.architecture.costs import NOMINAL_LENGTH, Cost, Costs
from components.models.drawing import blocks, formatting
from components.models.drawing.emphasis import named, tones_of
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.drawing.palette import THEMES, Theme
from components.models.language.graph import Graph, Node

Measure = Literal["parameters", "flops", "memory"]
TOOLS = 30
"""Space in pixels above a chart for Plotly's buttons, so that they cover nothing."""
BAR = 24
"""Height of each bar in pixels."""
_UNSEEN = "rgba(0,0,0,0)"
MANY = 40
"""Number of layers above which the flow shows blocks."""
_AXES: dict[Measure, str] = {
    "parameters": "Parameters",
    "flops": "FLOPs per sample",
    "memory": "Bytes of activations per sample",
}


def treemap(
    graph: Graph, costs: Costs, options: DiagramOptions = PLAIN, measure: Measure = "parameters"
) -> go.Figure:
    """Draw a rectangle for each layer in that of its block, as large as its share of `measure`."""
    graph, theme = named(graph, options).drawn(), THEMES[options.theme]
    whole = ("", "", escape(graph.name) + _missing(costs, measure), theme.page, theme.ink)
    rows = [(*whole, _value(costs.total, measure))]
    for group in graph.groups:
        tones, block = theme.tones(group), f"block {group.id}"
        value = _value(costs.groups[group.id], measure)
        rows.append((block, "", escape(group.title), tones.wash, tones.title, value))
        for node in graph.members(group.id):
            value, tones = _value(costs.nodes[node.id], measure), tones_of(graph, node, options)
            rows.append((node.id, block, _label(node), tones.solid, tones.on_solid, value))
    shown = [row for row in rows if row[-1] or row is rows[0]]
    ids, parents, labels, colors, inks, values = zip(*shown, strict=True)
    chart = go.Figure(
        go.Treemap(
            ids=ids,
            parents=parents,
            labels=labels,
            values=values,
            text=[_amount(value, measure, costs) for value in values],
            branchvalues="total",
            marker={"colors": colors, "line": {"width": 1.5, "color": theme.page}},
            textfont={"color": inks},
            texttemplate="<b>%{label}</b><br>%{text}",
            hovertemplate="<b>%{label}</b><br>%{text}<extra></extra>",
            tiling={"pad": 2},
            pathbar={"visible": False},
            root={"color": _UNSEEN},
        )
    )
    return _framed(chart, theme)


def bars(
    graph: Graph, costs: Costs, options: DiagramOptions = PLAIN, measure: Measure = "parameters"
) -> go.Figure:
    """Draw a bar for each layer with costs, in the order of the model, on a logarithmic axis.

    On that axis a layer with almost everything does not hide the others. `layout.height` has room
    for all bars.
    """
    graph, theme = named(graph, options).drawn(), THEMES[options.theme]
    shown = [node for node in graph.nodes if _value(costs.nodes[node.id], measure)]
    values = [_value(costs.nodes[node.id], measure) for node in shown]
    chart = go.Figure(
        go.Bar(
            x=values,
            y=[_label_and_id(node) for node in shown],
            orientation="h",
            marker={"color": [tones_of(graph, node, options).solid for node in shown]},
            text=[_amount(value, measure, costs) for value in values],
            textposition="outside",
            textfont={"color": theme.ink},
            hovertemplate="<b>%{y}</b><br>%{text}<extra></extra>",
            cliponaxis=False,
        )
    )
    axis = {"gridcolor": theme.edge, "color": theme.quiet, "tickformat": "~s"}
    title = _AXES[measure] + _missing(costs, measure)
    chart.update_xaxes(type="log", title=title, dtick=1, automargin=True, **axis)
    chart.update_yaxes(autorange="reversed", automargin=True, showgrid=False, color=theme.ink)
    chart.update_layout(height=BAR * len(shown) + 80, bargap=0.25)
    _framed(chart, theme)
    chart.update_layout(margin={"l": 0, "r": 120, "t": TOOLS, "b": 40})
    return chart


def flow(graph: Graph, options: DiagramOptions = PLAIN) -> go.Figure:
    """Draw the numbers of a sample that go from each layer to the next, from inputs to heads.

    A band is as wide as the square root of its numbers, so that narrow ones can be seen. With more
    than `MANY` layers the nodes are blocks.
    """
    graph = named(graph, options)
    theme, drawn = THEMES[options.theme], graph.drawn()
    if len(drawn.nodes) > MANY:
        drawn = blocks.block_graph(graph)
    index = {node.id: position for position, node in enumerate(drawn.nodes)}
    tones = {node.id: tones_of(drawn, node, options) for node in drawn.nodes}
    edges = [(drawn[edge.source], edge.target) for edge in drawn.edges()]
    read = {source.id for source, _ in edges}
    links = [
        (
            index[source.id],
            index[target],
            max(1.0, _numbers(source) ** 0.5),
            _faded(tones[source.id].solid),
            f"{formatting.shape(source.shape)} = {_numbers(source):,} numbers",
        )
        for source, target in edges
    ]
    # Plotly writes the last node's text to its left, over its neighbour: the last is an unseen one.
    unseen = len(index), 1.0, _UNSEEN, ""
    links += [(index[node.id], *unseen) for node in drawn.nodes if node.id not in read]
    sources, targets, values, colors, notes = zip(*links, strict=True)
    facts = [f"{escape(node.id)}<br>{formatting.shape(node.shape)}" for node in drawn.nodes]
    chart = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={
                "label": [*map(_label, drawn.nodes), ""],
                "color": [*(tones[node.id].solid for node in drawn.nodes), _UNSEEN],
                "customdata": [*facts, ""],
                "hovertemplate": "<b>%{label}</b> %{customdata}<extra></extra>",
                "pad": 16,
                "thickness": 14,
                "line": {"width": 0},
            },
            link={
                "source": sources,
                "target": targets,
                "value": values,
                "color": colors,
                "customdata": notes,
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}"
                "<extra></extra>",
            },
            textfont={"color": theme.ink, "shadow": "none"},
        )
    )
    _framed(chart, theme)
    chart.update_layout(margin={"l": 8, "r": 8, "t": TOOLS, "b": 16})
    return chart


def _value(cost: Cost, measure: Measure) -> int:
    costs = {"parameters": cost.parameters, "flops": cost.flops}
    return costs.get(measure, cost.activation_bytes)


def _missing(costs: Costs, measure: Measure) -> str:
    return costs.total.missing if measure == "flops" else ""


def _amount(value: int, measure: Measure, costs: Costs) -> str:
    share = formatting.share(value, _value(costs.total, measure))
    return f"{byte_size(value) if measure == 'memory' else f'{value:,}'} · {share}"


def _label(node: Node) -> str:
    return escape(node.id if node.layer == "InputLayer" or node.id == node.group else node.layer)


def _label_and_id(node: Node) -> str:
    label, id = _label(node), escape(node.id)
    return label if label == id else f"{label}  {id}"


def _numbers(node: Node) -> int:
    return prod(NOMINAL_LENGTH if size is None else size for size in node.shape)


def _faded(color: str) -> str:
    red, green, blue = bytes.fromhex(color[1:])
    return f"rgba({red},{green},{blue},0.35)"


def _framed(chart: go.Figure, theme: Theme) -> go.Figure:
    chart.update_layout(
        font={"size": 13, "color": theme.ink},
        margin={"l": 0, "r": 0, "t": TOOLS, "b": 0},
        paper_bgcolor=_UNSEEN,
        plot_bgcolor=_UNSEEN,
    )
    return chart
