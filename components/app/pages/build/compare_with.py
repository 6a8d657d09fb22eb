"""*Compare with …*: the model on the page and its differences from a preset, run, link or file."""

from __future__ import annotations

import streamlit as st

from components.app.parts.data.difference_view import (
    ComparedModel,
    compared_model,
    model_difference,
)
from components.app.parts.data.run_request import started_titles
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import layout, uploads
from components.app.parts.widgets.downloads import select
from components.base.errors import PlaygroundError, SpecError
from components.models import imported
from components.models.architecture.architecture import parse, parse_json
from components.models.imported import is_keras_model
from components.sharing.links.link import is_link, parse_link
from sample_data.content import presets
from sample_data.core.limits import FILE_BYTES

LISTED = 200
_KEY = "compare_with"


@st.dialog("Compare with …", width="large", icon=":material/compare:")
@page_frame.guarded()
def compare_with(editor: ModelEditor) -> None:
    """Let the visitor choose another model and show the differences. *Swap* reverses the order."""
    sources = {
        "Preset": _preset,
        "Run": _run,
        "Link or JSON": _text,
        "File": _file,
    }
    source = layout.switch("Compare with", list(sources), f"{_KEY}.source")
    try:
        other = sources[source]()
        if other is not None:
            before, after = other, compared_model("Your model", editor.shown)
            if st.toggle("Swap", key=f"{_KEY}.swap", help="Show the changes."):
                before, after = after, before
            model_difference(before, after, _KEY)
    except PlaygroundError as error:
        layout.show_error(str(error))


def _preset() -> ComparedModel:
    titles = {name: presets.about(name).title for name in presets.names()}
    name = select("Preset", titles, f"{_KEY}.preset")
    return compared_model(titles[name], presets.load(name))


def _run() -> ComparedModel | None:
    runs = {run.id: run for run in visitor_runs().list(limit=LISTED)}
    if not runs:
        st.caption("You have no runs yet. The Train page trains this model.")
        return None
    titles = started_titles({id: (run.name, run.created) for id, run in runs.items()})
    run = runs[select("Run", titles, f"{_KEY}.run")]
    return compared_model(run.name, parse(dict(run.architecture)))


def _text() -> ComparedModel | None:
    text = st.text_area(
        "Share link, or the JSON of a model",
        key=f"{_KEY}.text",
        height=80,
        placeholder="A link from Save and share, or a model's JSON text, of ours or of Keras",
    ).strip()
    if not text:
        return None
    if is_link(text):
        return compared_model("The link's model", parse_link(text).architecture)
    if not text.startswith("{"):
        raise SpecError(
            "This text is neither a share link nor a model's JSON.",
            f"it begins with {text[:20]}",
            "Paste a whole link, or all of the JSON.",
        )
    return _read(text.encode())


def _file() -> ComparedModel | None:
    file = st.file_uploader(
        "Model file (.json, .keras or .h5)",
        key=f"{_KEY}.file",
        max_upload_size=uploads.most_bytes(FILE_BYTES) // 1_000_000,
        help="A model downloaded here as JSON, or a Keras model that was saved.",
    )
    return None if file is None else _read(uploads.content(file, FILE_BYTES))


def _read(content: bytes) -> ComparedModel:
    """Read a model in the format of the playground or of Keras, with its own name."""
    if is_keras_model(content):
        model = imported.read(content)
        return ComparedModel(model.name, model.graph, model.costs)
    architecture = parse_json(content)
    return compared_model(architecture.name, architecture)
