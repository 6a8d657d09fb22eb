"""A visitor's own Keras model on the Inspect page: its file, its arrays and its measures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.app.pages.inspect.shares_view import measures_section, shares_without_run
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout, uploads
from components.app.parts.widgets.downloads import csv_download
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.text import plural
from components.experiments.inspection.basis.results import Inspection, parse_inspection
from components.experiments.inspection.explanation import (
    SHARES,
    measures_csv,
    unknown,
)
from components.experiments.inspection.own_file import inspect_file
from components.models.drawing.palette import Theme
from sample_data.core.limits import FILE_BYTES

KEY, ERROR = "own_inspection", "own_inspection_error"
HOW = """model.save("model.keras")
numpy.savez("held_out.npz", user=users, film=films, score=liked)"""
ABOUT = (
    "A trained model with two inputs or more, and arrays of held-out samples: one for each input "
    "and output, by its name. If labels are names, an array such as `score_classes` has them in "
    "the order of the output's units. No code of a file runs, so a layer of your own is refused: "
    "measure such a model in a notebook with `fp.contributions(model, x, y)`."
)


def own_model_section(theme: Theme) -> None:
    """Draw the uploads of both files, and the contributions of the model's inputs."""
    panel = st.expander(
        "Inspect your own model", icon=":material/upload_file:", key="own_model", on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        st.caption(ABOUT)
        st.code(HOW, language="python")
        with layout.row("own_model_files"):
            model, arrays = (
                st.file_uploader(title, key=key, type=ending,
                                 max_upload_size=uploads.most_bytes(FILE_BYTES) // 1_000_000)
                for title, key, ending in (
                    ("Keras model (.keras)", "own_model_file", "keras"),
                    ("Held-out arrays (.npz)", "own_model_arrays", "npz"),
                )
            )  # fmt: skip
        ready = model is not None and arrays is not None
        pressed = page_frame.pressed(
            "Inspect", key="own_model_inspect", type="primary", disabled=not ready
        )
        if pressed and model is not None and arrays is not None:
            for key in (KEY, ERROR):
                st.session_state.pop(key, None)
            try:
                with st.spinner("The model is being inspected."):
                    files = [uploads.content(file, FILE_BYTES) for file in (model, arrays)]
                    text, notes = inspect_file(*files)
                    st.session_state[KEY] = parse_inspection(text), notes
            except PlaygroundError as error:
                st.session_state[ERROR] = str(error)
        layout.show_error(st.session_state.get(ERROR))
        if (result := st.session_state.get(KEY)) is not None:
            inspection, notes = result
            _show(inspection, notes, theme)


def _show(inspection: Inspection, notes: Sequence[str], theme: Theme) -> None:
    st.caption(
        f"Measured on {plural(inspection.samples, 'sample')}. {unknown(inspection)} {SHARES}"
    )
    for note in notes:
        st.caption(message_markdown(note))
    for name, head in inspection.heads.items():
        shares_without_run(inspection, name, None, theme, "own_model")
        measures_section(head)
    make = partial(measures_csv, inspection)
    csv_download("Measures as CSV", make, "own model measures", "own_model_csv")
