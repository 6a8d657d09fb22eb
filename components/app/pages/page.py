"""Setup of the app's pages, with the class room in the bar and the open lesson beside the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.app.pages.room import tab as room_tab
from components.app.pages.room.bar import room_bar
from components.app.parts.frame import open_lesson, page_frame
from components.app.parts.widgets import projector
from components.base.pages import label_of, pages


@contextmanager
def page(file: str, heading: str) -> Iterator[None]:
    """Set up the page of a file. Lessons work on all pages in the bar."""
    label = label_of(file)
    lessons = (_begin, _beside) if label in pages() else None
    room = room_tab.of_session()
    if room.learner or room.following:
        from components.app.pages.room import follow

        follow.begin(room, label)
    whole = bool(room.teacher or room.following)
    with page_frame.page(label, heading, room_bar, lessons, whole):
        yield
        if room.teacher:
            from components.app.pages.room import follow

            follow.send_view(room, label)


def _begin() -> None:
    """Open the requested lesson. Without one, read only the session and the address."""
    wanted = st.session_state.get(open_lesson.WANTED)
    addressed = st.query_params.get(open_lesson.PARAMETER)
    if wanted or addressed:
        from components.app.parts.lesson import opening

        opening.begin(wanted, addressed)


def _beside(page: str) -> None:
    following = room_tab.of_session().following is not None
    if open_lesson.current() is not None and not projector.on() and not following:
        from components.app.parts.lesson import panel

        learner = room_tab.of_session().learner
        panel.draw_panel(page, room_tab.rooms().learner(learner) if learner else None)
