"""The ways to look at a model: its diagram, the interactive graph, its code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from components.core.graph import Graph
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import diagram
from components.render.options import DiagramOptions
from components.render.palette import THEMES
from components.ui.kit import chart_download, engine
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.viewer import viewer

SMALL = 240
"""Pixels that the diagram beside the code is high."""
MEASURES = {"parameters": "Parameters", "flops": "FLOPs", "memory": "Activation memory"}


def diagram_view(
    editor: ModelEditor, spec: Architecture, graph: Graph, look: DiagramOptions, height: int
) -> None:
    """The diagram, which is zoomed, moved and clicked in the browser."""
    viewer(
        engine.svg_of(spec, look),
        diagram.caption(graph),
        _selected(editor, graph),
        lambda id: _select(editor, id),
        key="diagram",
        height=height,
    )


def small_view(editor: ModelEditor, spec: Architecture, graph: Graph, look: DiagramOptions) -> None:
    """The diagram beside the code: a click on a layer shows its line."""
    small = replace(look, shapes=False, parameters=False, activations=False)
    viewer(
        engine.svg_of(spec, small),
        diagram.caption(graph),
        _selected(editor, graph),
        lambda id: _select(editor, id),
        key="small_diagram",
        height=SMALL,
        plain=True,
    )


def graph_view(
    editor: ModelEditor,
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    look: DiagramOptions,
    height: int,
) -> None:
    """The plotly graph, and what its circles show."""
    from components.render import interactive

    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        measure: Any = st.segmented_control(
            "Circles show the share of",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            default="parameters",
            required=True,
            key="measure",
            persist_state="session",
        )
        form = chart_download.form()
    figure = interactive.figure(graph, costs, look, measure, editor.selected)
    theme = THEMES[look.theme]
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
        alt=diagram.caption(graph),
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
        _selected(editor, graph),
        lambda id: _select(editor, id),
        Settings(**state.settings),
        data,
        key="code",
        height=height,
        note=f"Without training: {why}"
        if why
        else f"Trains on {state.data_title}, as on the Train page.",
    )


def _selected(editor: ModelEditor, graph: Graph) -> str | None:
    return editor.selected if editor.selected in graph else None


def _select(editor: ModelEditor, id: str) -> None:
    editor.selected = id or None
