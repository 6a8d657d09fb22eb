"""Making a lesson on the Learn page, run by Streamlit's own test runner."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.lessons.lesson import parse_lesson_token
from components.lessons.making import DraftCheck
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState
from components.ui.learn.making_state import MakingState
from sample_data import presets
from tests.ui.desk import VISITOR, key_of, well
from tests.waiting import PATIENCE_SECONDS, wait_until


def learn_page() -> None:
    from components.ui.kit.page_frame import guarded
    from components.ui.learn.making import making

    with guarded():
        making()


@pytest.fixture
def making(keras_is_in: None) -> AppTest:
    """The section, begun, with a small model that trains in a moment."""
    app = AppTest.from_function(learn_page, default_timeout=PATIENCE_SECONDS)
    app.session_state["visitor"] = VISITOR
    app.session_state["editor"] = ModelEditor.of(presets.load("independent_predictions"))
    train = TrainState()
    train.data |= {"samples": 200}
    train.settings |= {"epochs": 1}
    app.session_state["train_state"] = train
    app.run()
    assert not app.text_input
    return app.button(key="making.begin").click().run()


def state_of(app: AppTest) -> MakingState:
    state: MakingState = app.session_state["lesson_making"]
    return state


def fill(app: AppTest, key: str, value: str | float) -> None:
    """Type into a field, whichever kind it is."""
    fields: list[Any] = [*app.text_input, *app.text_area, *app.number_input, *app.selectbox]
    wanted = key_of(app, f"making.{key}")
    next(one for one in fields if one.key == wanted).set_value(value).run()
    well(app)


def describe(app: AppTest) -> None:
    """Title, question and one step."""
    (step,) = state_of(app).draft.steps
    fill(app, "lesson.title", "My <b>lesson</b>")
    fill(app, "lesson.question", "Why?")
    fill(app, f"{step.key}.title", "First")
    fill(app, f"{step.key}.text", "Is $a$ enough?")


def add(app: AppTest, title: str, step: int = 0) -> DraftCheck:
    """Choose a check from the menu of a step."""
    chosen = state_of(app).draft.steps[step]
    key = f"making.add.{chosen.key}"
    menu: Any = next(node for node in app.main if getattr(node, "key", "") == key)
    menu.click(title).run()
    well(app)
    return chosen.checks[-1]


def words(app: AppTest) -> str:
    shown: list[Any] = [*app.info, *app.warning, *app.success, *app.caption, *app.markdown]
    return "\n".join(str(part.value) for part in shown)


def token(app: AppTest) -> str:
    """The token of the lesson's link."""
    (code,) = app.code
    return str(code.value).partition("?lesson=")[2]


def test_the_page_says_what_is_missing_until_there_is_a_link(making: AppTest) -> None:
    well(making)
    assert "A lesson needs a title." in words(making)
    describe(making)
    assert "A lesson without checks" in words(making)
    assert parse_lesson_token(token(making)).title == "My <b>lesson</b>"


def test_checks_of_the_present_model_pass_and_a_start_may_pass_them_too(making: AppTest) -> None:
    describe(making)
    layers = add(making, "Put no layer behind the merge.")
    assert "The present model passes 1 check." in words(making)
    assert "The start passes these checks, too" in words(making)
    fill(making, "start", "preset:movie_genres")
    lesson = parse_lesson_token(token(making))
    assert lesson.start.architecture == presets.load("movie_genres")
    assert lesson.solution.architecture == presets.load("independent_predictions")
    fill(making, f"{layers.key}.text", "No layer, please.")
    assert [check.text for check in parse_lesson_token(token(making)).checks] == [
        "No layer, please."
    ]


def test_an_accuracy_comes_from_runs_that_are_trained_here(making: AppTest, training: None) -> None:
    describe(making)
    check = add(making, "An accuracy to reach")
    assert "needs a value to reach" in words(making)
    fill(making, f"{check.key}.seeds", 2)
    making.button(key=f"making.train.{check.key}").click().run()
    well(making)
    wait_until(lambda: "passes 1 check" in words(making.run()))
    assert "The present model passes 1 check." in words(making)
    (runs,) = parse_lesson_token(token(making)).checks
    assert runs.text.endswith("% over 2 seeds.")
    bar = getattr(runs, "at_least", 0)
    fill(making, f"{check.key}.bar", 99.9)
    assert "The present model passes 0 of 1 check." in words(making)
    fill(making, f"{check.key}.bar", 100 * bar - 5)
    (runs,) = parse_lesson_token(token(making)).checks
    assert getattr(runs, "at_least", 0) == pytest.approx(bar - 0.05)


def test_questions_steps_and_what_is_removed_again(making: AppTest) -> None:
    describe(making)
    choice = add(making, "A choice")
    assert "A choice needs a question." in words(making)
    fill(making, f"{choice.key}.text", "Which?")
    fill(making, f"{choice.key}.right", "This")
    fill(making, f"{choice.key}.others", "That\nNeither")
    assert parse_lesson_token(token(making)).answers == {"check_1": "This"}
    making.button(key="making.add_step").click().run()
    assert "Step 2 needs a title." in words(making)
    second = state_of(making).draft.steps[1]
    number = add(making, "A number to type", 1)
    fill(making, f"{number.key}.limit", 3.0)
    making.button(key=f"making.remove.{second.key}").click().run()
    making.button(key=f"making.remove.{choice.key}").click().run()
    well(making)
    assert parse_lesson_token(token(making)).checks == ()


def test_own_data_and_a_broken_model_are_named(making: AppTest) -> None:
    describe(making)
    train: TrainState = making.session_state["train_state"]
    train.source = "own"
    making.run()
    well(making)
    assert "Your own data file is not in the lesson" in words(making)
    assert parse_lesson_token(token(making)).start.data is None
    add(making, "An accuracy to reach")
    assert "data that everyone has" in words(making)
