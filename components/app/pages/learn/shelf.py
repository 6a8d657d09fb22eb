"""Lessons as cards: their question, the progress on them, and buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

import streamlit as st

from components.app.parts.frame import open_lesson, page_frame
from components.app.parts.widgets import layout
from components.app.parts.widgets.html_parts import coded, template
from components.base.errors import PlaygroundError
from components.base.pages import page_file
from components.base.text import plural
from components.teaching.lessons import library
from components.teaching.lessons.lesson import Lesson, LessonStep, parse_lesson
from components.teaching.people.lesson_store import LessonProgress

_parsed = lru_cache(maxsize=64)(parse_lesson)
TEACHER = "teacher"
"""Parameter of the address that names the lesson whose notes for teachers are shown."""
_CARD = template("""
<div class="lesson-card"><p class="about">{{ about }}</p><h3>{{ title }}</h3>
<p class="question">{{ question }}</p>
<p class="state {{ kind }}">{{ state }}</p>
{% if share %}<div class="bar"><i style="width:{{ share }}%"></i></div>{% endif %}
{% if lines %}<details class="more"><summary>{{ summary }}</summary><ul>
{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul></details>{% endif %}
</div>""")


@dataclass(frozen=True)
class ShelfLesson:
    """Lesson on the page."""

    name: str
    lesson: Lesson
    progress: LessonProgress | None
    """Progress of this browser; `None` if it has not begun."""
    number: int = 0
    """Number among the lessons that ship, from 1; 0 if it came from a link or a file."""

    @property
    def done(self) -> bool:
        """`True` if all checks have passed."""
        return self.progress is not None and self.progress.done > 0

    @property
    def step(self) -> int:
        """Number of the step to continue with, from 1; 0 before the lesson was begun."""
        if self.progress is None:
            return 0
        return min(self.progress.step, len(self.lesson.steps) - 1) + 1

    @property
    def next_step(self) -> LessonStep:
        """Step at which the lesson opens."""
        return self.lesson.steps[max(self.step, 1) - 1]

    @property
    def state(self) -> str:
        """Progress in words."""
        if self.done:
            return "Done"
        return f"Step {self.step} of {len(self.lesson.steps)}" if self.step else "Not begun"


def shelf(progress: Iterable[LessonProgress]) -> tuple[list[ShelfLesson], list[str]]:
    """Return the lessons that ship, then those from links and files, with one person's progress.

    Return also the titles of those that another version has opened and this one can't read.
    """
    by_name = {one.lesson: one for one in progress}
    lessons = [
        ShelfLesson(name, library.load(name), by_name.get(name), number)
        for number, name in enumerate(library.names(), 1)
    ]
    unreadable = []
    for name, one in by_name.items():
        if one.source:
            try:
                lessons.append(ShelfLesson(name, _parsed(one.source), one))
            except PlaygroundError:
                unreadable.append(one.title)
    return lessons, unreadable


def card(shown: ShelfLesson, remove: Callable[[str], None] | None = None) -> None:
    """Draw one lesson. With `remove` it can be taken off the page."""
    with st.container(border=True, gap="small", key=f"learn_{shown.name}"):
        st.html(card_html(shown))
        with layout.row(f"learn_buttons_{shown.name}", gap="xsmall"):
            open_button(shown)
            _teacher_button(shown)
            if remove is not None:
                st.button(
                    "Remove",
                    key=f"learn_remove.{shown.name}",
                    type="tertiary",
                    icon=":material/delete:",
                    help="Removes the lesson and your progress on it from this browser's list.",
                    on_click=partial(remove, shown.name),
                )


def card_html(shown: ShelfLesson) -> str:
    """Return the content of a card."""
    lesson, steps = shown.lesson, len(shown.lesson.steps)
    minutes = plural(lesson.minutes, "minute")
    lines = lesson.learnt if shown.done else lesson.teacher.goals
    return str(
        _CARD.render(
            about=f"{shown.number} · {minutes}" if shown.number else minutes,
            title=lesson.title,
            question=lesson.question,
            state=shown.state,
            kind="done" if shown.done else "begun" if shown.step else "",
            share=0 if shown.done else 100 * shown.step // steps,
            summary="What you have learnt" if shown.done else "What you will learn",
            lines=[coded(line) for line in lines],
        )
    )


def open_button(shown: ShelfLesson) -> None:
    """Draw the button that opens the lesson on the page of its step."""
    label = "Review" if shown.done else "Go on" if shown.step else "Open"
    if page_frame.pressed(
        label,
        key=f"learn_open.{shown.name}",
        type="primary" if shown.step and not shown.done else "secondary",
        icon=":material/arrow_forward:",
        help="Puts the lesson's model, data and settings in place. Undo on the Build page brings "
        "yours back.",
    ):
        open_lesson.open_lesson(shown.name)
        st.switch_page(page_file(shown.next_step.page))


def _teacher_button(shown: ShelfLesson) -> None:
    def show() -> None:
        st.query_params[TEACHER] = shown.name

    st.button(
        "For teachers",
        key=f"learn_teacher.{shown.name}",
        type="tertiary",
        icon=":material/school:",
        help="Goals, questions for the class, the solution, and the lesson's file.",
        on_click=show,
    )
