"""The pages' scripts, run by Streamlit's own test runner: state and widgets, without a browser."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.encoders import ENCODERS
from components.encoders.base import Form
from components.export.link import parse_link
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.merges import MERGES
from components.ui.kit import edits, engine
from components.ui.kit.engine import Engine
from components.ui.kit.fixes import Change
from sample_data import presets
from sample_data.relations import RELATIONS
from tests.originals import ORIGINALS
from tests.ui.desk import build_page, editor, key_of, open_preset, shown_keys, well
from tests.waiting import PATIENCE_SECONDS


def well_or_refused(app: AppTest) -> None:
    """Either the model can be built, or the sidebar says once what is wrong."""
    assert not app.exception
    error = editor(app).error
    assert [alert.value for alert in app.sidebar.error] == ([] if error is None else [str(error)])


@pytest.fixture(scope="module")
def first_visit(keras_is_in: None) -> AppTest:
    return build_page()


@pytest.fixture
def same(first_visit: AppTest) -> AppTest:
    """One app for many tests, which each choose something else in it."""
    return first_visit


def test_build_opens_with_the_default_preset(app: AppTest) -> None:
    well(app)
    assert app.button(key="preset").label == presets.about(presets.DEFAULT).title
    assert editor(app).valid == presets.load(presets.DEFAULT)


def test_the_card_shows_the_merge_that_was_edited_last(app: AppTest) -> None:
    editor(app).open(presets.load("neumf"))
    app.run()
    names = [merge.name for merge in editor(app).valid.merges]

    def shown() -> str:
        cards = (text.value for text in app.markdown if text.value.startswith("`"))
        return next(card for card in cards if card.partition("`: **")[0][1:] in names)

    assert shown().startswith(f"`{names[-1]}`: **{editor(app).valid.merges[-1].title}**")
    merge = key_of(app, f"{editor(app).draft['merges'][0]['key']}.kind")
    app.selectbox(key=merge).set_value("maximum").run()
    well(app)
    assert shown().startswith(f"`{names[0]}`: **Maximum**")
    assert MERGES["maximum"].plain in shown()


@pytest.mark.parametrize("name", ORIGINALS[::-1])
def test_every_preset_opens(same: AppTest, name: str) -> None:
    open_preset(same, name)
    well(same)
    assert editor(same).valid == presets.load(name)


def part(app: AppTest, name: str) -> dict[str, Any]:
    """The first part of a list of the default preset's draft."""
    if editor(app).draft["name"] != presets.DEFAULT:
        editor(app).open(presets.load(presets.DEFAULT))
        app.run()
    first: dict[str, Any] = editor(app).draft[name][0]
    return first


@pytest.mark.parametrize("kind", list(HEADS))
def test_every_head_can_be_chosen(same: AppTest, kind: str) -> None:
    same.selectbox(key=key_of(same, f"{part(same, 'heads')['key']}.kind")).set_value(kind).run()
    well(same)
    assert editor(same).valid.heads[0].kind == kind  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", list(INPUTS))
def test_every_kind_of_input_has_its_widgets(same: AppTest, kind: str) -> None:
    key = part(same, "inputs")["key"]
    same.session_state[f"{key}.more"] = True
    same.selectbox(key=key_of(same, f"{key}.kind")).set_value(kind).run()
    well(same)
    assert editor(same).valid.inputs[0].kind == kind  # type: ignore[attr-defined]
    fields = set(INPUTS[kind].model_fields) - {"kind", "name", "label", "encoder", "reads"}
    assert {f"{key}.{kind}.{field}" for field in fields} <= shown_keys(same)


@pytest.mark.parametrize("kind", [kind for kind in ENCODERS if kind != "shared"])
def test_every_encoder_can_be_chosen(same: AppTest, kind: str) -> None:
    forms: tuple[Form, ...] = ("map", "sequence", "vector", "tokens", "ids")
    form = next(form for form in forms if kind in encoders_for(form))
    fitting = next(name for name, concept in INPUTS.items() if concept.form == form)
    key = part(same, "inputs")["key"]
    same.selectbox(key=key_of(same, f"{key}.kind")).set_value(fitting).run()
    same.selectbox(key=key_of(same, f"{key}.encoder.kind")).set_value(kind).run()
    assert part(same, "inputs")["encoder"]["kind"] == kind
    well_or_refused(same)


