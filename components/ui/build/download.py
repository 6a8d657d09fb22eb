"""The Download popover: a picture with its options and preview, tables, and all in one zip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st

from components.analysis.model_view import model_view
from components.core.graph import Graph
from components.export import archive, parameters
from components.export.formats import TABLES
from components.model.costs import Costs
from components.model.spec import Architecture
from components.record.contents import record_of
from components.record.subject import RecordSubject
from components.render import caption, diagram
from components.render.diagram_svg import page_size
from components.render.emphasis import emphasised
from components.render.options import (
    LEVELS,
    DiagramOptions,
    Level,
    transparent_by_default,
)
from components.ui.widgets.downloads import download, select, titles
from components.ui.widgets.picture_download import picture_download, select_theme
from components.ui.widgets.record_download import record_download

PREVIEW, WIDTH = 170, 290
"""Height and width of the preview in pixels."""


def download_panel(
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    shown: DiagramOptions,
    *,
    key: str,
    extra: Callable[[], dict[str, bytes]] | None = None,
    first: Callable[[], None] | None = None,
) -> None:
    """Options of the picture with a preview, and buttons that make a file when they are clicked.

    `shown` are the options of the picture on the page, with which the choices start. `extra` gives
    further files for the zip, such as the script. `first` draws what stands above the choices.
    """
    left, right = (column.container(gap="xsmall") for column in st.columns(2, gap="medium"))
    with left:
        if first is not None:
            first()
        options = _choices(spec, graph, shown, key)
        record_download(
            spec.name,
            lambda author: record_of(RecordSubject(spec), author),
            key=key,
            disabled=any(node.state != "built" for node in graph.nodes),
        )
    with right:
        _preview(spec, graph, options)
        picture_download(graph, options, spec.name, key=key, svg=partial(_svg, spec, options))
        _table(spec, graph, costs, key)
        with st.container(horizontal=True, gap="small"):
            download("Model (.json)", spec.json_text, f"{spec.name}.json", key=f"{key}.json")
            download(
                "All (.zip)",
                lambda: archive.model_archive(
                    spec, graph, costs, options, extra() if extra else None
                ),
                f"{spec.name}.zip",
                key=f"{key}.zip",
                help="The picture at every level and in every format, the tables, summary and "
                "description as text, the model as JSON, and the script if the model can be built.",
            )


def _choices(spec: Architecture, graph: Graph, shown: DiagramOptions, key: str) -> DiagramOptions:
    with st.container(horizontal=True, gap="small"):
        theme = select_theme(shown.theme, f"{key}.theme")
        levels = {"layers": LEVELS["layers"], **LEVELS}
        level: Level = select("Level of detail", levels, f"{key}.level")
    title = st.text_input("Title", max_chars=120, key=f"{key}.title", persist_state="session")
    with st.container(gap=None):
        across = st.toggle(
            "Left to right",
            value=shown.direction == "horizontal",
            key=f"{key}.across",
            persist_state="session",
        )
        legend = st.toggle("Legend", key=f"{key}.legend", persist_state="session")
        clear = st.toggle(
            "Transparent background",
            value=transparent_by_default(theme),
            key=f"{key}.clear.{theme}",
            help="Title, legend and caption keep theirs. PDFs always have a background.",
            persist_state="session",
        )
        below = st.toggle("Caption below the picture", key=f"{key}.below", persist_state="session")
    return replace(
        shown,
        theme=theme,
        level=level,
        dense=False,
        direction="horizontal" if across else "vertical",
        title=title.strip(),
        caption=_caption(spec, emphasised(graph, shown), key) if below else "",
        legend=legend,
        transparent=clear,
    )


def _caption(spec: Architecture, graph: Graph, key: str) -> str:
    return st.text_area(
        "Caption",
        value=caption.text(graph),
        height=110,
        max_chars=1000,
        key=f"{key}.caption.{spec.digest}",
        persist_state="session",
        help="Generated from the architecture. You can edit it.",
    ).strip()


def _table(spec: Architecture, graph: Graph, costs: Costs, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ending = select("Parameters by layer", titles(TABLES), f"{key}.table")
        download(
            "Table",
            lambda: TABLES[ending]().write(parameters.by_layer(graph, costs)),
            f"{spec.name}_parameters.{ending}",
            key=f"{key}.parameters",
        )


def _preview(spec: Architecture, graph: Graph, options: DiagramOptions) -> None:
    svg = _svg(spec, options)
    width, height = page_size(svg)
    shown = min(WIDTH, round(width * (PREVIEW - 34) / height))
    with st.container(height=PREVIEW, border=True, horizontal_alignment="center"):
        st.image(svg, width=shown, alt=caption.title(graph, options))


@lru_cache(maxsize=64)
def _svg(spec: Architecture, options: DiagramOptions) -> str:
    return diagram.file_svg(model_view(spec).graph, options)
