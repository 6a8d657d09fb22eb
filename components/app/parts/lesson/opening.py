"""Opening of a lesson, by its name, its link or its file, with its model in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, open_lesson, page_frame
from components.app.parts.frame.visitor import lesson_store, owner
from components.app.parts.lesson.session import OpenLesson, current
from components.base.errors import LessonError, PlaygroundError, public_text
from components.base.markup import message_markdown
from components.sharing.links.link import LinkContent, parse_link, share, token_in
from components.sharing.links.token import is_token
from components.teaching.lessons import library
from components.teaching.lessons.lesson import (
    LESSON,
    LINKED,
    Lesson,
    parse_lesson,
    parse_lesson_token,
)

HANDLED = "lessons_handled"
"""Key of the address's values that were handled in this session."""
_STEP = re.compile("[0-9]{1,3}")


def begin(wanted: str | None, addressed: str | None) -> None:
    """Open the lesson that was asked for, otherwise the one in the address, once.

    An address with a step leads to it each time.
    """
    step = str(st.query_params.pop(open_lesson.STEP, ""))
    if wanted:
        del st.session_state[open_lesson.WANTED]
        with _showing_error():
            _open(_read(wanted), keeps_model=False)
    elif addressed and _STEP.fullmatch(step):
        opened = current()
        with _showing_error():
            wanted_lesson = _read(addressed)
            same = opened is not None and opened.name == wanted_lesson.name
            _open(wanted_lesson, keeps_model=same)
            go(wanted_lesson, int(step) - 1)
            st.session_state[open_lesson.ARRIVED] = (addressed, int(step))
    elif addressed and addressed not in _handled():
        _handled().add(addressed)
        # A tab that is loaded again keeps its model as it is.
        again = st.query_params.get(draft_tab.PARAMETER) == draft_tab.of_session().id
        with _showing_error():
            _open(_read(addressed), keeps_model=again)


@contextmanager
def _showing_error() -> Iterator[None]:
    try:
        yield
    except PlaygroundError as error:
        st.toast(
            message_markdown(public_text(error)), icon=":material/school:", duration="infinite"
        )


def open_file(content: bytes) -> None:
    """Open the lesson in a file. Raises `LessonError`."""
    _open(_linked(parse_lesson(content)), keeps_model=False)


def open_link(text: str) -> None:
    """Open the lesson in a link or token, or with a name. Raises `PlaygroundError`."""
    _open(_read(text), keeps_model=False)


def close() -> None:
    """Close the lesson. Its progress and the model stay."""
    st.session_state[open_lesson.OPEN] = None
    st.query_params.pop(open_lesson.PARAMETER, None)


def start_over(opened: OpenLesson) -> None:
    """Forget the progress, and put the lesson's start in place."""
    lesson_store().put(owner(), opened.begun())
    st.session_state[open_lesson.OPEN] = OpenLesson(opened.name, opened.lesson, opened.source)
    put_in_place(opened.lesson.start)
    _use_training(opened)


def go(opened: OpenLesson, step: int) -> bool:
    """Show another step, with its data and settings if the step before had others.

    Return `True` if it had.
    """
    before = _training(opened)
    opened.go(step)
    training = _training(opened)
    if (training.data, training.settings) == (before.data, before.settings):
        return False
    _use_training(opened)
    return True


def _training(opened: OpenLesson) -> LinkContent:
    return opened.lesson.training_of(opened.step(opened.progress()))


def _use_training(opened: OpenLesson) -> None:
    """Set the data and settings with which the present step is trained."""
    train_state.of_session().use_content(_training(opened))


def put_in_place(content: LinkContent) -> None:
    """Put a model, data, settings and a race in place. Undo brings the present model back."""
    editor, train = page_frame.editor(), train_state.of_session()
    editor.open(content.architecture)
    train.use_content(content)
    if content.race is not None:
        if content.data is None:
            for data in reversed(content.race.data):
                train.use(data)
        st.session_state[open_lesson.RACE] = content


def _open(opened: OpenLesson, *, keeps_model: bool) -> None:
    _handled().add(opened.name)
    progress = lesson_store().find(owner(), opened.name)
    if progress is None:
        lesson_store().put(owner(), opened.begun())
        put_in_place(opened.lesson.start)
    elif not keeps_model:
        # The model that was checked last, if it is another one; else the start.
        work = opened.lesson.start
        if progress.work:
            with suppress(PlaygroundError):  # Another version may have written it.
                work = parse_link(progress.work)
        if work.architecture != page_frame.editor().valid:
            put_in_place(work)
    if progress is None or not keeps_model:
        _use_training(opened)
    st.session_state[open_lesson.OPEN] = opened


def work_token(lesson: Lesson, editor: ModelEditor) -> str:
    """Return the token of the present model with the lesson's data; empty if it is too long."""
    try:
        return share(editor.valid, lesson.start.data, lesson.start.settings, lesson.start.race)
    except PlaygroundError:
        return ""


def _read(text: str) -> OpenLesson:
    """Return a lesson that ships, one that this browser has opened before, or one in a token."""
    name = token_in(text, LESSON)
    if is_token(name):
        return _linked(parse_lesson_token(name))
    if not name.startswith(LINKED):
        return OpenLesson(name, library.load(name))
    progress = lesson_store().find(owner(), name)
    if progress is None or not progress.source:
        raise LessonError(
            f"This browser doesn't know the lesson {name} yet.",
            name,
            "Open the link or the file again.",
        )
    return OpenLesson(name, parse_lesson(progress.source), progress.source)


def _linked(lesson: Lesson) -> OpenLesson:
    return OpenLesson(lesson.linked_name, lesson, lesson.yaml_text())


def _handled() -> set[str]:
    handled: set[str] = st.session_state.setdefault(HANDLED, set())
    return handled
