"""Notes for the teacher of a lesson: goals, questions, its checks, the solution, and its file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.app.pages.learn.shelf import TEACHER, ShelfLesson, open_button
from components.app.parts.frame import page_frame
from components.app.parts.frame.sharing import page_link
from components.app.parts.widgets import downloads, layout
from components.app.parts.widgets.copy_button import copied_code
from components.app.parts.widgets.html_parts import template
from components.base.markup import escape_markdown
from components.base.paths import COMMAND
from components.base.text import plural
from components.sharing.links.link import PARAMETER, share
from components.teaching.lessons.lesson import LESSON, Lesson

_HEAD = template("""
<div class="lesson-head"><h2>{{ title }}</h2><p>{{ question }}</p>
<p class="quiet">{{ about }}</p></div>""")
CHECK = f"{COMMAND} lesson check TOKEN --train"


def teacher_notes(shown: ShelfLesson) -> None:
    """Draw the notes on one lesson."""
    lesson, notes = shown.lesson, shown.lesson.teacher
    back_button(TEACHER)
    about = f"{plural(lesson.minutes, 'minute')} · {plural(len(lesson.steps), 'step')} · "
    about += plural(len(lesson.checks), "check")
    with layout.row("learn_teacher_head", spread=True):
        st.html(_HEAD.render(title=lesson.title, question=lesson.question, about=about))
        with st.container(key="learn_teacher_open", width="content"):
            open_button(shown)
    with st.container(key="learn_notes"):
        with st.container(key="learn_class"):
            _list("Goals", notes.goals)
            _list("Questions for the class", notes.prompts)
            _list("What learners usually do", notes.usually)
            _list("Discussion", notes.discussion)
            if not any((notes.goals, notes.prompts, notes.usually, notes.discussion)):
                st.caption("This lesson has no notes for teachers.")
        with st.container(key="learn_material"):
            _checks(lesson)
            _links(shown)
            _handed_in(shown)


def no_lesson(name: str) -> None:
    """Draw a warning if the address names a lesson that is not here."""
    st.warning(
        f"No lesson here is called {escape_markdown(name)}. Open its link or its file first.",
        icon=":material/search_off:",
    )
    st.query_params.pop(TEACHER)


def back_button(parameter: str) -> None:
    """Draw the button that leads to all lessons, by taking a parameter out of the address."""

    def back() -> None:
        st.query_params.pop(parameter, None)

    icon = ":material/arrow_back:"
    st.button("All lessons", key="learn_back", type="tertiary", icon=icon, on_click=back)


def _list(title: str, lines: Sequence[str]) -> None:
    if lines:
        layout.heading(title)
        st.markdown("\n".join(f"- {_indented(line)}" for line in lines))


def _indented(text: str) -> str:
    """Return a text of several lines as one item of a list."""
    return text.strip().replace("\n", "\n  ")


def _checks(lesson: Lesson) -> None:
    """Draw the checks of each step, with the solution's answers."""
    layout.heading("Checks")
    lines = []
    for number, step in enumerate(lesson.steps, 1):
        for check in step.checks:
            lines.append(f"- Step {number}: {_indented(check.text)}{_solved(lesson, check.id)}")
    st.markdown("\n".join(lines) or "This lesson has no checks.")


def _solved(lesson: Lesson, check: str) -> str:
    answer = lesson.answers.get(check)
    if answer is None:
        return ""
    text = answer if isinstance(answer, str) else f"{answer:,.10g}"
    return f" Solution: **{escape_markdown(text)}**"


def _links(shown: ShelfLesson) -> None:
    lesson = shown.lesson
    layout.heading("Links and file")
    with page_frame.guarded():
        _link("The lesson, for learners", _lesson_link(shown), "lesson")
    with page_frame.guarded():
        _link("The solution", solution_link(lesson), "solution")
    with layout.row("learn_material_buttons", gap="small"):
        downloads.download(
            "Lesson as YAML",
            lesson.yaml_text,
            f"{shown.name}.yaml",
            key="learn_yaml",
            help="Change it in any editor, and open it here.",
            width="content",
        )
        with page_frame.guarded():
            st.link_button("Open the solution", solution_link(lesson), icon=":material/key:")


def _lesson_link(shown: ShelfLesson) -> str:
    value = shown.name if shown.number else shown.lesson.token()
    return page_link(shown.lesson.steps[0].page, f"{LESSON}={value}")


def solution_link(lesson: Lesson) -> str:
    """Return the address that opens the solution's model on Build, with the lesson's data."""
    start, solution = lesson.start, lesson.solution
    data, settings = solution.data or start.data, solution.settings or start.settings
    return page_link("Build", f"{PARAMETER}={share(solution.architecture, data, settings)}")


def _link(title: str, link: str, key: str) -> None:
    st.markdown(f"**{title}**")
    copied_code(link, f"the link of the {key}", key=f"learn_copy_{key}")


def _handed_in(shown: ShelfLesson) -> None:
    layout.heading("Work that is handed in")
    own = "" if shown.number else f" --lesson {shown.name}.yaml"
    st.markdown(
        "*Hand in* at the end of the lesson gives a token. This command trains its model again "
        "and lists the checks that pass:"
    )
    st.code(f"{CHECK}{own}", language=None, wrap_lines=True)
