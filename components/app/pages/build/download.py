"""The Download popover: the picture with options and preview, tables, and a zip of everything."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.widgets import forms
from components.app.parts.widgets.downloads import download, select, titles
from components.app.parts.widgets.picture_download import picture_download, select_theme
from components.app.parts.widgets.record_download import record_download
from components.models.analysis.model_view import ModelView, model_view
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import Costs
from components.models.drawing import caption, diagram
from components.models.drawing.diagram_svg import page_size
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import LEVELS, DiagramOptions, Level
from components.models.language.graph import Graph
from components.sharing.code import archive, parameters
from components.sharing.formats import TABLES
from components.sharing.record.contents import record_of
from components.sharing.record.subject import RecordSubject

KEY = "take"
PREVIEW, WIDTH = 170, 290
"""Height and width of the preview in pixels."""


def download_panel(editor: ModelEditor, view: ModelView, shown: DiagramOptions) -> None:
    """Show the options and preview of the picture, and buttons that create a file on click.

    `shown` are the options of the picture on the page; the choices start with them.
    """
    architecture, graph, costs = editor.marked(editor.shown), view.graph, view.costs
    built = all(node.state == "built" for node in graph.nodes)

    def all_files() -> bytes:
        code = archive.code_files(editor.shown, graph) if built else None
        return archive.model_archive(architecture, graph, costs, options, code)

    left, right = (column.container(gap="xsmall") for column in st.columns(2, gap="medium"))
    with left:
        _name(editor)
        options = _choices(architecture, graph, shown)
        record_download(
            architecture.name,
            lambda author: record_of(RecordSubject(architecture), author),
            key=KEY,
            disabled=not built,
        )
    with right:
        _preview(architecture, graph, options)
        picture_download(
            graph, options, architecture.name, key=KEY, svg=partial(_svg, architecture, options)
        )
        _table(architecture, graph, costs)
        with st.container(horizontal=True, gap="small"):
            download(
                "Model (.json)",
                architecture.json_text,
                f"{architecture.name}.json",
                key=f"{KEY}.json",
            )
            download(
                "All (.zip)",
                all_files,
                f"{architecture.name}.zip",
                key=f"{KEY}.zip",
                help="The picture at every level and in every format, the tables, summary and "
                "description as text, the model as JSON, and the script if the model can be built.",
            )


def _name(editor: ModelEditor) -> None:
    def renamed(text: str) -> None:
        editor.edit(lambda draft: draft.update(name=text.strip()))

    name = editor.draft["name"]
    st.text_input("Name of the model", name, max_chars=40, **forms.linked("name", name, renamed))
    forms.show_error(editor.error, ("name",))


def _choices(architecture: Architecture, graph: Graph, shown: DiagramOptions) -> DiagramOptions:
    with st.container(horizontal=True, gap="small"):
        theme = select_theme(shown.theme, f"{KEY}.theme")
        levels = {shown.level: LEVELS[shown.level], **LEVELS}
        level: Level = select("Level of detail", levels, f"{KEY}.level.{shown.level}")
    title = st.text_input("Title", max_chars=120, key=f"{KEY}.title", persist_state="session")
    with st.container(gap=None):
        across = st.toggle(
            "Left to right",
            value=shown.direction == "horizontal",
            key=f"{KEY}.across",
            persist_state="session",
        )
        legend = st.toggle("Legend", key=f"{KEY}.legend", persist_state="session")
        clear = st.toggle(
            "Transparent background",
            key=f"{KEY}.clear",
            help="Use it on a page of the same colours. Elsewhere, texts outside of boxes can't be "
            "read. Title, legend and caption keep their background, and a PDF keeps all of it.",
            persist_state="session",
        )
        below = st.toggle("Caption below the picture", key=f"{KEY}.below", persist_state="session")
    return replace(
        shown,
        theme=theme,
        level=level,
        dense=False,
        direction="horizontal" if across else "vertical",
        title=title.strip(),
        caption=_caption(architecture, emphasised(graph, shown)) if below else "",
        legend=legend,
        transparent=clear,
    )


def _caption(architecture: Architecture, graph: Graph) -> str:
    return st.text_area(
        "Caption",
        value=caption.text(graph),
        height=110,
        max_chars=1000,
        key=f"{KEY}.caption.{architecture.digest}",
        persist_state="session",
        help="Generated from the architecture. You can edit it.",
    ).strip()


def _table(architecture: Architecture, graph: Graph, costs: Costs) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ending = select("Parameters by layer", titles(TABLES), f"{KEY}.table")
        download(
            "Table",
            lambda: TABLES[ending]().write(parameters.by_layer(graph, costs)),
            f"{architecture.name}_parameters.{ending}",
            key=f"{KEY}.parameters",
        )


def _preview(architecture: Architecture, graph: Graph, options: DiagramOptions) -> None:
    svg = _svg(architecture, options)
    width, height = page_size(svg)
    shown = min(WIDTH, round(width * (PREVIEW - 34) / height))
    with st.container(height=PREVIEW, border=True, horizontal_alignment="center"):
        st.image(svg, width=shown, alt=caption.title(graph, options))


@lru_cache(maxsize=64)
def _svg(architecture: Architecture, options: DiagramOptions) -> str:
    return diagram.file_svg(model_view(architecture).graph, options)
