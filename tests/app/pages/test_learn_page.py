"""The Learn page in Streamlit's test runner: lessons, progress, links, files, notes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.learn.shelf import ShelfLesson, card_html
from components.app.pages.learn.teacher import solution_link
from components.app.parts.frame import open_lesson
from components.app.parts.lesson.session import OpenLesson
from components.experiments.queue.run_service import service
from components.sharing.links.link import parse_link
from components.teaching.lessons import library
from components.teaching.lessons.lesson import Lesson, lesson_of, parse_lesson_token
from components.teaching.people.lesson_store import LessonProgress, LessonStore
from sample_data.content import presets
from tests.app.pages.desk import BUILD, VISITOR, editor, html, key_of, well, with_model

PAGE = "pages/6_Learn.py"


@pytest.fixture
def learn(keras_is_in: None) -> Iterator[AppTest]:
    opened = with_model(PAGE).run()
    well(opened)
    yield opened
    for progress in store().list(VISITOR):
        store().delete(VISITOR, progress.lesson)


@pytest.fixture(scope="module")
def own() -> Lesson:
    """Return a lesson that does not ship."""
    parts = library.load("sums").data()
    return lesson_of({**parts, "title": "A lesson of my own"})


def store() -> LessonStore:
    return LessonStore(service().store.database)


def opened_lesson(app: AppTest) -> OpenLesson:
    opened: OpenLesson = app.session_state[open_lesson.OPEN]
    return opened


def progress_on(name: str, step: int = 0, done: float = 0.0) -> LessonProgress:
    lesson = library.load(name)
    return LessonProgress(
        lesson=name, title=lesson.title, step=step, checks=len(lesson.checks), done=done
    )


def paste(app: AppTest, text: str) -> None:
    (field,) = app.text_input
    field.set_value(text)
    (button,) = [one for one in app.button if one.label == "Open the link"]
    button.click().run()
    assert not app.exception


def upload(app: AppTest, content: bytes) -> None:
    (widget,) = app.file_uploader
    widget.set_value(("mine.yaml", content, "application/yaml")).run()
    assert not app.exception


def test_all_lessons_are_listed_with_question_minutes_and_state(learn: AppTest) -> None:
    page = html(learn)
    assert page.count("Not begun") == len(library.names()) == 12
    for number, name in enumerate(library.names(), 1):
        lesson = library.load(name)
        assert f"{number} · {lesson.minutes} minutes" in page
        assert learn.button(key=f"learn_open.{name}").label == "Open"
    assert "Which operation is missing if each input alone says nothing?" in page


def test_a_lesson_is_made_of_the_present_model_and_kept(learn: AppTest) -> None:
    learn.button(key="making.begin").click().run()
    assert "Write the title, question and task first" in learn.info[0].value
    for key, value in (("title", "My <b>lesson</b>"), ("question", "Why?")):
        next(
            one for one in learn.text_input if one.key == key_of(learn, f"making.{key}")
        ).set_value(value).run()
    learn.text_area[0].set_value("Is $a$ enough?").run()
    well(learn)
    first = learn.checkbox[2].label
    learn.checkbox[2].check().run()
    assert "all checks: nothing is left to do" in learn.warning[0].value
    learn.checkbox[0].check().run()
    learn.selectbox[0].set_value("preset:independent_predictions").run()
    well(learn)
    assert learn.warning[0].value == f"The start passes these checks.\n- {learn.checkbox[0].label}"
    learn.checkbox[0].uncheck().run()
    assert not learn.warning
    again = with_model(PAGE)
    again.query_params["make"] = "1"
    again.run()
    lesson = parse_lesson_token(again.code[0].value.partition("?lesson=")[2])
    assert (lesson.title, [check.text for check in lesson.checks]) == ("My <b>lesson</b>", [first])
    assert lesson.start.architecture == presets.load("independent_predictions")
    assert lesson.solution.architecture == editor(again).valid
    assert [one.proto.label for one in again.get("download_button")] == [
        "Download the lesson's file"
    ]
    again.session_state["train_state"].source = "own"
    again.run()
    assert any("Your own data file is not in the lesson" in text.value for text in again.caption)
    lesson = parse_lesson_token(again.code[0].value.partition("?lesson=")[2])
    assert lesson.start.data is None
    again.button(key="learn_back").click().run()
    assert again.button(key="learn_open.sums")


def test_a_lesson_that_starts_with_a_deleted_model_starts_with_the_present_one(
    learn: AppTest,
) -> None:
    store().put(VISITOR, LessonProgress(lesson="draft", answers={"start": "saved:gone"}))
    learn.query_params["make"] = "1"
    learn.run()
    well(learn)
    assert learn.selectbox[0].value == "present"
    assert "saved:gone" not in learn.selectbox[0].options


def test_progress_is_shown_and_continued(learn: AppTest) -> None:
    store().put(VISITOR, progress_on("xor", step=2))
    store().put(VISITOR, progress_on("small", step=3, done=1.0))
    learn.run()
    page = html(learn)
    assert "Step 3 of 4" in page
    assert any("1 done" in caption.value for caption in learn.caption)
    assert library.load("small").learnt[0] in page
    assert learn.button(key="learn_open.small").label == "Review"
    assert learn.button(key="learn_open.xor").label == "Go on"
    learn.button(key="learn_open.xor").click().run()
    well(learn)
    assert opened_lesson(learn).name == "xor"
    kept = store().find(VISITOR, "xor")
    assert kept is not None
    assert kept.step == 2
    assert "Step 3 of 4" in html(learn)
    assert editor(learn).valid == library.load("xor").start.architecture


def test_each_step_has_the_data_that_its_runs_are_trained_with(learn: AppTest) -> None:
    store().put(VISITOR, progress_on("sums", step=2))
    learn.run()
    learn.button(key="learn_open.sums").click().run()
    well(learn)
    train = learn.session_state["train_state"]
    assert train.relation == "redundant"
    learn.button(key="lesson_back").click().run()
    assert train.relation == "additive"
    learn.button(key="lesson_next").click().run()
    well(learn)
    assert train.relation == "redundant"


def test_a_passed_step_is_marked_in_the_foot(learn: AppTest) -> None:
    passed = [check.id for check in library.load("sums").steps[0].checks]
    for known, says in ((passed[:1], False), (passed, True)):
        progress = progress_on("sums").model_copy(update={"passed": tuple(known)})
        store().put(VISITOR, progress)
        learn.run()
        learn.button(key="learn_open.sums").click().run()
        well(learn)
        assert any("Step passed" in text.value for text in learn.markdown) == says
        learn.switch_page(PAGE).run()


def test_starting_over_asks_first_and_clears_the_progress(learn: AppTest) -> None:
    store().put(VISITOR, progress_on("sums", step=1))
    learn.run()
    learn.button(key="learn_open.sums").click().run()
    progress = store().find(VISITOR, "sums")
    assert progress is not None
    assert progress.step == 1
    question = learn.button(key="lesson_restart")
    assert question.label == "Clear them now", "the button on the foot only opens the question"
    question.click().run()
    well(learn)
    progress = store().find(VISITOR, "sums")
    assert progress is not None
    assert progress.step == 0


def test_the_last_step_leads_to_the_next_lesson(learn: AppTest) -> None:
    store().put(VISITOR, progress_on("sums", step=2))
    learn.run()
    learn.button(key="learn_open.sums").click().run()
    learn.run()
    button = learn.button(key="lesson_onwards")
    assert (button.label, button.help) == ("Next lesson", library.load("xor").title)
    button.click().run()
    well(learn)
    assert opened_lesson(learn).name == "xor"
    assert "Step 1 of 4" in html(learn)


def test_an_own_lesson_shows_its_question_and_leads_to_all_lessons(
    learn: AppTest, own: Lesson
) -> None:
    paste(learn, own.token())
    asked = f'lesson-question">{own.question}'
    assert asked in html(learn)
    name = f"link-{own.digest}"
    store().put(VISITOR, LessonProgress(lesson=name, step=2, source=own.yaml_text()))
    learn.run()
    assert asked not in html(learn)
    assert learn.button(key="lesson_onwards").label == "All lessons"
    learn.button(key="lesson_onwards").click().run()
    well(learn)
    assert learn.button(key=f"learn_open.{name}")


def test_a_lesson_shows_the_parts_of_the_model_that_it_is_about(learn: AppTest) -> None:
    learn.button(key="learn_open.xor").click().run()
    well(learn.switch_page(BUILD).run())
    model = editor(learn)
    assert [header.value for header in learn.sidebar.header] == ["Merges", "Trunk"]
    for part, shown in ((model.valid.inputs[0].name, False), (model.valid.merges[0].name, True)):
        model.select(part)
        well(learn.run())
        assert any(str(box.key).startswith("beside.") for box in learn.selectbox) == shown


def test_runs_are_judged_with_the_model_that_they_train(learn: AppTest) -> None:
    store().put(VISITOR, progress_on("xor", step=1))
    learn.run()
    learn.button(key="learn_open.xor").click().run()
    learn.run()
    learn.button(key="lesson_train_works").click().run()
    opened, model = opened_lesson(learn), editor(learn)
    model.open(library.load("xor").solution.architecture)
    model.check(None)
    learn.run()
    assert not opened.answers, "another model is there than the one in training"
    model.undo()
    model.check(None)
    learn.run()
    learn.button(key="lesson_stop_works").click().run()
    well(learn)
    assert opened.answers.keys() == {"works"}


def test_a_link_a_token_and_a_file_open_a_lesson_that_can_be_removed(
    learn: AppTest, own: Lesson
) -> None:
    name = f"link-{own.digest}"
    paste(learn, f"http://localhost:8501/?lesson={own.token()}")
    well(learn)
    assert opened_lesson(learn).name == name
    assert "Step 1 of 3" in html(learn)
    for from_file in (False, True):
        learn.switch_page(PAGE).run()
        assert "A lesson of my own" in html(learn)
        learn.button(key=f"learn_remove.{name}").click().run()
        well(learn)
        assert "A lesson of my own" not in html(learn)
        assert learn.session_state[open_lesson.OPEN] is None
        if from_file:
            upload(learn, own.yaml_text().encode())
        else:
            paste(learn, own.token())
        well(learn)
        assert opened_lesson(learn).lesson == own
    learn.switch_page(PAGE).run()
    learn.button(key=f"learn_teacher.{name}").click().run()
    well(learn)
    codes = [one.value for one in learn.code]
    assert any(own.token() in code for code in codes)
    assert any(f"--lesson {name}.yaml" in code for code in codes)


def test_a_bad_link_or_file_is_a_sentence(learn: AppTest) -> None:
    before = editor(learn).valid
    for text, words in (
        ("", "Paste the link of a lesson first"),
        ("xorr", "There is no lesson"),
        ("link-0123456789ab", "This browser doesn't know the lesson"),
    ):
        paste(learn, text)
        (error,) = learn.error
        assert words in error.value
    upload(learn, b"title: [")
    (error,) = learn.error
    assert error.value.startswith("mine.yaml: ")
    learn.file_uploader[0].clear().run()
    assert not learn.error, "the file is gone, and what was wrong with it"
    assert editor(learn).valid == before


def test_the_notes_for_teachers_have_all_that_a_class_needs(learn: AppTest) -> None:
    learn.button(key="learn_teacher.xor").click().run()
    well(learn)
    notes, text = library.load("xor").teacher, "\n".join(one.value for one in learn.markdown)
    for line in (*notes.goals, *notes.prompts):
        assert line in text
    codes = [one.value for one in learn.code]
    assert any(code.endswith("?lesson=xor") for code in codes)
    assert any("lesson check" in code and "--lesson" not in code for code in codes)
    assert {one.proto.label for one in learn.get("download_button")} == {"Lesson as YAML"}
    learn.button(key="learn_back").click().run()
    assert learn.button(key="learn_open.xor")


def test_an_unknown_lesson_in_the_address_is_named(learn: AppTest) -> None:
    learn.query_params["teacher"] = "nobody"
    learn.run()
    (warning,) = learn.warning
    assert "nobody" in warning.value
    assert learn.button(key="learn_open.sums")


def test_a_lesson_whose_step_is_no_number_opens_without_it(learn: AppTest) -> None:
    learn.query_params.update(lesson="xor", step="²")
    learn.run()
    well(learn)
    assert opened_lesson(learn).name == "xor"


# Code behind the page


def test_the_link_of_a_solution_holds_its_model_and_the_lessons_data() -> None:
    for lesson in map(library.load, library.names()):
        content = parse_link(solution_link(lesson))
        assert content.architecture == lesson.solution.architecture
        assert content.data == lesson.start.data
        assert content.settings == lesson.start.settings


def test_a_lesson_that_this_version_cannot_read_is_named(learn: AppTest) -> None:
    bad = LessonProgress(lesson="link-b", title="An *old* one", source="version: 99")
    store().put(VISITOR, bad)
    well(learn.run())
    sentence = r"This version can't read An \*old\* one. Open a newer file or link of it."
    assert sentence in [one.value for one in learn.caption]


def test_texts_of_a_lesson_stay_texts() -> None:
    parts, bad = library.load("sums").data(), "<img src=x onerror=alert(1)>"
    lesson = lesson_of({**parts, "title": bad, "question": bad, "teacher": {"goals": [bad]}})
    assert "<img" not in card_html(ShelfLesson("link-x", lesson, None))
