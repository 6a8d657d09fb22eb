"""The differences between two models: both pictures, a list of changes, and downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import streamlit as st

from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout
from components.app.parts.widgets.downloads import download
from components.app.parts.widgets.viewer import viewer
from components.base.markup import escape_markdown
from components.models.analysis import difference
from components.models.analysis.difference import SIDES
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import Costs
from components.models.drawing.html_table import html_table
from components.models.drawing.options import DiagramOptions
from components.models.language.graph import Graph
from components.sharing.record import difference_report

HEIGHT = 370


class ComparedModel(NamedTuple):
    """Title, layers and costs of one of two models."""

    title: str
    graph: Graph
    costs: Costs


def compared_model(title: str, architecture: Architecture) -> ComparedModel:
    """Build a model of the playground to compare. Raises `ShapeError` if it can't be built."""
    view = built_view(architecture)
    return ComparedModel(title, view.graph, view.costs)


def model_difference(before: ComparedModel, after: ComparedModel, key: str) -> None:
    """Show the differences between two models: a sentence, downloads, both pictures and a list."""
    compared = difference.compare(before.graph, after.graph, before.costs, after.costs)
    options = DiagramOptions(theme=page_frame.theme().name)
    if not compared.same:
        st.markdown(escape_markdown(difference.sentence(compared)))
    name = "_".join(dict.fromkeys((before.graph.name, after.graph.name)))
    files: dict[str, Callable[[], str]] = {
        "md": partial(difference_report.markdown, compared),
        "csv": partial(difference_report.csv, compared),
        "svg": partial(difference.both, compared, options),
    }
    with layout.row(f"{key}.files", gap="xsmall"):
        for ending, make in files.items():
            label = "Markdown for a pull request" if ending == "md" else ending.upper()
            file = f"{name}_difference.{ending}"
            download(label, make, file, key=f"{key}.{ending}", kind="tertiary")
    for column, side, model in zip(st.columns(2), SIDES, (before, after), strict=True):
        with column:
            st.markdown(f"**{escape_markdown(model.title)}**")
            viewer(
                difference.svg(compared, side, options),
                difference.alt(compared),
                key=f"{key}.{side}.picture",
                height=HEIGHT,
            )
    if compared.same:
        st.caption("The two models are the same.")
        return
    rows = (
        (difference.SIGNS[row.kind], row.part, row.layer, row.aspect, row.before, row.after, then)
        for row, then in difference_report.folded(compared)
    )
    table = html_table(rows, ("", "part", "layer", "what", "left", "right", "then"), "fields")
    st.html(f'<div class="differences" role="region" tabindex="0" aria-label="List">{table}</div>')
