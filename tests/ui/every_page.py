"""Use every page of a fresh server, then print the packages for models that it has imported."""

from __future__ import annotations

import json
import sys

from streamlit.testing.v1 import AppTest

from components.runs.run_service import service
from components.ui.compare import state
from components.ui.editor import drafts
from components.ui.frame.engine import engine
from components.ui.room.page import VIEWS
from tests.ui.desk import editor, key_of, open_preset, with_model
from tests.waiting import PATIENCE_SECONDS, wait_until

HEAVY = ("keras", "tensorflow", "distributed")


def main() -> None:
    """The steps of one visitor."""
    app = with_model().run()
    assert engine().wait(PATIENCE_SECONDS)
    build(app.run())
    strategies(app.switch_page("pages/4_Strategies.py").run())
    app.switch_page("pages/5_Viewer.py").run()
    compare(app.switch_page("pages/3_Compare.py").run())
    app.switch_page("pages/2_Inspect.py").run()
    learn(app.switch_page("pages/6_Learn.py").run())
    room(app.switch_page("pages/Room.py").run())
    train(app.switch_page("pages/1_Train.py").run())
    assert not app.exception
    print(json.dumps([name for name in HEAVY if name in sys.modules]))


def build(app: AppTest) -> None:
    """Every view, a layer's card, and a model whose shapes don't fit."""
    current = editor(app)
    for view in ("Interactive", "Summary", "Code", "Diagram"):
        app.segmented_control(key="view").set_value(view).run()
    current.select("image_projection")
    app.run()
    current.edit(lambda draft: drafts.put(draft, ("inputs", 0, "encoder", "projection"), 64))
    merge = current.draft["merges"][0]["key"]
    app.selectbox(key=key_of(app, f"{merge}.kind")).set_value("add").run()
    assert current.fixes
    open_preset(app, "wide_and_deep")
    assert not app.exception


def strategies(app: AppTest) -> None:
    """Cards, the table of all, and those that fit."""
    app.segmented_control(key="catalogue_as").set_value("Table").run()
    app.segmented_control(key="catalogue_of").set_value("Encoders").run()
    assert not app.exception


def compare(app: AppTest) -> None:
    """All strategies in the place of the merge."""
    wait_until(lambda: state.candidates.get((editor(app).valid, "")) is not None)
    app.run()
    assert not app.exception


def learn(app: AppTest) -> None:
    """All lessons, the notes for teachers on one, and one that is opened."""
    app.button(key="learn_teacher.sums").click().run()
    app.button(key="learn_back").click().run()
    app.button(key="learn_open.shapes").click().run()
    assert not app.exception


def room(app: AppTest) -> None:
    """A class room in all its views."""
    app.button(key="room_open").click().run()
    for view in reversed(VIEWS):
        app.segmented_control(key="room_view").set_value(view).run()
    assert not app.exception


def train(app: AppTest) -> None:
    """One short run."""
    app.session_state["train_state"].settings["epochs"] = 1
    app.run()
    app.button(key="train").click().run()
    store = service().store
    wait_until(lambda: all(run.ended for run in store.list()) and bool(store.list()))
    app.run()
    assert [run.status for run in store.list()] == ["finished"]
    service().shutdown()


if __name__ == "__main__":
    main()
