"""What is taken away of a model from elsewhere: its picture in any form, and its table."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

from components.export import parameters
from components.keras_json import ImportedModel
from components.render import pictures, summary
from components.render.options import DiagramOptions
from components.render.palette import ThemeName
from components.render.pictures import FORMATS
from components.ui.viewer.cards import shape

_THEMES: dict[ThemeName, str] = {
    "light": "Light",
    "dark": "Dark",
    "print": "Print (grey)",
    "colour-blind": "Colour-blind safe",
}
_TABLES = {
    "md": ("Markdown", "text/markdown"),
    "csv": ("CSV", "text/csv"),
    "tex": ("LaTeX", "application/x-tex"),
}
_SAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def foreign_take(shown: ImportedModel, look: DiagramOptions | None, whole: ImportedModel) -> None:
    """Choices and buttons. The picture is of `shown`, if it has a look; the table of `whole`."""
    left, right = st.columns(2, gap="medium")
    with left:
        theme: ThemeName = st.selectbox(
            "Colours",
            list(_THEMES),
            format_func=_THEMES.__getitem__,
            key="foreign.theme",
            persist_state="session",
        )
        form = st.selectbox(
            "File",
            list(FORMATS),
            format_func=lambda ending: FORMATS[ending].title,
            key="foreign.form",
            persist_state="session",
        )
        legend = st.toggle("Legend", key="foreign.legend", persist_state="session")
    taken = None if look is None else replace(look, theme=theme, legend=legend, transparent=False)
    with right:
        table = st.selectbox(
            "Table of parameters",
            list(_TABLES),
            format_func=lambda ending: _TABLES[ending][0],
            key="foreign.table",
            persist_state="session",
        )
        _button(
            f"Picture as {FORMATS[form].title}",
            lambda: pictures.render(shown.graph, form, taken) if taken else b"",
            f"{_name(shown)}.{form}",
            FORMATS[form].mime,
            "foreign.picture",
            disabled=taken is None,
        )
        _button(
            f"Parameters as {_TABLES[table][0]}",
            lambda: parameters.FORMATS[table](by_layer(whole)),
            f"{_name(whole)}_parameters.{table}",
            _TABLES[table][1],
            "foreign.parameters",
        )


def by_layer(part: ImportedModel) -> parameters.TextTable:
    """One row a layer; what cannot be told is a question mark."""
    graph, total = part.graph, part.costs.total.parameters
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
    return parameters.TextTable(
        f"Parameters of {part.name} by layer",
        ("Layer", "Kind", "Block", "Output", "Parameters", "Share"),
        (*rows, (parameters.TOTAL, "", "", "", total, 1.0 if total else 0.0)),
    )


def summed_up(part: ImportedModel, height: int) -> None:
    """All layers as a table on the page."""
    rows, graph = summary.layer_rows(part.graph, part.costs), part.graph
    titles = {group.id: group.title for group in graph.groups}
    columns = st.column_config
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
    st.dataframe(
        cells,
        hide_index=True,
        height=height,
        key="foreign_summary",
        column_config={
            "Parameters": columns.NumberColumn(format="localized"),
            "Share": columns.ProgressColumn(format="percent", min_value=0, max_value=1),
            "FLOPs": columns.NumberColumn("FLOPs a sample", format="compact"),
        },
    )


def _name(part: ImportedModel) -> str:
    return _SAFE.sub("_", part.name)[:60].strip("_.") or "model"


def _button(
    label: str, data: object, name: str, mime: str, key: str, *, disabled: bool = False
) -> None:
    st.download_button(
        label,
        data,  # type: ignore[arg-type]
        name,
        mime,
        key=key,
        icon=":material/download:",
        on_click="ignore",
        disabled=disabled,
        width="stretch",
    )
