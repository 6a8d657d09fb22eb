"""The scripts of the pages in Streamlit's test runner: state and widgets, without a browser."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import streamlit as st
from pydantic import BaseModel
from streamlit.testing.v1 import AppTest

from components.app.pages.build.code_view import _difference, _status, marked
from components.app.parts.editor import edits
from components.app.parts.editor.drafts import Draft
from components.app.parts.frame import cookie, engine, page_frame
from components.base.markup import message_markdown
from components.base.pages import pages
from components.base.workers import needs_keras
from components.base.workers.build_pool import BuildPool
from components.base.workers.needs_keras import Task
from components.experiments.queue.store import Store
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.fields import settings
from components.models.merges import MERGES
from components.models.merges.base import Merge
from components.sharing.links.link import parse_link, share
from sample_data.content import presets
from sample_data.relations import RELATIONS
from tests.app.pages.conftest import BuildsHere
from tests.app.pages.desk import editor, key_of, shown_keys, well, with_model
from tests.waiting import PATIENCE_SECONDS


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
    app.button(key="undo").click().run()
    assert shown().startswith(f"`{names[-1]}`: ")


@pytest.mark.parametrize("page", [*map(str, pages().values()), "pages/Room.py"])
def test_each_page_says_that_the_database_was_set_aside(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app.switch_page(page)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "notice", "It was set aside.")
        app.run()
    assert "It was set aside." in [warning.value for warning in app.warning]
    app.run()
    assert not app.warning


def every_kind(draft: Draft) -> None:
    """Add all kinds of inputs, encoders, merges and heads, even if they don't fit."""
    for kind in INPUTS:
        edits.add_input(draft, kind)
    for kind, encoder in ENCODERS.items():
        fitting = (name for name, concept in INPUTS.items() if concept.form in encoder.takes)
        edits.add_input(draft, next(fitting, "vector"))
        edits.set_encoder(draft, len(draft["inputs"]) - 1, kind)
    for kind in MERGES:
        edits.add_merge(draft)
        edits.set_kind(draft, "merges", len(draft["merges"]) - 1, kind)
    for kind in HEADS:
        edits.add_head(draft, kind)


def test_every_kind_has_its_widgets(app: AppTest) -> None:
    editor(app).edit(every_kind)
    draft = editor(app).draft
    parts = [item for part in ("inputs", "merges", "heads") for item in draft[part]]
    app.session_state["unfolded"] = {part["key"]: True for part in parts}
    for part in parts:
        app.session_state[f"{part['key']}.more"] = True
    app.run()
    assert not app.exception
    assert [alert.value for alert in app.sidebar.error] == [
        message_markdown(str(editor(app).error))
    ]
    wanted = {f"{part['key']}.kind" for part in parts}
    for item in draft["inputs"]:
        concept, encoder = INPUTS[item["kind"]], item["encoder"]
        wanted |= keys_of(item["key"], concept, item, ("name", "label", "reads"))
        skip = ("depth",) if encoder["kind"] in ("passthrough", "shared") else ()
        wanted |= keys_of(item["key"], ENCODERS[encoder["kind"]], encoder, skip, concept.form)
    for item in draft["merges"]:
        wanted |= keys_of(item["key"], MERGES[item["kind"]], item, tuple(Merge.model_fields))
    for item in draft["heads"]:
        wanted |= keys_of(item["key"], HEADS[item["kind"]], item, ("name", "label", "source"))
    missing = wanted - shown_keys(app)
    assert not missing


def keys_of(
    key: str,
    concept: type[BaseModel],
    values: Draft,
    skip: tuple[str, ...] = (),
    form: str | None = None,
) -> set[str]:
    """Return the keys of the widgets for the fields that have an effect now, and a choice."""
    return {
        f"{key}.{values['kind']}.{setting.name}"
        for setting in settings(concept, skip)
        if setting.applies(values, form) and len(setting.options) != 1
    }


def test_the_train_page_follows_the_model_and_shows_every_relation(keras_is_in: None) -> None:
    app = with_model("pages/1_Train.py", "wide_and_deep").run()
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


def code_of(app: AppTest) -> dict[str, Any]:
    """Return the data that the Code view received."""
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


