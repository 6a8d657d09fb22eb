"""How a page of the app is set up: with the class room in its bar and the open lesson beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.ui.frame import open_lesson, page_frame
from components.ui.room.bar import room_bar
from components.ui.widgets import projector


class _Hooks:
    """While no lesson is open, only the session and the address are looked at."""

    def begin(self) -> None:
        wanted = st.session_state.get(open_lesson.WANTED)
        addressed = st.query_params.get(open_lesson.PARAMETER)
        if wanted or addressed:
            from components.ui.lesson import opening

            opening.begin(wanted, addressed)

    def beside(self, page: str) -> None:
        if open_lesson.current() is not None and not projector.on():
            from components.ui.lesson import panel

            panel.show(page)


@contextmanager
def page(title: str, heading: str, *, lessons: bool = True) -> Iterator[None]:
    """Set a page up, as `page_frame.page`; with `lessons` the open one stands beside it."""
    with page_frame.page(title, heading, room_bar, _Hooks() if lessons else None):
        yield
