"""The row of figures, and the summary as a table or as Keras prints it."""

from __future__ import annotations

import streamlit as st

from components.analysis.model_view import ModelView, summary_text
from components.core.graph import Graph
from components.core.text import byte_size, duration, plural, short_number
from components.model.costs import NOMINAL_LENGTH, Costs
from components.model.spec import Architecture
from components.render import summary
from components.ui.widgets import html_parts, layout
from components.ui.widgets.html_parts import Figure
from components.ui.widgets.tables import height_of, table


def figures(view: ModelView) -> None:
    """Size and cost of the model in one row."""
    total = view.costs.total
    about = "≈ " if view.costs.estimated else ""
    shown = (
        Figure("Parameters" if view.built else "Parameters so far", f"{total.parameters:,}"),
        Figure("Weight memory", byte_size(total.weight_bytes), "as float32"),
        Figure(
            "FLOPs per sample",
            about + short_number(total.flops),
            f"a multiply-add counts as two; open lengths count as {NOMINAL_LENGTH} steps",
        ),
        Figure(
            "Layers",
            f"{view.graph.layers:,}",
            "as `model.summary()` lists them: with inputs, operations and masks; a shared layer "
            "counts once",
        ),
        Figure("Build time", duration(view.seconds), "the Keras model, without weights")
        if view.built
        else Figure("Not built", plural(len(view.errors), "part"), "parts whose shapes do not fit"),
    )
    st.html(html_parts.figures(shown))


def summary_view(spec: Architecture, graph: Graph, costs: Costs, height: int) -> None:
    """A row for each layer, or the text that `model.summary()` prints."""
    form = layout.switch("Form", ("Table", "Keras"), "summary")
    if form == "Keras" and any(node.state != "built" for node in graph.nodes):
        st.info("Fix the shape errors to see Keras's summary.", icon=":material/info:")
        return
    if form == "Keras":
        with st.container(height=height - 50, border=False):
            st.code(summary_text(spec), language=None)
        return
    rows = summary.layer_rows(graph, costs)
    columns: dict[str, list[object]] = {
        "Layer": [row.layer for row in rows],
        "Kind": [row.kind for row in rows],
        "Part": [row.part for row in rows],
        "Output": [row.output for row in rows],
        "Parameters": [row.parameters for row in rows],
        "Share": [row.share for row in rows],
        "FLOPs": [row.flops for row in rows],
        "Activations": [row.memory for row in rows],
        "Reads": [row.reads for row in rows],
    }
    table(columns, height=height_of(len(rows), height - 50))
