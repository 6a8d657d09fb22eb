"""The parts that a change of the model redraws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from components.app.pages.build import redraw
from components.app.parts.editor.draft_content import unpack
from components.app.parts.frame import draft_tab, open_lesson, page_frame
from components.app.parts.lesson.learner import Learner
from components.experiments.queue.run_service import service
from components.models.analysis import model_view
from components.teaching.lessons import library
from components.teaching.lessons.checks import BetCheck
from components.teaching.lessons.hand_in import parse_hand_in
from components.teaching.people.draft_store import DraftStore
from components.teaching.people.lesson_store import LessonProgress, LessonStore
from tests.app.pages.desk import VISITOR, Desk, arrival, key_of, well, with_model
from tests.app.pages.test_train_page import PAGE, state_of

ALWAYS = {redraw.PICTURE, redraw.FIGURES}
DRAWING_PARTS = page_frame.redraw
"""Function that draws parts, which the other tests of pages replace."""


class Drawn(list[set[str]]):
    """Parts that each change has redrawn; changes that redraw the whole page are not listed."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.desk = desk
        monkeypatch.setattr(page_frame, "redraw", lambda *parts: self.append(set(parts)))

    def box(self, part: str, index: int) -> str:
        return redraw.box(self.desk.key(part, index))


@pytest.fixture
def drawn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(desk, monkeypatch)


def test_a_change_that_only_its_box_shows_draws_that_box_and_the_picture(drawn: Drawn) -> None:
    image, merge = drawn.box("inputs", 0), drawn.box("merges", 0)
    drawn.desk.put(f"{drawn.desk.key('inputs', 0)}.conv2d.depth", 2)
    drawn.desk.put(f"{drawn.desk.key('merges', 0)}.kind", "gated")
    assert drawn == [ALWAYS | {redraw.HISTORY, image}, ALWAYS | {merge}]


def test_what_follows_a_change_is_drawn_with_it(drawn: Drawn) -> None:
    drawn.desk.put("trunk.depth", 1)
    assert drawn.desk.draft["heads"][0]["source"] == "trunk"
    assert drawn == [ALWAYS | {redraw.HISTORY, redraw.box("trunk"), drawn.box("heads", 0)}]


