"""Further views of a model: pictures by Plotly, and its code."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.core.graph import Graph
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import caption, cost_charts, interactive
from components.render.cost_charts import Measure
from components.render.options import DiagramOptions
from components.render.palette import THEMES
from components.ui.build.layer_card import selected_at
from components.ui.build.toolbar import level_note
from components.ui.charts import chart_download
from components.ui.editor.model_editor import ModelEditor
from components.ui.widgets import layout

PICTURES = ("Graph", "Treemap", "Bars", "Flow")
COST_TITLES: dict[Measure, str] = {
    "parameters": "Parameters",
    "flops": "FLOPs",
    "memory": "Activation memory",
}
CHARTS = {"Treemap": cost_charts.treemap, "Bars": cost_charts.bars}


def plotly_view(
    editor: ModelEditor,
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    options: DiagramOptions,
    height: int,
) -> None:
    """The model as Plotly pictures: the graph, and where its parameters and numbers are."""
    with layout.row(spread=True, vertical_alignment="bottom"):
        shown = layout.switch("Picture", PICTURES, "plotly_picture")
        form = chart_download.select_format()
    if shown in CHARTS:
        measure = layout.switch("Measure", COST_TITLES, "measure")
    height, words = height - 70, caption.text(graph)
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
        config = interactive.config(spec.name, form)
        st.plotly_chart(figure, key=key, config=config, alt=words, **more)
    if shown == "Flow":
        st.caption("A band is as wide as the square root of the numbers that it carries.")


def _select(editor: ModelEditor) -> None:
    points = st.session_state["interactive"].selection.points
    editor.selected = points[0]["customdata"][0] if points else None


def script_view(editor: ModelEditor, spec: Architecture, graph: Graph, height: int) -> None:
    """The script, trained as the Train page is set."""
    from components.training.requests import Settings
    from components.ui.build.code_view import code_view
    from components.ui.editor import train_state

    state = train_state.of_session()
    data, why = state.fitting_data(spec)
    code_view(
        spec,
        graph,
        editor.selected_in(graph),
        editor.select,
        Settings(**state.settings),
        data,
        key="code",
        height=height,
        note=f"Model only, without training: {why}"
        if why
        else f"Trains on {state.data_title}, as set on the Train page.",
    )
