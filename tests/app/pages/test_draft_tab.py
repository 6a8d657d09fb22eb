"""The draft of a tab: found again by its browser, never by another, and never a traceback."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.app.parts.editor import draft_content, edits
from components.app.parts.editor.draft_content import DraftContent, pack, unpack
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab
from components.base.errors import RunError, StoreError
from components.experiments.queue.run_service import service
from components.experiments.training.requests import Settings
from components.sharing.links.link import share
from components.teaching.people.draft_store import DraftChange, DraftStore
from sample_data.content import presets
from tests.app.pages.desk import Desk, arrival, editor, well
from tests.waiting import PATIENCE_SECONDS

DEFAULT = presets.load(presets.DEFAULT)
WIDE = presets.load("wide_and_deep")


@pytest.fixture
def drafts(keras_is_in: None) -> Iterator[DraftStore]:
    """Open the store of drafts, and check that no write fails during the test."""
    yield DraftStore(service().store.database)
    assert draft_tab.writer().failure is None


def visit(visitor: str, draft: str = "", link: str = "") -> AppTest:
    """Open a new tab of a browser."""
    return arrival(visitor=visitor, **{k: v for k, v in (("d", draft), ("m", link)) if v}).run()


def draft_of(app: AppTest) -> str:
    """Return the draft's id, which a script of the page puts into the address."""
    return str(app.session_state["draft_tab"].id)


def renamed(app: AppTest, name: str) -> AppTest:
    """Rename the first input in the sidebar."""
    desk = Desk(app)
    desk.put(f"{desk.key('inputs', 0)}.name", name)
    return app


def first(app: AppTest) -> str:
    return str(editor(app).draft["inputs"][0]["name"])


def test_a_reload_and_a_second_visit_find_the_draft_with_its_undo_and_its_settings(
    drafts: DraftStore,
) -> None:
    app = visit("anna")
    assert not app.session_state["draft_tab"].problem
    renamed(renamed(app, "photo"), "picture")
    app.switch_page("pages/1_Train.py").run()
    app.session_state["train_state"].settings["epochs"] = 7
    app.run()
    for again in (visit("anna", draft_of(app)), visit("anna"), visit("anna", "0" * 12)):
        well(again)
        assert (first(again), draft_of(again)) == ("picture", draft_of(app))
        assert again.session_state["train_state"].settings["epochs"] == 7
        Desk(again).press("undo")
        assert first(again) == "photo"
        renamed(again, "picture")
    # Keys of parts added in this process are new, so that no widget shows two parts.
    parts = editor(again).draft
    keys = [item["key"] for part in ("inputs", "merges", "heads") for item in parts[part]]
    assert len(set(keys)) == len(keys)


def test_an_address_of_another_visitor_opens_and_changes_nothing_of_theirs(
    drafts: DraftStore,
) -> None:
    app = renamed(visit("berta"), "secret")
    other = visit("carl", draft_of(app))
    assert (editor(other).valid, draft_of(other) == draft_of(app)) == (DEFAULT, False)
    renamed(other, "others")
    assert first(visit("berta", draft_of(app))) == "secret"
    assert first(visit("carl")) == "others"


def test_nothing_is_kept_of_a_model_that_nobody_changed(drafts: DraftStore) -> None:
    visit("dora").switch_page("pages/1_Train.py").run()
    assert editor(visit("dora")).valid == DEFAULT
    assert drafts.list("dora", saved=False) == ()


def test_a_link_opens_a_copy_and_stays_reopenable(drafts: DraftStore) -> None:
    renamed(visit("emil"), "earlier")
    token = share(WIDE, settings=Settings(epochs=3))
    app = visit("emil", link=token)
    assert editor(app).valid == WIDE
    assert "back_to_link" not in Desk(app).widgets()
    # The address contains both until the first change.
    assert editor(visit("emil", draft_of(app), token)).valid == WIDE
    renamed(app, "mine")
    assert "m" not in app.query_params
    again = visit("emil", draft_of(app))
    assert first(again) == "mine"
    Desk(again).press("back_to_link")
    assert editor(again).valid == WIDE
    Desk(again).press("undo")
    assert first(again) == "mine"
    # A link opens the model again, beside the copy.
    assert editor(visit("emil", draft_of(app), share(DEFAULT))).valid == DEFAULT
    assert editor(visit("emil", link=token)).valid == WIDE
    assert first(visit("emil", draft_of(app))) == "mine"
    assert len(drafts.list("emil", saved=False)) == 4


