"""The pages' scripts, run by Streamlit's own test runner: state and widgets, without a browser."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.encoders import ENCODERS
from components.encoders.base import Form
from components.export.link import parse_link, share
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.merges import MERGES
from components.training.requests import Settings
from components.ui.kit import edits
from components.ui.kit.model_editor import ModelEditor
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec


def editor(app: AppTest) -> ModelEditor:
    current: ModelEditor = app.session_state["editor"]
    return current


def key_of(app: AppTest, base: str) -> str:
    """The present key of a widget, which changes when its value is changed from elsewhere."""
    version, _ = app.session_state["shown"][base]
    return f"{base}~{version}" if version else base


def well(app: AppTest) -> None:
    assert not app.exception
    assert [error.value for error in app.error] == []


def well_or_said(app: AppTest) -> None:
    """Either the model can be built, or the sidebar says once what is wrong."""
    assert not app.exception
    error = editor(app).error
    assert [alert.value for alert in app.sidebar.error] == ([] if error is None else [str(error)])


def test_build_opens_with_the_default_preset(app: AppTest) -> None:
    well(app)
    assert app.selectbox(key=key_of(app, "preset")).value == presets.DEFAULT
    assert editor(app).valid == presets.load(presets.DEFAULT)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_opens(app: AppTest, name: str) -> None:
    app.selectbox(key=key_of(app, "preset")).set_value(name).run()
    well(app)
    assert editor(app).valid == presets.load(name)


@pytest.mark.parametrize("kind", list(INPUTS))
def test_every_kind_of_input_has_its_widgets(app: AppTest, kind: str) -> None:
    key = editor(app).draft["inputs"][0]["key"]
    app.session_state[f"{key}.more"] = True
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    well(app)
    first = editor(app).valid.inputs[0]
    assert first.kind == kind  # type: ignore[attr-defined]
    shown = {
        str(widget.key).partition("~")[0]
        for widget in (*app.number_input, *app.slider, *app.selectbox, *app.text_input, *app.toggle)
    }
    for field in set(INPUTS[kind].model_fields) - {"kind", "name", "encoder"}:
        assert f"{key}.{kind}.{field}" in shown


@pytest.mark.parametrize("kind", [kind for kind in ENCODERS if kind != "shared"])
def test_every_encoder_can_be_chosen(app: AppTest, kind: str) -> None:
    forms: tuple[Form, ...] = ("map", "sequence", "vector", "tokens", "ids")
    form = next(form for form in forms if kind in encoders_for(form))
    fitting = next(name for name, concept in INPUTS.items() if concept.form == form)
    key = editor(app).draft["inputs"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(fitting).run()
    app.selectbox(key=key_of(app, f"{key}.encoder.kind")).set_value(kind).run()
    assert not app.exception
    assert editor(app).draft["inputs"][0]["encoder"]["kind"] == kind
    well_or_said(app)


@pytest.mark.parametrize("kind", list(MERGES))
def test_every_strategy_can_be_chosen(app: AppTest, kind: str) -> None:
    key = editor(app).draft["merges"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    assert editor(app).draft["merges"][0]["kind"] == kind
    well_or_said(app)


@pytest.mark.parametrize("kind", list(HEADS))
def test_every_head_can_be_chosen(app: AppTest, kind: str) -> None:
    key = editor(app).draft["heads"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    well(app)
    assert editor(app).valid.heads[0].kind == kind  # type: ignore[attr-defined]


def test_an_error_stands_beside_its_widget_and_is_undone(app: AppTest) -> None:
    key = editor(app).draft["inputs"][0]["key"]
    app.text_input(key=key_of(app, f"{key}.name")).set_value("text").run()
    assert not app.exception
    assert "must differ" in app.error[0].value
    assert editor(app).valid == presets.load(presets.DEFAULT)
    assert len(app.sidebar.error) == 1
    app.button(key="undo").click().run()
    well(app)


def test_the_train_page_follows_the_model(app: AppTest) -> None:
    app.selectbox(key=key_of(app, "preset")).set_value("wide_and_deep").run()
    app.switch_page("pages/1_Train.py").run()
    well(app)
    assert any("wide and deep" in text.value for text in app.markdown)
    app.switch_page("app.py").run()
    assert editor(app).valid == presets.load("wide_and_deep")


@pytest.mark.parametrize("kind", list(RELATIONS))
def test_every_relation_has_its_dials(app: AppTest, kind: str) -> None:
    app.switch_page("pages/1_Train.py").run()
    app.selectbox(key=key_of(app, "relation")).set_value(kind).run()
    assert not app.exception
    title = RELATIONS[kind].title
    assert all(error.value.startswith(f"{title} needs") for error in app.error)
    shown = {
        str(widget.key).partition("~")[0]
        for widget in (*app.number_input, *app.slider, *app.selectbox, *app.toggle)
    }
    for field in set(RELATIONS[kind].model_fields) - {"kind"}:
        assert f"dial.{kind}.{field}" in shown


def test_a_sequence_of_changes_never_leaves_an_exception(app: AppTest) -> None:
    for kind in INPUTS:
        editor(app).edit(partial(edits.add_input, kind=kind))
        app.run()
        well(app)
    for _ in range(3):
        editor(app).edit(edits.add_merge)
        app.run()
        well(app)


def code_of(app: AppTest) -> dict[str, Any]:
    """What the Code view has been handed."""
    handed = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    (shown,) = (data for data in handed if "nodes" in data)
    return dict(shown)


def see(app: AppTest, view: str) -> None:
    app.segmented_control(key="view").set_value(view).run()


def test_the_code_is_that_of_the_model_and_of_the_train_page(app: AppTest) -> None:
    see(app, "Code")
    well(app)
    assert "EPOCHS = 20" in code_of(app)["text"]
    assert "data redundant --arch image_text_relevance" in code_of(app)["text"]
    app.switch_page("pages/1_Train.py").run()
    app.number_input(key=key_of(app, "settings.epochs")).set_value(7).run()
    app.selectbox(key=key_of(app, "relation")).set_value("xor").run()
    app.switch_page("app.py").run()
    well(app)
    assert "EPOCHS = 7" in code_of(app)["text"]
    assert "data xor --arch image_text_relevance" in code_of(app)["text"]


def test_a_change_is_marked_and_the_selection_is_kept_across_views(app: AppTest) -> None:
    editor(app).selected = "text_lstm_1"
    see(app, "Code")
    assert code_of(app)["selected"] == "text_lstm_1"
    assert code_of(app)["marks"] == {}
    editor(app).edit(lambda draft: draft["inputs"][1]["encoder"].update(units=96))
    app.run()
    shown = code_of(app)
    assert set(shown["marks"].values()) == {"changed"}
    assert "text_lstm_1" in [shown["nodes"].get(line) for line in shown["marks"]]
    see(app, "Diagram")
    see(app, "Code")
    assert code_of(app) == shown
    assert shown["selected"] == "text_lstm_1"


def test_code_says_why_there_is_no_training(app: AppTest) -> None:
    app.switch_page("pages/1_Train.py").run()
    app.segmented_control(key=key_of(app, "source")).set_value("collection").run()
    app.switch_page("app.py").run()
    see(app, "Code")
    well(app)
    assert "model.fit" not in code_of(app)["text"]
    assert any(
        caption.value.startswith("Model only, without training: ") for caption in app.caption
    )


def test_what_a_popover_holds_is_made_only_while_it_is_open(app: AppTest) -> None:
    assert not app.get("download_button")
    app.session_state["take"] = True
    app.run()
    well(app)
    assert "All (.zip)" in [button.proto.label for button in app.get("download_button")]
    app.session_state["take"] = False
    app.run()
    assert not app.get("download_button")
    app.session_state["share"] = True
    app.run()
    well(app)
    assert parse_link(app.code[0].value).architecture == presets.load(presets.DEFAULT)


def test_a_model_that_does_not_fit_yet_can_be_taken_away(app: AppTest) -> None:
    key = editor(app).draft["merges"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value("squeeze_excite").run()
    app.session_state["take"] = True
    app.run()
    assert not app.exception
    assert "All (.zip)" in [button.proto.label for button in app.get("download_button")]
    see(app, "Code")
    assert not app.exception
    assert any("Fix the shape errors" in info.value for info in app.info)


def test_a_link_opens_its_model_data_and_settings(app: AppTest) -> None:
    spec = presets.load("wide_and_deep")
    app.query_params["m"] = share(spec, DataSpec(relation=RELATIONS["xor"]()), Settings(epochs=3))
    app.run()
    well(app)
    assert editor(app).valid == spec
    assert editor(app).valid.digest == spec.digest
    app.switch_page("pages/1_Train.py").run()
    well(app)
    assert app.selectbox(key=key_of(app, "relation")).value == "xor"
    assert app.number_input(key=key_of(app, "settings.epochs")).value == 3


def test_a_broken_link_is_one_sentence_and_the_default_model(app: AppTest) -> None:
    app.query_params["m"] = "1.broken.link"
    app.run()
    assert not app.exception
    assert len(app.main.error) == 1
    assert editor(app).valid == presets.load(presets.DEFAULT)
