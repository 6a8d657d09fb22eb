"""Downloads of an imported model: its picture in any format, and tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import streamlit as st

from components.export import parameters
from components.export.formats import TABLES
from components.export.formats.base import TextTable
from components.keras_json import ImportedModel
from components.render import formatting, summary
from components.render.options import DiagramOptions
from components.ui.viewer.state import ViewerState
from components.ui.widgets.downloads import download, select, titles
from components.ui.widgets.picture_download import picture_download, select_theme
from components.ui.widgets.tables import height_of, table

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def viewer_downloads(state: ViewerState, options: DiagramOptions | None) -> None:
    """Choices and buttons: the picture, if it can be drawn, and the table of what is open."""
    whole = state.open
    left, right = st.columns(2, gap="medium")
    with left:
        if options is not None:
            _picture(state, options)
    with right:
        ending = select("Table of parameters", titles(TABLES), "viewer.table")
        download(
            f"Parameters as {TABLES[ending].title}",
            lambda: TABLES[ending]().write(parameter_table(whole)),
            f"{_file_name(whole)}_parameters.{ending}",
            key="viewer.parameters",
        )


def _picture(state: ViewerState, options: DiagramOptions) -> None:
    shown, theme = state.shown, select_theme(options.theme, "viewer.theme")
    legend = st.toggle("Legend", key="viewer.legend", persist_state="session")
    chosen = replace(options, theme=theme, legend=legend, transparent=False)
    picture_download(
        shown.graph,
        chosen,
        _file_name(shown),
        key="viewer",
        svg=lambda: state.file_svg(chosen),
    )


def parameter_table(part: ImportedModel) -> TextTable:
    """One row a layer; a question mark stands for an unknown number."""
    cells = _columns(part)
    numbers = ("?" if count is None else count for count in cells.pop("Parameters"))
    shares = cells.pop("Share")
    rows: Any = zip(*cells.values(), numbers, shares, strict=True)
    share = part.costs.total.parameters / (part.graph.model_parameters or 1)
    return parameters.layer_table(part.name, rows, part.costs, "Block", share)


def summary_table(part: ImportedModel, height: int) -> None:
    """All layers as a table on the page, at most `height` pixels high."""
    rows, graph, cells = summary.layer_rows(part.graph, part.costs), part.graph, _columns(part)
    if not part.costs.estimated:
        cells["FLOPs"] = [row.flops for row in rows]
    if part.unknown:
        cells["Unknown"] = [", ".join(graph[row.layer].unknown) for row in rows]
    cells["Reads"] = [row.reads for row in rows]
    table(cells, height=height_of(len(rows), height), key="viewer_summary")


def _columns(part: ImportedModel) -> dict[str, list[Any]]:
    """What both tables have; an unknown number is `None`."""
    rows, graph = summary.layer_rows(part.graph, part.costs), part.graph
    nodes = [graph[row.layer] for row in rows]
    return {
        "Layer": [row.layer for row in rows],
        "Kind": [row.kind for row in rows],
        "Block": [graph.group(row.part).title for row in rows],
        "Output": [formatting.output(node) for node in nodes],
        "Parameters": [None if "parameters" in n.unknown else n.parameters for n in nodes],
        "Share": [row.share for row in rows],
    }


def _file_name(part: ImportedModel) -> str:
    return _UNSAFE.sub("_", part.name)[:60].strip("_.") or "model"