@pytest.mark.parametrize(
    ("layer", "field", "value"),
    [
        ("text_lstm_1", "inputs.1.lstm.depth", 2),
        ("fusion_concatenate", "merges.0.kind", "add"),
        ("relevance", "heads.0.source", "text"),
    ],
)
def test_a_click_on_a_layer_offers_the_fields_of_its_part(
    app: AppTest, layer: str, field: str, value: Any
) -> None:
    part, index, name = field.split(".", 2)
    key = f"{editor(app).draft[part][int(index)]['key']}.{name}"
    assert f"beside.{key}" not in shown_keys(app)
    editor(app).select(layer)
    well(app.run())
    widgets = {one.key: one for one in (*app.slider, *app.selectbox)}
    widgets[f"beside.{key}"].set_value(value).run()
    shown = {one.key: one.value for one in (*app.slider, *app.selectbox)}
    assert shown[key_of(app, key)] == shown[key_of(app, f"beside.{key}")] == value
    editor(app).undo()
    app.run()
    assert editor(app).valid == presets.load(presets.DEFAULT)


def test_emphasis_is_in_the_picture_and_in_the_link(app: AppTest) -> None:
    editor(app).selected = "text_lstm_1"
    app.session_state["emphasis"] = True
    well(app.run())
    app.text_input(key="emphasis.text.text_lstm_1.note").set_value("frozen").run()
    app.segmented_control(key="emphasis.of.text_lstm_1").set_value("part").run()
    well(app.toggle(key="emphasis.text..hidden").set_value(True).run())
    assert any("Not in the picture: text." in caption.value for caption in app.caption)
    app.button(key="show_left_out").click().run()
    editor(app).selected = "text_projection"
    app.run()
    assert "emphasis.text.text_projection.hidden" in {one.key for one in app.toggle}, "of the layer"
    assert [mark.note for mark in editor(app).marks] == ["frozen"]
    marked = editor(app).marked(editor(app).valid)
    assert parse_link(share(marked)).architecture == marked


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
    """Use a server without build workers."""
    monkeypatch.setenv("FUSION_BUILDERS", "many")
    monkeypatch.setattr(engine, "BuildPool", BuildPool)
    fresh = engine.Engine()
    assert fresh.wait(PATIENCE_SECONDS)
    monkeypatch.setattr(page_frame, "engine", lambda: fresh)
    app = with_model().run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "FUSION_BUILDERS can only be a whole number of build workers, 1 or more (many). "
        f"Set it to a number such as `{os.cpu_count()}`, or remove it from the environment."
    ]


def test_what_needs_keras_waits_for_a_worker_while_the_workers_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Starting(BuildsHere):
        def warm_up(self) -> None:
            answers.append(needs_keras.needs_keras(lambda: "in this process")())

        def run(self, task: Task) -> Any:
            return "in a worker"

    answers: list[str] = []
    monkeypatch.setattr(engine, "BuildPool", Starting)
    assert engine.Engine().wait(PATIENCE_SECONDS)
    assert answers == ["in a worker"]


def waiting() -> None:
    """Show a page whose first run waits for an event that has already happened."""
    import streamlit as st

    from components.app.parts.frame import page_frame

    if "seen" not in st.session_state:
        st.session_state["seen"] = True
        page_frame.drawn_until(lambda: True, lambda: st.caption("waiting"), 60.0)
    else:
        st.caption("drawn")


def test_what_happens_while_a_page_begins_to_wait_for_it_is_seen() -> None:
    page = AppTest.from_function(waiting, default_timeout=PATIENCE_SECONDS).run()
    assert not page.exception
    assert [caption.value for caption in page.caption] == ["drawn"]


def test_no_cache_of_streamlit_holds_the_engine(keras_is_in: None) -> None:
    """Clear those caches, as a message of any visitor may do."""
    started = engine.engine()
    st.cache_resource.clear()
    st.cache_data.clear()
    assert engine.engine() is started


def test_lines_are_marked_by_their_change() -> None:
    before = ["a", "b", "c", "d"]
    assert marked(before, before) == {}
    assert marked(before, ["a", "x", "c", "d"]) == {2: "changed"}
    assert marked(before, ["a", "b", "x", "y", "c", "d"]) == {3: "added", 4: "added"}
    assert marked(before, ["a", "d"]) == {2: "cut"}
    assert marked(before, ["a", "b", "c"]) == {3: "cut"}
    assert _status({}) == ""
    assert _status({3: "cut"}) == "1 line changed"


def test_the_difference_names_no_files() -> None:
    assert list(_difference("a\nb\n", "a\nc\n")) == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert list(_difference("a\n", "a\n")) == []


def test_a_server_without_our_protection_shows_no_page(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(st.context), "headers", {"host": "play.example"})
    monkeypatch.setattr(cookie, "server_sets_cookie", False)
    app.run()
    assert [error.value for error in app.error] == [page_frame.FOREIGN_SERVER]
    assert not app.button
    monkeypatch.setattr(cookie, "server_sets_cookie", True)
    app.run()
    well(app)
