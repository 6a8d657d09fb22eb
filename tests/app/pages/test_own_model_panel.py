"""The panel *Inspect your own model*: two files, and the contributions of the model's inputs."""

from __future__ import annotations

import io
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers as K
from streamlit.testing.v1 import AppTest

from sample_data.core.archives import write_arrays
from tests.app.pages.desk import html, well, with_model

pytestmark = pytest.mark.usefixtures("keras_is_in")
PAGE = "pages/2_Inspect.py"
RNG = np.random.default_rng(2)
X = {"age": RNG.normal(size=(40, 2)), "image": RNG.normal(size=(40, 3))}


def panel(folder: Path, **arrays: object) -> AppTest:
    """Return the panel with the files of a model, after a click on *Inspect*."""
    inputs = {name: keras.Input(array.shape[1:], name=name) for name, array in X.items()}
    joined = K.Concatenate()([K.Dense(4)(one) for one in inputs.values()])
    model = keras.Model(inputs, K.Dense(1, activation="sigmoid", name="ill")(joined))
    model.save(folder / "model.keras")
    held = io.BytesIO()
    write_arrays(held, {**X, **arrays})  # type: ignore[dict-item]
    page = with_model(PAGE)
    page.session_state["own_model"] = True
    page.run()
    kind = "application/octet-stream"
    content = (folder / "model.keras").read_bytes()
    page.file_uploader(key="own_model_file").set_value(("model.keras", content, kind))
    page.file_uploader(key="own_model_arrays").set_value(("held.npz", held.getvalue(), kind)).run()
    page.button(key="own_model_inspect").click().run()
    return page


def test_two_files_give_charts_and_measures(tmp_path: Path) -> None:
    page = panel(tmp_path, ill=RNG.integers(0, 2, size=40), other=np.ones(40))
    well(page)
    assert any(one.value.startswith("Ignored: `other`") for one in page.caption)
    assert "Shapley share" in html(page)
    assert "<code>age</code>" in html(page)


def test_arrays_without_labels_are_answered_with_what_to_save(tmp_path: Path) -> None:
    page = panel(tmp_path)
    assert any("none for the output ill" in error.value for error in page.error)
