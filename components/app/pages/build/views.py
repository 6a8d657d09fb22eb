"""The row of figures, and further views of a model: Plotly pictures, a table, and its code."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.app.pages.build.layer_card import selected_at
from components.app.pages.build.toolbar import level_note
from components.app.parts.charts import chart_download
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.widgets import html_parts, layout
from components.app.parts.widgets.html_parts import Figure
from components.app.parts.widgets.tables import height_of, table
from components.base.text import byte_size, duration, plural
from components.models.analysis.model_view import ModelView, summary_text
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import NOMINAL_LENGTH, Costs
from components.models.drawing import caption, cost_charts, interactive, summary
from components.models.drawing.cost_charts import Measure
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph

HEIGHT = 560
"""Height of the picture in pixels. It fits a screen of 1280 × 800 below the row of figures."""
PICTURES = ("Graph", "Treemap", "Bars", "Flow")
COST_TITLES: dict[Measure, str] = {
    "parameters": "Parameters",
    "flops": "FLOPs",
    "memory": "Activation memory",
}
CHARTS = {"Treemap": cost_charts.treemap, "Bars": cost_charts.bars}


def figures(view: ModelView) -> None:
    """Show the size and cost of the model in one row."""
    total = view.costs.total
    shown = [
        Figure("Parameters" if view.built else "Parameters so far", f"{total.parameters:,}"),
        Figure(
            "FLOPs per sample",
            total.flops_text(view.costs.estimated),
            f"a multiply-add counts as two; open lengths count as {NOMINAL_LENGTH} steps",
        ),
        Figure(
            "Layers",
            f"{view.graph.layers:,}",
            "as `model.summary()` lists them: with inputs, operations and masks; a shared layer "
            "counts once",
        ),
    ]
    if not view.built:
        parts = plural(len(view.errors), "part")
        shown.append(Figure("Not built", parts, "parts whose shapes do not fit"))
    st.html(html_parts.figures(shown))


def plotly_view(
    editor: ModelEditor,
    architecture: Architecture,
    graph: Graph,
    costs: Costs,
    options: DiagramOptions,
) -> None:
    """Show the model in Plotly pictures: the graph, or its costs by part."""
    with layout.row(spread=True, vertical_alignment="bottom"):
        shown = layout.switch("Picture", PICTURES, "plotly_picture")
        form = chart_download.select_format()
    if shown in CHARTS:
        measure = layout.switch("Measure", COST_TITLES, "measure")
    height, words = HEIGHT - 70, caption.text(graph)
    more: dict[str, Any] = {}
    if shown == "Graph":
        height -= level_note(graph, options)
        selected = selected_at(editor.selected, graph, options.level)
        figure = interactive.figure(graph, costs, options, selected)
        select = partial(_select, editor)
        more = {"on_select": select, "selection_mode": "points", "width": int(figure.layout.width)}
    elif shown == "Flow":
        figure = cost_charts.flow(graph, options)
    else:
        figure = CHARTS[shown](graph, costs, options, measure)
    theme = THEMES[options.theme]
    figure.update_layout(
        height=max(height, figure.layout.height or 0),
        paper_bgcolor=theme.page,
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": theme.quiet, "activecolor": theme.ink},
    )
    key = "interactive" if shown == "Graph" else f"interactive_{shown.lower()}"
    with st.container(key="plotly_view"):
        config = interactive.config(architecture.name, form)
        st.plotly_chart(figure, key=key, config=config, alt=words, **more)
    if shown == "Flow":
        st.caption("A band is as wide as the square root of the numbers that it carries.")


def _select(editor: ModelEditor) -> None:
    points = st.session_state["interactive"].selection.points
    editor.selected = points[0]["customdata"][0] if points else None


def summary_view(architecture: Architecture, view: ModelView) -> None:
    """Show a row for each layer, or the text of `model.summary()`."""
    graph, height = view.graph, HEIGHT - 50
    with layout.row(spread=True):
        form = layout.switch("Form", ("Table", "Keras"), "summary")
        memory = byte_size(view.costs.total.weight_bytes)
        built = f" · built without weights in {duration(view.seconds)}" if view.built else ""
        st.caption(f"Weight memory {memory} as float32{built}", width="content")
    if form == "Keras" and any(node.state != "built" for node in graph.nodes):
        st.info("Fix the shape errors to see Keras's summary.", icon=":material/info:")
        return
    if form == "Keras":
        with st.container(height=height, border=False):
            st.code(summary_text(architecture), language=None)
        return
    columns = summary.layer_columns(graph, view.costs)
    table(columns, height=height_of(len(graph.nodes), height))
