"""Uploads: limited by the server, even if the browser accepts more."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.train.own_file import mapped, without_left_out
from components.base.errors import DataError
from components.base.limits import UPLOAD_BYTES
from components.base.zips import zip_of
from components.models.architecture.architecture import MOST_BYTES
from sample_data import own
from sample_data.content import presets
from tests.app.pages.desk import editor
from tests.app.pages.test_train_page import send, source, state_of, table, train

__all__ = ["train"]


def test_a_bad_file_of_a_model_is_a_sentence(app: AppTest) -> None:
    before = editor(app).valid
    file = ("bad.json", b'{"version": 9, "inputs": [], "heads": []}', "application/json")
    app.file_uploader(key="upload").set_value(file).run()
    assert not app.exception
    assert ["version" in error.value for error in app.error] == [True]
    assert editor(app).valid == before


def test_an_architecture_that_is_too_large_is_refused(app: AppTest) -> None:
    before = editor(app).valid
    text = before.json_text().encode().ljust(MOST_BYTES + 1)
    app.file_uploader(key="upload").set_value(("a.json", text, "application/json")).run()
    assert ["may have at most 1 MB" in error.value for error in app.error] == [True]
    app.file_uploader(key="upload").set_value(("a.json", text.strip(), "application/json")).run()
    assert not app.error
    assert editor(app).valid == before


KERAS = json.dumps(
    {
        "class_name": "Sequential",
        "config": [
            {
                "class_name": "Dense",
                "config": {"name": "d", "units": 3, "batch_input_shape": [None, 4]},
            }
        ],
    }
)


@pytest.mark.parametrize("name", ["m.json", "m.keras"])
def test_a_keras_model_opened_on_build_is_shown_by_the_viewer(app: AppTest, name: str) -> None:
    before = editor(app).valid
    content = KERAS.encode() if name == "m.json" else zip_of([("config.json", KERAS.encode())])
    app.file_uploader(key="upload").set_value((name, content, "")).run()
    assert not app.error
    assert any(f"{name} holds a Keras model" in info.value for info in app.info)
    assert editor(app).valid == before
    app.button(key="upload.view").click().run()
    assert not app.exception
    viewed = app.session_state["viewer"].model
    assert (viewed.name, viewed.costs.total.parameters) == ("Sequential", 15)
    app.switch_page("app.py").run()
    assert not any("holds a Keras model" in info.value for info in app.info)


def test_an_architecture_opened_in_the_viewer_is_opened_on_build(app: AppTest) -> None:
    wanted = presets.load("wide_and_deep")
    app.switch_page("pages/5_Viewer.py").run()
    (field,) = app.file_uploader
    field.set_value(("a.json", wanted.json_text().encode(), "application/json")).run()
    assert not app.error
    assert any("architecture wide" in info.value for info in app.info)
    app.button(key="viewer.build").click().run()
    assert not app.exception
    assert editor(app).valid == wanted


def test_a_data_file_that_is_too_large_is_refused(
    train: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(UPLOAD_BYTES.variable, "1000000")
    source(train, "own")
    send(train, "mine.csv", table(200_000))
    assert any("The file may have at most 1 MB here" in error.value for error in train.error)


def test_a_column_needs_a_name_that_can_be_shown() -> None:
    with pytest.raises(DataError, match="can't have control characters"):
        own.read("a\u202e,b\n1,2\n3,4\n".encode(), "mine.csv")


EVIL = "![x](http://evil.example/x.png) <img src=//evil.example/y.png>"
MARKDOWN = ("markdown", "caption", "button", "error", "info", "warning", "expander", "popover")


def test_an_input_whose_columns_are_left_out_leaves_the_model() -> None:
    lines = [f"P{i // 4},{i % 7},{'ab'[i % 2]}" for i in range(60)]
    given = own.read("\n".join(["patient,size,kind", *lines]).encode(), "mine.csv")
    model = own.propose(given)
    before = own.propose_mapping(given, model)
    changed = mapped(before, {"size": "size", "kind": "kind"}, ())
    smaller, kept = without_left_out(model, changed, before, {"patient"})
    assert [branch.name for branch in smaller.inputs] == list(kept.inputs) == ["size"]
    read = own.read_as(given, {"patient": "leave out"})
    split = own.RowSplit(by="group", column="patient")
    assert own.prepare(read, smaller, kept, split).dataset.held is not None


def arrays() -> bytes:
    file = io.BytesIO()
    columns: dict[str, Any] = {EVIL: np.arange(60.0), "other": np.arange(60.0) % 7}
    np.savez(file, y=np.arange(60) % 2, **columns)
    return file.getvalue()


def markdown(app: AppTest) -> list[str]:
    """Return all texts of the page that the browser reads as Markdown."""
    texts = [
        getattr(part, "label", "") for kind in ("toggle", "multiselect") for part in app.get(kind)
    ]
    for kind in MARKDOWN:
        texts += [
            getattr(part, "value", "") or getattr(part, "label", "") for part in app.get(kind)
        ]
    return [str(text) for text in texts]


def test_a_column_or_a_file_loads_no_picture(train: AppTest) -> None:
    source(train, "own")
    send(train, f"{EVIL.replace('/', ':')}.npz", arrays())
    train.button(key="open_fitting").click().run()
    file = state_of(train).own
    assert file is not None
    mapping = file.mapped(editor(train).valid)
    (name,) = mapping.inputs
    shown = 0
    for chosen in ([], ["other"], [EVIL, "other"]):
        file.mapping = mapped(mapping, dict.fromkeys(chosen, name), ())
        train.run()
        assert not train.exception
        texts = markdown(train)
        shown += sum(r"!\[x\]" in text for text in texts)
        assert not [text for text in texts if "![x](" in re.sub("`[^`]*`", "", text)]
        assert not [part for part in train.get("html") if "<img src=//" in str(part.proto.body)]
    assert shown
