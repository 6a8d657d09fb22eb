"""Downloads of a run: the trained model, its weights, its history."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.core.text import byte_size
from components.training import artifacts
from components.training.runs import Run
from components.training.store import Store


def run_files(store: Store, run: Run) -> None:
    """A popover with a download button for each file of a run."""
    with st.popover("Files", icon=":material/download:", key=f"files.{run.id}"):
        missing = artifacts.missing_model(store, run)
        size = "" if missing else f" · {byte_size(run.model_bytes)}"
        _button(
            f"Keras model{size}",
            lambda: artifacts.keras_file(store, run.id),
            run,
            "keras",
            "application/zip",
            "Load it with keras.saving.load_model. It has stock layers only, and is not compiled.",
            disabled=missing is not None,
        )
        _button(
            "Weights",
            lambda: artifacts.weights_file(store, run.id),
            run,
            "weights.h5",
            "application/x-hdf5",
            "For load_weights on the model that the exported code builds.",
            disabled=missing is not None,
        )
        _button(
            "History as CSV", lambda: artifacts.csv_history(store, run.id), run, "csv", "text/csv"
        )
        _button(
            "History for TensorBoard",
            lambda: artifacts.tensorboard_zip(store, run.id),
            run,
            "tensorboard.zip",
            "application/zip",
            "Unzip it, and run tensorboard --logdir on the folder.",
        )
        if missing is not None:
            st.caption(str(missing))


def _button(
    label: str,
    data: Callable[[], str | bytes],
    run: Run,
    ending: str,
    mime: str,
    help: str | None = None,
    disabled: bool = False,
) -> None:
    st.download_button(
        label,
        data,
        f"{run.name}.{ending}",
        mime,
        key=f"files.{run.id}.{ending}",
        help=help,
        on_click="ignore",
        disabled=disabled,
        width="stretch",
    )
