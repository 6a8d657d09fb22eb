"""The diagram as a Plotly figure: Graphviz's own drawing, with hover texts, clicks and zoom."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal

import plotly.graph_objects as go

from components.core.graph import Graph, Node
from components.core.text import byte_size, short_number
from components.model.costs import Costs
from components.render import diagram, fonts, formatting
from components.render.lettering import GROWTH
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES, Theme

ImageFormat = Literal["svg", "png"]
TALLEST = 900
"""Pixels of a picture's height at most; what is taller is panned."""
_SCALE = 1.1
"""Pixels for a point: letters keep their size, so with fewer they would run over their cards."""
_MARGIN = 12
"""Points around the picture."""
_TARGET = 28
"""Pixels across one of the markers that nobody sees, side by side behind each card."""
_RISE = 0.34
"""The middle of small letters above their baseline, as a share of their size."""
_Point = Sequence[float]


@dataclass(frozen=True)
class _Text:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class _Font:
    size: float
    color: str
    bold: bool


@dataclass
class _DrawingState:
    """What Graphviz draws with at the moment."""

    color: str = "#000000"
    fill: str = ""
    width: float = 1.0
    dash: str = "solid"
    size: float = 14.0
    bold: bool = False

    def change(self, step: Mapping[str, Any]) -> None:
        """Take up what one operation sets."""
        match step["op"]:
            case "c":
                self.color = _color(step["color"])
            case "C":
                self.fill = _color(step["color"])
            case "F":
                self.size = float(step["size"])
            case "t":
                self.bold = bool(step["fontchar"] & 1)
            case "S":
                self._style(step["style"])

    def _style(self, style: str) -> None:
        if style.startswith("setlinewidth("):
            self.width = float(style[len("setlinewidth(") : -1])
        elif style in ("solid", "dashed", "dotted"):
            self.dash = {"dashed": "dash", "dotted": "dot"}.get(style, style)


class _Drawing:
    """Shapes and texts of a picture that Graphviz laid out, in points, y upwards."""

    def __init__(self, text: bytes) -> None:
        drawn = json.loads(text)
        objects = drawn.get("objects", [])
        edges = drawn.get("edges", [])
        _, _, self.width, self.height = (float(number) for number in drawn["bb"].split(","))
        self.shapes: list[dict[str, Any]] = []
        self.texts: dict[_Font, list[_Text]] = defaultdict(list)
        boxes = [item for item in objects if "pos" not in item]
        cards = [item for item in objects if "pos" in item]
        self.cards = {item["name"]: _corners(item) for item in cards}
        """Left, low, right and high of each card, by the name of its layer."""
        self._draw_all((*boxes, *edges))
        self.shapes.extend(_plate(box) for box in boxes if "lp" in box)
        self._draw_all(cards)

    def _draw_all(self, items: Sequence[Mapping[str, Any]]) -> None:
        for item in items:
            for key in ("_draw_", "_hdraw_", "_ldraw_"):
                self._draw(item.get(key, ()))

    def _draw(self, steps: Sequence[Mapping[str, Any]]) -> None:
        state = _DrawingState()
        for step in steps:
            state.change(step)
            if step["op"] in "BbPpL":
                self.shapes.append(_shape(step, state))
            elif step["op"] == "T" and step["text"].strip():
                x, baseline = step["pt"]
                font = _Font(state.size, state.color, state.bold)
                self.texts[font].append(_Text(x, baseline + _RISE * state.size, step["text"]))


def figure(
    graph: Graph, costs: Costs, options: DiagramOptions = PLAIN, selected: str | None = None
) -> go.Figure:
    """The layers, or blocks, as the diagram shows them.

    It is as large as its letters need. Hover texts show shapes and costs. The only trace with
    `customdata` has the names of the layers in the order of `graph.nodes`, each as often as markers
    lie side by side behind its card.
    """
    options = replace(options, legend=False, title="", caption="")
    drawing = _Drawing(diagram.layout(graph, options))
    graph, theme = diagram.at_level(graph, options), THEMES[options.theme]
    if options.level == "blocks":
        costs = replace(costs, nodes=costs.groups)
    chart = go.Figure()
    shapes = [*drawing.shapes]
    if selected in drawing.cards:
        shapes.append(_ring(drawing.cards[selected], theme))
    chart.update_layout(shapes=shapes)
    chart.add_trace(_targets(graph, costs, drawing))
    for font, texts in drawing.texts.items():
        chart.add_trace(_written(font, texts))
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


