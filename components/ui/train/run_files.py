"""Downloads of a run: the trained model, its weights, its history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.markup import message_markdown
from components.core.text import byte_size
from components.training import artifacts
from components.training.runs import Run
from components.training.store import Store
from components.ui.kit.downloads import download

_OF_MODEL = (artifacts.keras_file, artifacts.weights_file)
"""What can be downloaded only if the model was kept."""


def run_files(store: Store, run: Run) -> None:
    """A popover with a download button for each file of a run."""
    with st.popover("Files", icon=":material/download:", key=f"files.{run.id}"):
        missing = artifacts.missing_model(store, run)
        size = "" if missing else f" · {byte_size(run.model_bytes)}"
        files: tuple[tuple[str, Callable[[Store, str], str | bytes], str, str | None], ...] = (
            (
                f"Keras model{size}",
                artifacts.keras_file,
                "keras",
                "Load it with keras.saving.load_model. It has stock layers only, and is not "
                "compiled.",
            ),
            (
                "Weights",
                artifacts.weights_file,
                "weights.h5",
                "For load_weights on the model that the exported code builds.",
            ),
            ("History as CSV", artifacts.csv_history, "csv", None),
            (
                "History for TensorBoard",
                artifacts.tensorboard_zip,
                "tensorboard.zip",
                "Unzip it, and run tensorboard --logdir on the folder.",
            ),
        )
        for label, make, ending, help in files:
            download(
                label,
                partial(make, store, run.id),
                f"{run.name}.{ending}",
                key=f"files.{run.id}.{ending}",
                help=help,
                disabled=missing is not None and make in _OF_MODEL,
                icon=None,
            )
        if missing is not None:
            st.caption(message_markdown(str(missing)))
