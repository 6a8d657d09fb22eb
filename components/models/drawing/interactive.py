"""Diagram as a Plotly figure: the picture itself, with hover texts, clicks and zoom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape
from typing import Any, Literal

import plotly.graph_objects as go

from components.base.text import byte_size, short_number
from components.models.architecture.costs import Cost, Costs
from components.models.drawing import caption, diagram, diagram_svg, formatting
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.drawing.svg_parts import svg_address
from components.models.language.graph import Graph, Node

ImageFormat = Literal["svg", "png"]
TALLEST = 900
"""Largest height of a picture in pixels; taller ones are panned."""
_SCALE = 1.1
"""Pixels per point."""
_TARGET = 28
"""Width in pixels of each of the invisible markers that lie side by side behind a card."""
_Box = tuple[float, float, float, float]
"""Left, low, right and high in points, y upwards."""
_STATES = {"failed": "does not fit", "waiting": "waits for what does not fit"}


def figure(
    graph: Graph, costs: Costs, options: DiagramOptions = PLAIN, selected: str | None = None
) -> go.Figure:
    """Draw the layers, or blocks, as the diagram shows them.

    The figure is as large as its letters need. Hover texts show shapes and costs. The `customdata`
    of its trace has the names of the layers, in the order of `graph.nodes`, each once per marker on
    its card.
    """
    options = replace(options, legend=False, title="", caption="")
    drawing = diagram.drawing(graph, options)
    words = caption.title(graph, options), caption.description(graph, options)
    cards = {
        part.id: (left, drawing.height - bottom, right, drawing.height - top)
        for part in drawing.parts
        if part.role == "node"
        for left, top, right, bottom in [part.outlines[0].box]
    }
    graph = diagram.at_level(graph, options)
    if options.level == "blocks":
        costs = replace(costs, nodes=costs.groups)
    wide, high = drawing.width, drawing.height
    chart = go.Figure(_targets(graph, costs, cards))
    chart.add_layout_image(
        source=svg_address(diagram_svg.svg(drawing, words=words)),
        x=0,
        y=high,
        sizex=wide,
        sizey=high,
        xref="x",
        yref="y",
        layer="below",
    )
    if selected in cards:
        left, low, right, top = cards[selected]
        corners = {"x0": left - 3, "y0": low - 3, "x1": right + 3, "y1": top + 3}
        line = {"color": THEMES[options.theme].ink, "width": 2.5}
        chart.add_shape(type="rect", line=line, **corners)
    axis: dict[str, Any] = {"visible": False, "fixedrange": False}
    chart.update_layout(
        width=wide * _SCALE,
        height=min(TALLEST, high * _SCALE),
        xaxis={**axis, "range": [0, wide]},
        # The scale is that of the width: a small range grows downwards until it fills the height.
        yaxis={**axis, "range": [high - 10, high], "scaleanchor": "x", "constraintoward": "top"},
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
    return chart


def config(name: str, form: ImageFormat = "svg") -> dict[str, Any]:
    """Return Plotly's configuration, with a button that saves the chart as `name` in the browser.

    A PNG has four times the resolution of the screen.
    """
    saved = {"format": form, "filename": name, "scale": 4 if form == "png" else 1}
    return {"scrollZoom": True, "displaylogo": False, "toImageButtonOptions": saved}


def toolbox(name: str, form: ImageFormat = "svg") -> dict[str, Any]:
    """Return the `toolbox` of an ECharts option, with a button that saves the chart as `name`.

    An SVG needs `renderer="svg"` of `st.echarts_chart`.
    """
    saved = {"type": form, "name": name, "pixelRatio": 4, "title": f"Save as {form.upper()}"}
    return {"show": True, "right": 8, "feature": {"saveAsImage": saved}}


def _targets(graph: Graph, costs: Costs, cards: Mapping[str, _Box]) -> go.Scatter:
    """Return the targets for hover and click: invisible markers, side by side on each card."""
    spots = [(node, x, y) for node in graph.nodes for x, y in _spots(cards[node.id])]
    hover = {node.id: _hover(graph, costs, node) for node in graph.nodes}
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[x for _, x, _ in spots],
        y=[y for _, _, y in spots],
        mode="markers",
        marker={"size": _TARGET, "symbol": "square", "opacity": 0},
        customdata=[[node.id] for node, _, _ in spots],
        hovertext=[hover[node.id] for node, _, _ in spots],
        hovertemplate="%{hovertext}<extra></extra>",
        selected=unseen,
        unselected=unseen,
        showlegend=False,
    )


def _spots(card: _Box) -> Iterator[tuple[float, float]]:
    left, low, right, high = card
    count = max(1, round((right - left) / _TARGET))
    for index in range(count):
        yield left + (right - left) * (index + 0.5) / count, (low + high) / 2


def _flops(cost: Cost, total: Cost) -> str:
    if cost.uncounted:
        return "unknown FLOPs"
    share = f" · {formatting.share(cost.flops, total.flops)}{total.missing}"
    return f"{short_number(cost.flops)} FLOPs per sample{share}"


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
        _flops(cost, total),
        f"{byte_size(cost.activation_bytes)} activations per sample",
    ]
    return "<br>".join(lines)
