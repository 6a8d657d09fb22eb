"""The interactive graph: the layout of the diagram, with circles as large as the costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from operator import mul
from typing import Any, Literal

import plotly.graph_objects as go

from components.core.graph import Graph, Node
from components.core.text import byte_size, short_number
from components.model.costs import Cost, Costs
from components.render import diagram, formatting
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES, Theme

Measure = Literal["parameters", "flops", "memory"]
ImageFormat = Literal["svg", "png"]
Corners = tuple[float, float, float, float]
"""Left, low, right and high."""
SMALLEST, LARGEST = 13.0, 46.0
"""Diameters in pixels of the circles of a layer with no costs, and of one with all of them."""


@dataclass(frozen=True)
class Layout:
    """Positions from Graphviz, in points, y upwards."""

    nodes: Mapping[str, tuple[float, float]]
    edges: Sequence[Sequence[tuple[float, float]]]
    boxes: Mapping[str, Corners]
    width: float
    height: float


def figure(
    graph: Graph,
    costs: Costs,
    options: DiagramOptions = PLAIN,
    measure: Measure = "parameters",
    selected: str | None = None,
) -> go.Figure:
    """Layers, or blocks, as circles whose area is their share of `measure`.

    Hover texts show shapes and costs. The only trace with `customdata` has the layers' names, in
    the order of `graph.nodes`.
    """
    options = replace(options, legend=False, title="", caption="")
    placed = _layout(diagram.layout(graph, options))
    graph, theme = diagram.at_level(graph, options), THEMES[options.theme]
    if options.level == "blocks":
        costs = replace(costs, nodes=costs.groups)
    chart = go.Figure()
    for group in graph.groups:
        if group.id in placed.boxes:
            _box(chart, theme, placed.boxes[group.id], theme.tones(group).wash, group.title)
    _edges(chart, theme, placed)
    _nodes(chart, graph, costs, placed, theme, measure, selected)
    _frame(chart, placed, options)
    return chart


def config(name: str, form: ImageFormat = "svg") -> dict[str, Any]:
    """Plotly's configuration: the camera in its bar saves the chart as `name`, in the browser.

    A PNG has four pixels for each pixel of the screen.
    """
    saved = {"format": form, "filename": name, "scale": 4 if form == "png" else 1}
    return {"scrollZoom": True, "displaylogo": False, "toImageButtonOptions": saved}


def toolbox(name: str, form: ImageFormat = "svg") -> dict[str, Any]:
    """The `toolbox` of an ECharts option, with a button that saves the chart as `name`.

    An SVG needs `renderer="svg"` of `st.echarts_chart`.
    """
    saved = {"type": form, "name": name, "pixelRatio": 4, "title": f"Save as {form.upper()}"}
    return {"show": True, "right": 8, "feature": {"saveAsImage": saved}}


def _layout(text: bytes) -> Layout:
    drawn = json.loads(text)
    _, _, width, height = (float(number) for number in drawn["bb"].split(","))
    nodes: dict[str, tuple[float, float]] = {}
    boxes: dict[str, Corners] = {}
    for item in drawn.get("objects", ()):
        if "pos" in item:
            x, y = item["pos"].split(",")
            nodes[item["name"]] = (float(x), float(y))
        elif "bb" in item:
            left, low, right, high = (float(number) for number in item["bb"].split(","))
            boxes[item["name"].removeprefix("cluster_")] = (left, low, right, high)
    edges = [_spline(edge["pos"]) for edge in drawn.get("edges", ())]
    return Layout(nodes, edges, boxes, width, height)


def _spline(pos: str) -> list[tuple[float, float]]:
    """Points along Graphviz's Bézier curve, the arrow's tip last."""
    words = pos.split(" ")
    tip = [_point(word[2:]) for word in words if word.startswith("e,")]
    control = [_point(word) for word in words if not word.startswith(("e,", "s,"))]
    points = [control[0]]
    for start in range(0, len(control) - 3, 3):
        points.extend(_bezier(control[start : start + 4], step / 8) for step in range(1, 9))
    return points + tip


def _point(text: str) -> tuple[float, float]:
    x, y = text.split(",")
    return float(x), float(y)


def _bezier(p: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    s = 1 - t
    weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    x, y = (sum(map(mul, weights, axis)) for axis in zip(*p, strict=True))
    return x, y


def _box(chart: go.Figure, theme: Theme, corners: Corners, wash: str, title: str) -> None:
    left, low, right, high = corners
    corner = {"x": left, "y": high, "xanchor": "left", "yanchor": "top"}
    box = {"x0": left, "y0": low, "x1": right, "y1": high, "line": {"width": 0}, "layer": "below"}
    font = {"size": 12, "color": theme.quiet}
    chart.add_shape(type="rect", fillcolor=wash, **box)
    chart.add_annotation(text=f"<b>{escape(title)}</b>", showarrow=False, font=font, **corner)


def _edges(chart: go.Figure, theme: Theme, placed: Layout) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for points in placed.edges:
        xs.extend([*(x for x, _ in points), None])
        ys.extend([*(y for _, y in points), None])
    line = {"color": theme.edge, "width": 1.5}
    chart.add_trace(
        go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    )


def _nodes(
    chart: go.Figure,
    graph: Graph,
    costs: Costs,
    placed: Layout,
    theme: Theme,
    measure: Measure,
    selected: str | None,
) -> None:
    whole = _cost_value(costs.total, measure)
    shares = [_cost_value(costs.nodes[node.id], measure) / (whole or 1) for node in graph.nodes]
    span = LARGEST - SMALLEST
    chart.add_trace(
        go.Scatter(
            x=[placed.nodes[node.id][0] for node in graph.nodes],
            y=[placed.nodes[node.id][1] for node in graph.nodes],
            mode="markers+text",
            text=[f"  {escape(_name(node))}" for node in graph.nodes],
            textposition="middle right",
            textfont={"size": 12, "color": theme.ink},
            marker={
                "size": [SMALLEST + span * share**0.5 for share in shares],
                "color": [_color(graph, node, theme) for node in graph.nodes],
                "opacity": 1,
                "line": {
                    "width": [3.0 if node.id == selected else 1.0 for node in graph.nodes],
                    "color": theme.ink if selected else theme.page,
                },
            },
            customdata=[[node.id] for node in graph.nodes],
            hovertext=[_hover(graph, costs, node) for node in graph.nodes],
            hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}, "textfont": {"color": theme.ink}},
            showlegend=False,
        )
    )


def _color(graph: Graph, node: Node, theme: Theme) -> str:
    colors = {"failed": theme.wrong.solid, "waiting": theme.edge}
    return colors.get(node.state, theme.tones(graph.group(node.group)).solid)


def _name(node: Node) -> str:
    if node.layer == "InputLayer":
        return f"{node.id} {formatting.shape(node.shape)}"
    return f"{node.layer} {formatting.arguments(node)}".strip()


def _cost_value(cost: Cost, measure: Measure) -> int:
    costs = {"parameters": cost.parameters, "flops": cost.flops}
    return costs.get(measure, cost.activation_bytes)


_STATES = {"failed": "does not fit", "waiting": "waits for what does not fit"}


def _hover(graph: Graph, costs: Costs, node: Node) -> str:
    if node.state != "built":
        return f"<b>{escape(node.layer)}</b> {escape(node.group)}<br>{_STATES[node.state]}"
    cost, total = costs.nodes[node.id], costs.total
    shapes = ", ".join(formatting.shape(graph[source].shape) for source in node.sources) or "–"
    lines = [
        f"<b>{escape(node.layer)}</b> {escape(node.id)}",
        escape(formatting.arguments(node)) or "no arguments",
        f"input {shapes}",
        f"output {formatting.shape(node.shape)}",
        f"{cost.parameters:,} parameters · {formatting.share(cost.parameters, total.parameters)}",
        f"{short_number(cost.flops)} FLOPs per sample"
        f" · {formatting.share(cost.flops, total.flops)}",
        f"{byte_size(cost.activation_bytes)} activations per sample",
    ]
    return "<br>".join(lines)


def _frame(chart: go.Figure, placed: Layout, options: DiagramOptions) -> None:
    axis: dict[str, Any] = {"visible": False, "fixedrange": False}
    aside = 110 if options.direction == "vertical" else 60
    chart.update_layout(
        xaxis={**axis, "range": [-20, placed.width + aside]},
        yaxis={**axis, "range": [-20, placed.height + 20]},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode="pan",
        hovermode="closest",
        clickmode="event+select",
        hoverlabel={"align": "left"},
        # Plotly keeps zoom and pan as long as this stays the same.
        uirevision=options.direction,
    )
