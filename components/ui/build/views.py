"""Further views of a model: the interactive graph and its code."""

from __future__ import annotations

import streamlit as st

from components.core.graph import Graph
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import caption, interactive
from components.render.interactive import Measure
from components.render.options import DiagramOptions
from components.render.palette import THEMES
from components.ui.kit import chart_download, layout
from components.ui.kit.model_editor import ModelEditor

COST_TITLES: dict[Measure, str] = {
    "parameters": "Parameters",
    "flops": "FLOPs",
    "memory": "Activation memory",
}


def graph_view(
    editor: ModelEditor,
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    options: DiagramOptions,
    height: int,
) -> None:
    """The Plotly graph, and a choice of what its circles show."""
    with layout.row(spread=True, vertical_alignment="bottom"):
        measure = layout.switch("Circles show the share of", COST_TITLES, "measure", labelled=True)
        form = chart_download.select_format()
    figure = interactive.figure(graph, costs, options, measure, editor.selected)
    theme = THEMES[options.theme]
    figure.update_layout(
        height=height - 70,
        paper_bgcolor=theme.page,
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": theme.quiet, "activecolor": theme.ink},
    )

    def chosen() -> None:
        points = st.session_state["interactive"].selection.points
        editor.selected = points[0]["customdata"][0] if points else None

    st.plotly_chart(
        figure,
        key="interactive",
        on_select=chosen,
        selection_mode="points",
        config=interactive.config(spec.name, form),
        alt=caption.text(graph),
    )


def script_view(editor: ModelEditor, spec: Architecture, graph: Graph, height: int) -> None:
    """The script, trained as the Train page is set."""
    from components.training.requests import Settings
    from components.ui.build.code_view import code_view
    from components.ui.kit import train_state

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