def test_a_draft_that_can_not_be_read_is_left_out_with_a_sentence(drafts: DraftStore) -> None:
    drafts.write([DraftChange("fred", "a" * 12, "", "model", b"damaged", "b" * 12)])
    app = visit("fred", "a" * 12)
    assert editor(app).valid == DEFAULT
    (warning,) = app.warning
    assert "This draft is damaged" in warning.value
    renamed(app, "new")
    assert not app.warning
    assert first(visit("fred")) == "new"


def test_the_page_continues_without_the_database(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> DraftStore:
        raise StoreError("The disk needs free space.", "/secret/path", "Free some space.")

    draft_tab.close()
    monkeypatch.setattr(draft_tab, "draft_store", full)
    app = renamed(visit("gerd"), "picture")
    with pytest.raises(StoreError):
        draft_tab.writer().ask(lambda drafts: None, PATIENCE_SECONDS)
    app.run()
    assert not app.exception
    (warning,) = app.warning
    assert "can't be kept now" in warning.value
    assert "Free some space." in warning.value
    assert "secret" not in warning.value
    draft_tab.close()


def test_a_change_never_waits_for_the_database(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow() -> DraftStore:
        asked.set()
        assert answer.wait(PATIENCE_SECONDS)
        return DraftStore(service().store.database)

    draft_tab.close()
    monkeypatch.setattr(draft_tab, "draft_store", slow)
    renamed(app, "photo")
    assert asked.wait(PATIENCE_SECONDS)
    well(renamed(app, "picture"))
    assert first(app) == "picture"
    answer.set()
    draft_tab.close()


def test_a_late_answer_does_not_change_the_tab(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = renamed(visit("hans"), "kept")
    draft_tab.writer().ask(lambda drafts: None, PATIENCE_SECONDS)
    answer = threading.Event()

    def slow() -> DraftStore:
        assert answer.wait(PATIENCE_SECONDS)
        return DraftStore(service().store.database)

    draft_tab.close()
    monkeypatch.setattr(draft_tab, "draft_store", slow)
    monkeypatch.setattr(draft_tab, "FIND_SECONDS", 0.0)
    app = visit("hans")
    assert "does not answer" in app.warning[0].value
    answer.set()
    renamed(app, "new")
    draft_tab.writer().ask(lambda drafts: None, PATIENCE_SECONDS)
    monkeypatch.undo()
    assert first(visit("hans", draft_of(before))) == "kept"
    assert first(visit("hans", draft_of(app))) == "new"


def edited(name: str) -> ModelEditor:
    model = ModelEditor.of(DEFAULT)
    model.edit(lambda draft: edits.rename(draft, "inputs", 0, name))
    return model


def packed(model: ModelEditor, **more: Any) -> bytes:
    return pack(DraftContent(model.draft, model.valid, model.past, **more))


def test_an_invalid_draft_is_restored_as_it_was() -> None:
    model = edited("no name")
    restored = unpack(packed(model)).editor()
    restored.check(None)
    assert restored.error is not None
    assert restored.draft["inputs"][0]["name"] == "no name"
    restored.undo()
    restored.check(None)
    assert restored.valid == DEFAULT


def unpacked(model: ModelEditor) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads(zlib.decompress(packed(model)))
    return parts


def test_a_field_that_was_added_later_has_its_default() -> None:
    model = edited("photo")
    parts = unpacked(model)
    for draft in (parts["draft"], *parts["past"]):
        del draft["inputs"][0]["missing"], draft["inputs"][0]["encoder"]["activation"]
        del draft["trunk"]["dropout"], draft["marks"]
    restored = unpack(zlib.compress(json.dumps(parts).encode()))
    assert restored.draft == model.draft


def test_a_draft_that_is_invalid_or_of_an_unknown_kind_or_too_large_is_refused() -> None:
    other = unpacked(edited("photo"))
    other["draft"]["inputs"][0]["kind"] = "hologram"
    large = b'"' + b"x" * draft_content.MOST_BYTES + b'"'
    for content in (b"[1]", b"{}", json.dumps(other).encode(), large):
        with pytest.raises(RunError, match=r"This draft is (damaged|from before)"):
            unpack(zlib.compress(content))


def test_a_removed_input_is_brought_back_beside_the_picture(app: AppTest) -> None:
    desk = Desk(app)
    desk.act("inputs", 1, "Remove")
    assert any("with it the merge" in text.value for text in app.markdown)
    app.button(key="removal.undo").click().run()
    assert editor(app).valid == DEFAULT
    assert not any("was removed" in text.value for text in app.markdown)
