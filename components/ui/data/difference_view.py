"""What differs between two models: both pictures, the list of changes, and files of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.analysis import difference
from components.analysis.difference import SIDES, Difference, Side
from components.analysis.model_view import built_view
from components.core.graph import Graph
from components.core.markup import escape_markdown
from components.export import difference_report
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render.html_table import html_table
from components.render.options import DiagramOptions
from components.ui.frame import page_frame
from components.ui.widgets import layout
from components.ui.widgets.downloads import download
from components.ui.widgets.viewer import viewer

HEIGHT = 370


class ComparedModel(NamedTuple):
    """The layers and costs of one of two models, and what a person calls it."""

    title: str
    graph: Graph
    costs: Costs


def compared_model(title: str, architecture: Architecture) -> ComparedModel:
    """A model of the playground. Raises `ShapeError` if it can't be built."""
    view = built_view(architecture)
    return ComparedModel(title, view.graph, view.costs)


def difference_of(before: ComparedModel, after: ComparedModel) -> Difference:
    """What differs between two models."""
    return difference.compare(before.graph, after.graph, before.costs, after.costs)


def model_difference(before: ComparedModel, after: ComparedModel, key: str) -> None:
    """The sentence, both pictures under their titles, the list, and files for a review."""
    compared = difference_of(before, after)
    options = DiagramOptions(theme=page_frame.theme().name)
    if not compared.same:
        st.markdown(escape_markdown(difference.sentence(compared)))
    name = f"{before.graph.name}_{after.graph.name}"
    files: dict[str, Callable[[], str]] = {
        "md": partial(difference_report.markdown, compared),
        "csv": partial(difference_report.csv, compared),
        "svg": partial(difference.both, compared, options),
    }
    with layout.row(f"{key}.files", gap="xsmall"):
        for ending, make in files.items():
            label = "Markdown for a pull request" if ending == "md" else ending.upper()
            download(label, make, f"{name}.{ending}", key=f"{key}.{ending}", kind="tertiary")
    columns = st.columns(2)
    for column, model in zip(columns, (before, after), strict=True):
        column.markdown(f"**{escape_markdown(model.title)}**")
    difference_view(columns, compared, options, key=key)


def difference_view(
    columns: Sequence[DeltaGenerator],
    compared: Difference,
    options: DiagramOptions,
    *,
    key: str,
    below: Callable[[Side], None] = lambda _: None,
) -> None:
    """The pictures in two columns, each with what stands below it, and the list of changes."""
    for column, side in zip(columns, SIDES, strict=True):
        with column:
            viewer(
                difference.svg(compared, side, options),
                difference.alt(compared),
                None,
                lambda _: None,
                key=f"{key}.{side}.picture",
                height=HEIGHT,
            )
            below(side)
    if compared.same:
        st.caption("The two models are the same.")
        return
    rows = (
        (difference.SIGNS[row.kind], row.part, row.layer, row.aspect, row.before, row.after)
        for row in compared.rows
    )
    table = html_table(rows, ("", "part", "layer", "what", "left", "right"), "fields")
    st.html(f'<div class="differences" role="region" tabindex="0" aria-label="List">{table}</div>')
