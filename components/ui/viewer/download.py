"""Downloads of an imported model: its picture in any format, and tables."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

from components.export import parameters
from components.keras_json import ImportedModel
from components.render import pictures, summary
from components.render.options import DiagramOptions
from components.render.pictures import FORMATS
from components.ui.kit.downloads import TABLES, THEMES, download, select, select_picture
from components.ui.kit.tables import table
from components.ui.viewer.cards import shape

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def viewer_downloads(
    shown: ImportedModel, options: DiagramOptions | None, whole: ImportedModel
) -> None:
    """Choices and buttons: the picture of `shown`, if it can be drawn, and the table of `whole`."""
    left, right = st.columns(2, gap="medium")
    with left:
        theme = select("Colours", THEMES, "viewer.theme")
        picture = select_picture("Picture", "viewer.form")
        legend = st.toggle("Legend", key="viewer.legend", persist_state="session")
    with right:
        ending = select("Table of parameters", TABLES, "viewer.table")
        chosen = options and replace(options, theme=theme, legend=legend, transparent=False)
        download(
            f"Picture as {FORMATS[picture].title}",
            lambda: pictures.render(shown.graph, picture, chosen) if chosen else b"",
            f"{_file_name(shown)}.{picture}",
            key="viewer.picture",
            disabled=chosen is None,
        )
        download(
            f"Parameters as {TABLES[ending]}",
            lambda: parameters.FORMATS[ending](parameter_table(whole)),
            f"{_file_name(whole)}_parameters.{ending}",
            key="viewer.parameters",
        )


def parameter_table(part: ImportedModel) -> parameters.TextTable:
    """One row a layer; a question mark stands for an unknown number."""
    graph = part.graph
    titles = {group.id: group.title for group in graph.groups}
    rows = [
        (
            row.layer,
            row.kind,
            titles[row.part],
            shape(graph[row.layer]),
            "?" if "parameters" in graph[row.layer].unknown else row.parameters,
            row.share,
        )
        for row in summary.layer_rows(graph, part.costs)
    ]
    return parameters.layer_table(part.name, rows, part.costs, "Block")


def summary_table(part: ImportedModel, height: int) -> None:
    """All layers as a table on the page."""
    rows, graph = summary.layer_rows(part.graph, part.costs), part.graph
    titles = {group.id: group.title for group in graph.groups}
    cells: dict[str, list[object]] = {
        "Layer": [row.layer for row in rows],
        "Kind": [row.kind for row in rows],
        "Block": [titles[row.part] for row in rows],
        "Output": [shape(graph[row.layer]) for row in rows],
        "Parameters": [
            None if "parameters" in graph[row.layer].unknown else row.parameters for row in rows
        ],
        "Share": [row.share for row in rows],
    }
    if not part.costs.estimated:
        cells["FLOPs"] = [row.flops for row in rows]
    if part.unknown:
        cells["Unknown"] = [", ".join(graph[row.layer].unknown) for row in rows]
    cells["Reads"] = [row.reads for row in rows]
    table(cells, height=height, key="viewer_summary")


def _file_name(part: ImportedModel) -> str:
    return _UNSAFE.sub("_", part.name)[:60].strip("_.") or "model"
