"""Form that makes a lesson of the present model, with a link and a file to write the rest in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.draft_content import unpack
from components.app.parts.frame import page_frame
from components.app.parts.frame.sharing import page_link
from components.app.parts.frame.visitor import draft_store, lesson_store, owner
from components.app.parts.lesson.session import with_answer
from components.app.parts.widgets import forms, layout
from components.app.parts.widgets.copy_button import copied_code
from components.app.parts.widgets.downloads import download
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.text import identifier, join_names
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.sharing.links.link import LinkContent
from components.teaching.lessons.evidence import evidence_of, facts_of
from components.teaching.lessons.judging import judge_all
from components.teaching.lessons.lesson import LESSON, Lesson
from components.teaching.lessons.making import commented_yaml, made_lesson, missing, proposed
from components.teaching.people.lesson_store import LessonProgress
from sample_data.content import presets

MAKE = "make"
"""Parameter of the address that asks for the form."""
DRAFT = "draft"
"""Name under which a lesson in the making is kept among a person's lessons."""
PRESENT, _PRESET, _SAVED = "present", "preset:", "saved:"


def making() -> None:
    """Draw the form, and its results beside it."""
    layout.heading("Make a lesson of this")
    st.caption(
        "Your present model, with the data and settings of the Train page, becomes the solution "
        "of a lesson of your own."
    )
    page_frame.await_engine("you can make a lesson", _form)


def _form() -> None:
    texts = {key: str(value) for key, value in _draft().answers.items()}
    editor = page_frame.editor()
    if editor.error is not None:
        raise editor.error
    proposals = proposed(facts_of(editor.valid))
    chosen = [text for text in proposals if text in texts.get("checks", "").split("\n")]
    starts = {PRESENT: "The present model"}
    for model in draft_store().list(owner(), saved=True):
        starts[f"{_SAVED}{model.id}"] = f"My model: {model.name}"
    for name in presets.names():
        starts[f"{_PRESET}{name}"] = f"Preset: {presets.about(name).title}"
    if texts.get("start") not in starts:  # Also a model that was deleted since.
        texts["start"] = PRESENT
    fields, result = st.columns([3, 2], gap="medium")
    with fields:
        examples = {"title": "When is a sum enough?", "question": "What should one find out?"}
        for key, example in examples.items():
            value = texts.get(key, "")
            more = forms.linked(f"making.{key}", value, partial(_keep, key))
            st.text_input(key.capitalize(), value, max_chars=300, placeholder=example, **more)
        task = texts.get("task", "")
        st.text_area(
            "Task",
            task,
            max_chars=4000,
            help="Markdown, with formulas between $ signs. Learners read it in a narrow panel.",
            **forms.linked("making.task", task, partial(_keep, "task")),
        )
        forms.select(
            "Starts with",
            starts,
            texts["start"],
            "making.start",
            partial(_keep, "start"),
            help="The model that learners begin with. Its data and settings are those of the "
            "Train page. The present model is the solution.",
        )
        st.caption("Checks: what holds for the present model")
        for text in proposals:
            on = text in chosen
            change = forms.linked(f"making.{text}", on, partial(_choose, chosen, text))
            st.checkbox(text, on, **change)
    with result:
        _result(texts, {text: proposals[text] for text in chosen}, editor.valid)


def _draft() -> LessonProgress:
    return lesson_store().find(owner(), DRAFT) or LessonProgress(lesson=DRAFT)


def _keep(key: str, value: str) -> None:
    """Store a field with the draft."""
    lesson_store().put(owner(), with_answer(_draft(), key, value))


def _choose(chosen: Sequence[str], text: str, on: bool) -> None:
    others = [one for one in chosen if one != text]
    _keep("checks", "\n".join([*others, text] if on else others))


def _start(name: str, present: Architecture) -> Architecture:
    if name.startswith(_PRESET):
        return presets.load(name.removeprefix(_PRESET))
    stored = draft_store().find(owner(), name.removeprefix(_SAVED))
    return present if stored is None else unpack(stored.content).valid


def _result(
    texts: Mapping[str, str], conditions: Mapping[str, Mapping[str, object]], model: Architecture
) -> None:
    """Draw what is missing; or the link, the file, and the checks that leave nothing to do."""
    if parts := missing(texts):
        st.info(
            f"Write the {join_names(parts)} first. The lesson's link and file then appear here.",
            icon=":material/edit:",
        )
        return
    train = train_state.of_session()
    data = None if train.source == "own" else train.chosen_data(model)
    shared = None if isinstance(data, str) else data
    solution = LinkContent(model, shared, Settings(**train.settings))
    start = replace(solution, architecture=_start(texts["start"], model))
    lesson = made_lesson(texts, conditions, start, solution)
    if shared is None:
        st.caption("Your own data file is not in the lesson: learners keep their data.")
    checks, answers = lesson.checks, judge_all(lesson, evidence_of(start.architecture, {}, {}, {}))
    if idle := [f"- {check.text}" for check in checks if answers[check.id].passed]:
        which = "these checks" if len(idle) < len(checks) else "all checks: nothing is left to do"
        st.warning("\n".join([f"The start passes {which}.", *idle]))
    _link_and_file(lesson)


def _link_and_file(lesson: Lesson) -> None:
    download(
        "Download the lesson's file",
        lambda: commented_yaml(lesson),
        f"{identifier(lesson.title, 'lesson')}.yaml",
        key="making.file",
        width="content",
    )
    st.caption(
        "Write the rest in the file: hints, more steps, runs to train, questions. Its comments say "
        "how. *Open a lesson* below tries it at once."
    )
    try:
        link = page_link("Build", f"{LESSON}={lesson.token()}")
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/link_off:")
        return
    st.markdown("The link holds the whole lesson:")
    copied_code(link, "the link", key="making_copy")
