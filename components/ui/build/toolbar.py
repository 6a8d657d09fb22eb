"""The row above the picture: show, download, share, my models."""

from __future__ import annotations

import streamlit as st

from components.core.graph import Graph
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.build.open_file import open_file
from components.ui.kit import forms
from components.ui.kit.model_editor import ModelEditor

SHOWN = ["Shapes", "Parameters", "Activations"]


def options(theme: Theme) -> DiagramOptions:
    """The options of the picture, as set in the toolbar."""
    shows = st.session_state.get("shows", SHOWN)
    return DiagramOptions(
        direction="horizontal" if st.session_state.get("across") else "vertical",
        shapes="Shapes" in shows,
        parameters="Parameters" in shows,
        activations="Activations" in shows,
        theme=theme.name,
    )


def toolbar(
    editor: ModelEditor, spec: Architecture, graph: Graph, costs: Costs, shown: DiagramOptions
) -> None:
    """Four popovers. Their content is made only while they are open, if it costs time."""
    with st.popover("Show", icon=":material/tune:", key="show"):
        st.pills(
            "On each layer",
            SHOWN,
            default=SHOWN,
            selection_mode="multi",
            key="shows",
            persist_state="session",
        )
        st.toggle("Left to right", key="across", persist_state="session")
    download = st.popover("Download", icon=":material/download:", key="take", on_change="rerun")
    if download.open:
        with download:
            _files(editor, spec, graph, costs, shown)
    link = st.popover("Share", icon=":material/share:", key="share", on_change="rerun")
    if link.open:
        with link:
            _link(editor)
    models = st.popover("Models", icon=":material/folder_open:", key="open", on_change="rerun")
    with models:
        if models.open:
            _models(editor)
        open_file(editor)


def _files(
    editor: ModelEditor, spec: Architecture, graph: Graph, costs: Costs, shown: DiagramOptions
) -> None:
    from components.export import archive
    from components.ui.build.download import download_panel

    whole = all(node.state == "built" for node in graph.nodes)
    download_panel(
        spec,
        graph,
        costs,
        shown,
        key="take",
        extra=(lambda: archive.code_files(spec, graph)) if whole else None,
        first=lambda: _name(editor),
    )


def _link(editor: ModelEditor) -> None:
    from components.ui.build.share import share_link
    from components.ui.kit import train_state

    share_link(editor, train_state.of_session())


def _models(editor: ModelEditor) -> None:
    from components.ui.build.my_models import my_models

    my_models(editor)


def _name(editor: ModelEditor) -> None:
    def renamed(text: str) -> None:
        editor.edit(lambda draft: draft.update(name=text.strip()))

    name = editor.draft["name"]
    link = forms.linked("name", name, renamed)
    st.text_input("Name of the model", name, max_chars=40, **link)
    forms.show_error(editor.error, ("name",))