@pytest.mark.parametrize("kind", list(MERGES))
def test_every_strategy_can_be_chosen(same: AppTest, kind: str) -> None:
    same.selectbox(key=key_of(same, f"{part(same, 'merges')['key']}.kind")).set_value(kind).run()
    assert part(same, "merges")["kind"] == kind
    well_or_refused(same)


def test_an_error_stands_beside_its_widget_and_is_undone(app: AppTest) -> None:
    key = editor(app).draft["inputs"][0]["key"]
    app.text_input(key=key_of(app, f"{key}.name")).set_value("text").run()
    assert not app.exception
    assert "must differ" in app.error[0].value
    assert editor(app).valid == presets.load(presets.DEFAULT)
    assert len(app.sidebar.error) == 1
    app.button(key="undo").click().run()
    well(app)


def test_the_train_page_follows_the_model_and_shows_every_relation(app: AppTest) -> None:
    open_preset(app, "wide_and_deep")
    app.switch_page("pages/1_Train.py").run()
    well(app)
    assert any("wide and deep" in text.value for text in app.markdown)
    for kind, relation in RELATIONS.items():
        app.selectbox(key=key_of(app, "relation")).set_value(kind).run()
        assert not app.exception
        assert all(error.value.startswith(f"{relation.title} needs") for error in app.error)
        fields = set(relation.model_fields) - {"kind"}
        assert {f"setting.{kind}.{field}" for field in fields} <= shown_keys(app)
    app.switch_page("app.py").run()
    assert editor(app).valid == presets.load("wide_and_deep")


def test_a_sequence_of_changes_never_leaves_an_exception(app: AppTest) -> None:
    added = (partial(edits.add_input, kind=kind) for kind in INPUTS)
    changes: list[Change] = [*added, *[edits.add_merge] * 3]
    for change in changes:
        editor(app).edit(change)
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
    app.switch_page("pages/1_Train.py").run()
    app.segmented_control(key=key_of(app, "source")).set_value("collection").run()
    app.switch_page("app.py").run()
    well(app)
    assert "model.fit" not in code_of(app)["text"]
    note = "Model only, without training: "
    assert any(caption.value.startswith(note) for caption in app.caption)


def test_a_change_is_marked_and_the_selection_is_kept_across_views(app: AppTest) -> None:
    editor(app).selected = "text_lstm_1"
    see(app, "Code")
    assert code_of(app)["selected"] == "text_lstm_1"
    assert code_of(app)["marks"] == {}
    editor(app).edit(lambda draft: draft["inputs"][1]["encoder"].update(units=96))
    app.run()
    shown = code_of(app)
    assert set(shown["marks"].values()) == {"changed"}
    assert shown["status"] == "2 lines changed"
    assert "text_lstm_1" in [shown["nodes"].get(line) for line in shown["marks"]]
    see(app, "Diagram")
    see(app, "Code")
    assert code_of(app) == shown
    assert shown["selected"] == "text_lstm_1"


def test_the_content_of_a_popover_is_made_only_while_it_is_open(app: AppTest) -> None:
    assert not app.get("download_button")
    app.session_state["share"] = True
    app.run()
    well(app)
    assert parse_link(app.code[0].value).architecture == presets.load(presets.DEFAULT)
    app.session_state["share"], app.session_state["take"] = False, True
    app.run()
    well(app)
    assert "All (.zip)" in [button.proto.label for button in app.get("download_button")]
    key = editor(app).draft["merges"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value("squeeze_excite").run()
    assert not app.exception
    assert "All (.zip)" in [button.proto.label for button in app.get("download_button")]
    app.session_state["take"] = False
    see(app, "Code")
    assert not app.exception
    assert not app.get("download_button")
    assert any("Fix the shape errors" in info.value for info in app.info)


def test_a_bad_number_of_build_workers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server that has none yet."""
    monkeypatch.setenv("FUSION_BUILDERS", "many")
    fresh = Engine()
    assert fresh.wait(PATIENCE_SECONDS)
    monkeypatch.setattr(engine, "_engine", fresh)
    app = build_page()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "FUSION_BUILDERS must be a whole number of build workers, 1 or more. Received `many`. "
        f"Set it to a number such as `{os.cpu_count()}`, or remove it from the environment."
    ]
