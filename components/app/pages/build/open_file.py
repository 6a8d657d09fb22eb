"""The upload of a model file; the Viewer can show the files of Keras models."""

from __future__ import annotations

import streamlit as st

from components.app.parts.data.carried_file import CarriedFile, show_in_viewer
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout, uploads
from components.base.errors import PlaygroundError
from components.base.markup import escape_markdown
from components.models.architecture.architecture import parse_json
from components.models.imported import is_keras_model
from sample_data.core.limits import FILE_BYTES

_ERROR, _KERAS = "upload_error", "upload_keras"


def open_file(editor: ModelEditor) -> None:
    """Show the upload field, and the error of the last file that could not be opened."""
    st.file_uploader(
        "Open a model file",
        key="upload",
        on_change=_opened,
        args=(editor,),
        max_upload_size=uploads.most_bytes(FILE_BYTES) // 1_000_000,
        help="A model downloaded here as JSON, or written by hand. A Keras model (.keras, .h5 or "
        ".json) is shown by the Viewer.",
    )
    if _KERAS in st.session_state:
        _offer_viewer(st.session_state[_KERAS])
    layout.show_error(st.session_state.get(_ERROR))


def _opened(editor: ModelEditor) -> None:
    for key in (_ERROR, _KERAS):
        st.session_state.pop(key, None)
    file = st.session_state["upload"]
    if file is None:
        return
    try:
        content = uploads.content(file, FILE_BYTES)
        if is_keras_model(content):
            st.session_state[_KERAS] = CarriedFile(file.name, content)
        else:
            editor.open(parse_json(content))
    except PlaygroundError as error:
        st.session_state[_ERROR] = str(error)


def _offer_viewer(file: CarriedFile) -> None:
    st.info(
        f"{escape_markdown(file.name)} holds a Keras model. Build edits architectures of this "
        "playground only; the Viewer shows any Keras model.",
        icon=":material/account_tree:",
    )
    if page_frame.pressed(
        "Show it on the Viewer page",
        key="upload.view",
        type="primary",
        icon=":material/visibility:",
    ):
        del st.session_state[_KERAS]
        show_in_viewer(file)