def _color(text: str) -> str:
    """A colour as Plotly reads it: Graphviz writes what is not opaque with eight digits."""
    if len(text) != 9:
        return text
    red, green, blue, alpha = bytes.fromhex(text[1:])
    return f"rgba({red},{green},{blue},{alpha / 255:.3g})"


def _corners(item: Mapping[str, Any]) -> tuple[float, float, float, float]:
    x, y = (float(number) for number in item["pos"].split(","))
    across, up = 36 * float(item["width"]), 36 * float(item["height"])
    return x - across, y - up, x + across, y + up


def _shape(step: Mapping[str, Any], state: _DrawingState) -> dict[str, Any]:
    """A polygon, a line or a Bézier curve; capital letters fill what they surround."""
    filled = step["op"] in "BP"
    return {
        "type": "path",
        "path": _path(step["points"], curve=step["op"] in "Bb", closed=step["op"] in "BPp"),
        "line": {"color": state.color, "width": state.width, "dash": state.dash},
        "fillcolor": state.fill if filled else "rgba(0,0,0,0)",
        "layer": "below",
    }


def _path(points: Sequence[_Point], curve: bool, closed: bool) -> str:
    """An SVG path. Plotly wants each piece of it with a letter of its own."""
    first, *rest = [f"{x:g},{y:g}" for x, y in points]
    letter, size = ("C", 3) if curve else ("L", 1)
    pieces = [f"{letter} {' '.join(piece)}" for piece in _pieces(rest, size)]
    return " ".join([f"M {first}", *pieces, *["Z"] * closed])


def _pieces(points: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(points), size):
        yield points[start : start + size]


def _plate(box: Mapping[str, Any]) -> dict[str, Any]:
    """What covers the edges behind the title of a box."""
    x, y = (float(number) for number in box["lp"].split(","))
    across, up = 36 * float(box["lwidth"]), 36 * float(box["lheight"])
    corners = (
        (x - across, y - up),
        (x + across, y - up),
        (x + across, y + up),
        (x - across, y + up),
    )
    return {
        "type": "path",
        "path": _path(corners, curve=False, closed=True),
        "line": {"width": 0},
        "fillcolor": box["fillcolor"],
        "layer": "below",
    }


def _ring(card: tuple[float, float, float, float], theme: Theme) -> dict[str, Any]:
    left, low, right, high = card
    corners = {"x0": left - 3, "y0": low - 3, "x1": right + 3, "y1": high + 3}
    return {"type": "rect", "line": {"color": theme.ink, "width": 2.5}, **corners}


def _targets(graph: Graph, costs: Costs, drawing: _Drawing) -> go.Scatter:
    """What is hovered and clicked: markers that nobody sees, side by side behind each card."""
    spots = [(node, x, y) for node in graph.nodes for x, y in _spots(drawing.cards[node.id])]
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


def _spots(card: tuple[float, float, float, float]) -> Iterator[tuple[float, float]]:
    left, low, right, high = card
    count = max(1, round((right - left) / _TARGET))
    for index in range(count):
        yield left + (right - left) * (index + 0.5) / count, (low + high) / 2


def _written(font: _Font, texts: Sequence[_Text]) -> go.Scatter:
    return go.Scatter(
        x=[text.x for text in texts],
        y=[text.y for text in texts],
        mode="text",
        text=[f"<b>{escape(text.text)}</b>" if font.bold else escape(text.text) for text in texts],
        textposition="middle right",
        textfont={"size": font.size * GROWTH, "color": font.color, "family": fonts.FAMILIES},
        hoverinfo="skip",
        unselected={"textfont": {"color": font.color}},
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


def _frame(chart: go.Figure, drawing: _Drawing, options: DiagramOptions) -> None:
    axis: dict[str, Any] = {"visible": False, "fixedrange": False}
    across, high = drawing.width + 2 * _MARGIN, drawing.height + _MARGIN
    chart.update_layout(
        width=across * _SCALE,
        height=min(TALLEST, (drawing.height + 2 * _MARGIN) * _SCALE),
        xaxis={**axis, "range": [-_MARGIN, across - _MARGIN]},
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
