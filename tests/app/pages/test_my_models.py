"""The list *My models* on the Build page: save, open, rename, duplicate, delete, restore,
export.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.build.my_models import _exported, ago
from components.app.parts.editor import drafts
from components.base import clock
from components.experiments.queue.run_service import service
from components.models.architecture.architecture import parse_json
from components.sharing.code.archive import model_files
from components.teaching.people.draft_store import DraftStore
from sample_data.content import presets
from tests.app.pages.desk import Desk, arrival, editor, key_of, well

pytestmark = pytest.mark.clock

WIDE = presets.load("wide_and_deep")


def visit(visitor: str) -> AppTest:
    app = arrival(visitor=visitor)
    app.session_state["share"] = True
    return app.run()


@pytest.fixture
def visitor(keras_is_in: None) -> str:
    return uuid.uuid4().hex


def names(visitor: str) -> list[str]:
    return sorted(
        model.name for model in DraftStore(service().store.database).list(visitor, saved=True)
    )


def save(app: AppTest, name: str) -> None:
    app.text_input(key="my_models.name").set_value(name).run()
    app.button(key="my_models.save").click().run()
    assert not app.exception


def pick(app: AppTest, visitor: str, name: str, action: str) -> str:
    """Choose an action from a saved model's menu. Return the model's id."""
    models = DraftStore(service().store.database).list(visitor, saved=True)
    model = next(model for model in models if model.name == name)
    key = f"my_models.menu.{model.id}"
    menu: Any = next(node for node in app.main if getattr(node, "key", "") == key)
    menu.click(action).run()
    well(app)
    return model.id


def test_a_model_is_saved_with_its_settings_and_opened_in_another_tab(visitor: str) -> None:
    app = visit(visitor)
    assert any("No saved models yet" in caption.value for caption in app.caption)
    editor(app).open(WIDE)
    app.switch_page("pages/1_Train.py").run()
    app.session_state["train_state"].settings["epochs"] = 9
    app.switch_page("app.py").run()
    save(app, "for the *lesson*")
    assert names(visitor) == ["for the *lesson*"]
    well(app)
    other = visit(visitor)
    editor(other).open(presets.load(presets.DEFAULT))
    other.session_state["train_state"].settings["epochs"] = 1
    other.run()
    (model,) = DraftStore(service().store.database).list(visitor, saved=True)
    other.button(key=f"my_models.open.{model.id}").click().run()
    well(other)
    assert editor(other).valid == WIDE
    assert other.session_state["train_state"].settings["epochs"] == 9
    Desk(other).press("undo")
    assert editor(other).valid == presets.load(presets.DEFAULT)
    assert not names(uuid.uuid4().hex)


def test_models_are_renamed_copied_deleted_and_brought_back(visitor: str) -> None:
    app = visit(visitor)
    for name in ("first", "second"):
        save(app, name)
    first = pick(app, visitor, "first", "Rename")
    app.text_input(key=key_of(app, f"my_models.rename.{first}")).set_value("second").run()
    assert names(visitor) == ["second", "second 2"]
    pick(app, visitor, "second", "Duplicate")
    assert names(visitor) == ["second", "second 2", "second 3"]
    pick(app, visitor, "second 2", "Delete")
    assert names(visitor) == ["second", "second 3"]
    app.button(key="my_models.undo").click().run()
    assert names(visitor) == ["second", "second 2", "second 3"]
    save(app, "second")
    assert any("was replaced" in text.value for text in app.markdown)
    assert names(visitor) == ["second", "second 2", "second 3"]
    save(app, " ")
    assert ["1 to 80 characters" in error.value for error in app.error] == [True]


def test_all_models_are_exported_as_files_that_open(visitor: str) -> None:
    app = visit(visitor)
    save(app, "a/b")
    save(app, "a b")
    packed = zipfile.ZipFile(io.BytesIO(_exported(DraftStore(service().store.database), visitor)))
    assert sorted(packed.namelist()) == ["a_b.json", "a_b_2.json"]
    assert parse_json(packed.read("a_b.json")) == presets.load(presets.DEFAULT)
    assert model_files([("../../é", WIDE)])
    assert zipfile.ZipFile(io.BytesIO(model_files([("../é", WIDE)]))).namelist() == ["é.json"]


def test_drafts_of_other_tabs_are_listed(visitor: str) -> None:
    first, second = visit(visitor), visit(visitor)
    for app, name in ((first, "tab_one"), (second, "tab_two")):
        app.session_state["draft_tab"].id = uuid.uuid4().hex[:12]
        editor(app).edit(partial(drafts.put, path=("name",), value=name))
        app.run()
    third = visit(visitor)
    buttons = {button.label: button for button in third.button}
    assert "tab one · image, text" in buttons
    assert "tab two · image, text" not in buttons, "the draft of this tab"
    buttons["tab one · image, text"].click().run()
    assert editor(third).draft["name"] == "tab_one"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (2e6, "23 days ago")],
)
def test_when(seconds: float, text: str) -> None:
    assert ago(clock.utc_now() - timedelta(seconds=seconds)) == text
