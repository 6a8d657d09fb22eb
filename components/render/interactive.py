"""The diagram as a Plotly figure: Graphviz's own drawing, with hover texts, clicks and zoom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Literal

import plotly.graph_objects as go

from components.core.graph import Graph, Node
from components.core.text import byte_size, short_number
from components.model.costs import Costs
from components.render import diagram, fonts, formatting
from components.render.drawing import Drawing, Outline, Text
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES, Theme

ImageFormat = Literal["svg", "png"]
TALLEST = 900
"""Pixels of a picture's height at most; what is taller is panned."""
_SCALE = 1.1
"""Pixels for a point: letters keep their size, so with fewer they would run over their cards."""
_TARGET = 28
"""Pixels across one of the markers that nobody sees, side by side behind each card."""
_RISE = 0.34
"""The middle of small letters above their baseline, as a share of their size."""
_DASHES = {"solid": "solid", "dashed": "dash", "dotted": "dot"}
_Box = tuple[float, float, float, float]
"""Left, low, right and high in points, y upwards."""


def figure(
    graph: Graph, costs: Costs, options: DiagramOptions = PLAIN, selected: str | None = None
) -> go.Figure:
    """The layers, or blocks, as the diagram shows them.

    It is as large as its letters need. Hover texts show shapes and costs. The only trace with
    `customdata` has the names of the layers in the order of `graph.nodes`, each as often as markers
    lie side by side behind its card.
    """
    options = replace(options, legend=False, title="", caption="")
    drawing = diagram.drawing(graph, options)
    cards = {
        part.id: _upwards(part.outlines[0].box, drawing.height)
        for part in drawing.parts
        if part.role == "node"
    }
    graph, theme = diagram.at_level(graph, options), THEMES[options.theme]
    if options.level == "blocks":
        costs = replace(costs, nodes=costs.groups)
    chart = go.Figure()
    shapes = [
        _shape(outline, drawing.height) for part in drawing.parts for outline in part.outlines
    ]
    if selected in cards:
        shapes.append(_ring(cards[selected], theme))
    chart.update_layout(shapes=shapes)
    chart.add_trace(_targets(graph, costs, cards))
    texts: dict[tuple[float, str, bool], list[Text]] = defaultdict(list)
    for text in (text for part in drawing.parts for text in part.texts):
        texts[text.size, text.color, text.bold].append(text)
    for alike in texts.values():
        chart.add_trace(_written(alike, drawing))
    _frame(chart, drawing, options)
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


def _upwards(box: tuple[float, float, float, float], height: float) -> _Box:
    left, top, right, bottom = box
    return left, height - bottom, right, height - top


def _shape(outline: Outline, height: float) -> dict[str, Any]:
    return {
        "type": "path",
        "path": _path(outline, height),
        "line": {
            "color": outline.line or "rgba(0,0,0,0)",
            "width": outline.width if outline.line else 0,
            "dash": _DASHES[outline.stroke],
        },
        "fillcolor": outline.fill or "rgba(0,0,0,0)",
        "layer": "below",
    }


def _path(outline: Outline, height: float) -> str:
    """An SVG path. Plotly wants each piece of it with a letter of its own."""
    if outline.radius is not None:
        return _box_path(_upwards(outline.box, height), outline.radius)
    first, *rest = [f"{x:g},{height - y:g}" for x, y in outline.points]
    letter, size = ("C", 3) if outline.curved else ("L", 1)
    pieces = [f"{letter} {' '.join(rest[at : at + size])}" for at in range(0, len(rest), size)]
    return " ".join([f"M {first}", *pieces, *["Z"] * outline.closed])


def _box_path(box: _Box, radius: float) -> str:
    left, low, right, high = box
    return (
        f"M {left:g},{low + radius:g} Q {left:g},{low:g} {left + radius:g},{low:g} "
        f"L {right - radius:g},{low:g} Q {right:g},{low:g} {right:g},{low + radius:g} "
        f"L {right:g},{high - radius:g} Q {right:g},{high:g} {right - radius:g},{high:g} "
        f"L {left + radius:g},{high:g} Q {left:g},{high:g} {left:g},{high - radius:g} Z"
    )


def _ring(card: _Box, theme: Theme) -> dict[str, Any]:
    left, low, right, high = card
    corners = {"x0": left - 3, "y0": low - 3, "x1": right + 3, "y1": high + 3}
    return {"type": "rect", "line": {"color": theme.ink, "width": 2.5}, **corners}


def _targets(graph: Graph, costs: Costs, cards: Mapping[str, _Box]) -> go.Scatter:
    """What is hovered and clicked: markers that nobody sees, side by side behind each card."""
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


def _written(texts: Sequence[Text], drawing: Drawing) -> go.Scatter:
    """Texts of one font and colour."""
    color, letters = texts[0].color, [escape(text.text) for text in texts]
    return go.Scatter(
        x=[text.x for text in texts],
        y=[drawing.height - text.y + _RISE * text.size for text in texts],
        mode="text",
        text=[f"<b>{line}</b>" if texts[0].bold else line for line in letters],
        textposition="middle right",
        textfont={"size": texts[0].size, "color": color, "family": fonts.FAMILIES},
        hoverinfo="skip",
        unselected={"textfont": {"color": color}},
        cliponaxis=True,
        showlegend=False,
    )


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


def _frame(chart: go.Figure, drawing: Drawing, options: DiagramOptions) -> None:
    axis: dict[str, Any] = {"visible": False, "fixedrange": False}
    high = drawing.height
    chart.update_layout(
        width=drawing.width * _SCALE,
        height=min(TALLEST, high * _SCALE),
        xaxis={**axis, "range": [0, drawing.width]},
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