def test_a_merge_whose_output_gets_other_forms_is_drawn_with_the_input_that_changed(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(with_model(preset="siamese_digits").run())
    desk.open_all()
    drawn = Drawn(desk, monkeypatch)
    desk.put(f"{desk.key('inputs', 0)}.conv2d.readout", "map")
    (parts,) = drawn
    assert desk.errors()
    assert parts - ALWAYS - {redraw.HISTORY, drawn.box("heads", 0)} == {
        drawn.box("inputs", 0),
        drawn.box("merges", 0),
    }


def test_a_change_after_an_undo_draws_the_buttons_of_the_history(drawn: Drawn) -> None:
    key = f"{drawn.desk.key('inputs', 0)}.conv2d.depth"
    for depth in (2, 1):
        drawn.desk.put(key, depth)
    drawn.desk.press("undo")
    drawn.clear()
    drawn.desk.put("trunk.depth", 1)
    assert [redraw.HISTORY in parts for parts in drawn] == [True]


def test_a_change_that_others_show_draws_the_whole_page(drawn: Drawn) -> None:
    key = drawn.desk.key("inputs", 0)
    drawn.desk.put(f"{key}.name", "photo")
    drawn.desk.put(f"{key}.kind", "vector")
    drawn.desk.press("add.merge")
    drawn.desk.act("merges", 1, "Remove")
    drawn.desk.pick("add.head", "binary")
    assert drawn == []


def test_a_change_draws_the_whole_page_while_drafts_cant_be_kept(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_tab, "problem", lambda _: "Your changes can't be kept now.")
    drawn.desk.put("trunk.depth", 1)
    assert drawn == []
    assert drawn.desk.app.warning


def test_an_error_is_drawn_in_its_box_and_so_is_its_end(drawn: Drawn) -> None:
    image, text = drawn.box("inputs", 0), drawn.box("inputs", 1)
    depth = f"{drawn.desk.key('inputs', 0)}.conv2d.depth"
    drawn.desk.put(depth, 6)
    assert drawn.desk.errors()
    drawn.desk.put(f"{drawn.desk.key('inputs', 1)}.lstm.depth", 2)
    assert len(drawn.desk.errors()) == 1
    drawn.desk.put(depth, 1)
    assert not drawn.desk.errors()
    assert [parts >= ALWAYS | {image} for parts in drawn] == [True] * 3
    assert [text in parts for parts in drawn] == [False, True, False]


@contextmanager
def stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop each run before its callbacks, as an immediate second click does."""

    def stopped(*_: object, **__: object) -> None:
        raise StopException

    with monkeypatch.context() as patch:
        patch.setattr(SessionState, "_call_callbacks", stopped)
        yield


def test_a_change_of_a_run_that_is_stopped_at_once_is_not_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    assert desk.draft["trunk"]["depth"] == 0
    desk.app.run()
    assert desk.draft["trunk"]["depth"] == 1


@pytest.mark.parametrize("of_form", [False, True])
def test_a_press_whose_run_is_stopped_before_its_button_is_not_lost(of_form: bool) -> None:
    def script(of_form: bool) -> None:
        import streamlit as st

        from components.app.parts.frame import page_frame

        if st.session_state.pop("stops", False):
            st.stop()
        with st.form("form") if of_form else st.container():
            draw = st.form_submit_button if of_form else st.button
            st.session_state["acted"] += page_frame.pressed("Act", key="act", draw=draw)

    page = AppTest.from_function(script, args=(of_form,))
    page.session_state["acted"] = 0
    page.run()
    page.session_state["stops"] = True
    page.button(key="act").click().run()
    assert page.session_state["acted"] == 0
    page.run()
    assert page.session_state["acted"] == 1
    page.run()
    assert page.session_state["acted"] == 1


def test_a_press_on_a_button_that_is_disabled_by_then_does_nothing() -> None:
    def script() -> None:
        import streamlit as st

        from components.app.parts.frame import page_frame

        has_acted = page_frame.pressed("Act", key="act", disabled=st.session_state["disabled"])
        st.session_state["acted"] += has_acted

    page = AppTest.from_function(script)
    page.session_state["acted"], page.session_state["disabled"] = 0, False
    page.run()
    page.session_state["disabled"] = True
    page.button(key="act").click().run()
    page.session_state["disabled"] = False
    page.run()
    assert page.session_state["acted"] == 0


def test_a_training_has_the_settings_that_were_entered_right_before(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_model(PAGE, "wide_and_deep").run()
    button = next(button for button in page.button if button.label == "Train")
    with stopped_at_once(monkeypatch):
        page.number_input(key=key_of(page, "settings.seed")).set_value(3).run()
    button.click().run()
    run = service().store.get(str(state_of(page).run))
    service().store.stop(run.id)
    assert run.request.settings.seed == 3


def test_a_press_after_a_change_of_a_stopped_run_counts_beside_the_picture(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_frame, "redraw", DRAWING_PARTS)
    button = desk.app.button(key="strip.train")
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    button.click().run()
    run = service().store.get(str(state_of(desk.app).run))
    service().store.stop(run.id)
    assert run.request.architecture.trunk.depth == 1
    assert desk.editor.draft is desk.app.session_state["train_strip"].pressed


def test_a_model_is_saved_with_what_was_entered_right_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.app.session_state["share"] = True
    button = desk.app.run().button(key="my_models.save")
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    button.click().run()
    store = DraftStore(service().store.database)
    (saved,) = store.list(VISITOR, saved=True)
    found = store.find(VISITOR, saved.id)
    assert found is not None
    assert unpack(found.content).draft["trunk"]["depth"] == 1


def xor_on_build(visitor: str, step: int, done: float = 0.0) -> Desk:
    """Open the Build page of a visitor who is at a step of a lesson."""
    progress = LessonProgress(lesson="xor", step=step, done=done)
    LessonStore(service().store.database).put(visitor, progress)
    return Desk(arrival(visitor=visitor, lesson="xor").run())


def test_work_is_handed_in_with_what_was_entered_right_before(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = xor_on_build("e" * 32, len(library.load("xor").steps) - 1, done=1.0)
    button = desk.app.button(key="lesson_hand_in")
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    button.click().run()
    token = desk.app.session_state[open_lesson.OPEN].hand_in
    assert parse_hand_in(token).work.architecture.trunk.depth == 1


def test_a_model_that_got_an_error_right_before_is_not_trained(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, button = service().store.list(VISITOR), desk.app.button(key="strip.train")
    with stopped_at_once(monkeypatch):
        desk.put(f"{desk.key('inputs', 0)}.conv2d.depth", 6)
    button.click().run()
    assert desk.editor.error is not None
    assert state_of(desk.app).error == str(desk.editor.error)
    assert service().store.list(VISITOR) == before


def test_seeds_of_a_check_are_trained_with_what_was_entered_right_before(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, store = xor_on_build("d" * 32, 1), service().store
    button = desk.app.button(key="lesson_train_works")
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    button.click().run()
    (sweep,) = store.sweeps.list("d" * 32)
    trained = store.latest(sweep.digests).values()
    store.sweeps.end(sweep.id)
    assert {run.request.architecture.trunk.depth for run in trained} == {1}


def test_a_bet_is_locked_after_what_was_entered_right_before(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = next(check for check in library.load("xor").checks if isinstance(check, BetCheck))
    desk, depths = xor_on_build("c" * 32, 0), list[int]()
    key = f"lesson_bet_xor_{check.id}"
    desk.app.radio(key=key).set_value(check.options[0]).run()
    button = desk.app.button(key=f"{key}.lock")
    monkeypatch.setattr(
        Learner, "lock", lambda *_: depths.append(desk.editor.draft["trunk"]["depth"])
    )
    with stopped_at_once(monkeypatch):
        desk.put("trunk.depth", 1)
    button.click().run()
    assert depths == [1]


def test_the_change_of_a_removed_widget_is_dropped(desk: Desk) -> None:
    page, merge = desk.app, desk.key("merges", 0)
    name = f"{merge}.name"
    desk.open_preset("wide_and_deep")
    page.run()
    shown = page.session_state["shown"]
    assert shown[name].changed is None
    assert shown[f"{desk.key('inputs', 0)}.name"].changed is not None


def test_the_picture_of_a_change_comes_with_its_model(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def picture(*what: object) -> str:
        asked.append(what)
        return "<svg/>"

    monkeypatch.setattr(model_view, "_picture", picture)
    desk.put("trunk.depth", 4)
    well(desk.app)
    assert asked == []
