"""Parts of a page that are redrawn regularly while something is awaited."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from components.app.parts.frame import page_frame


class Again(Exception):
    """Signal of a redraw of the whole page."""


class Page:
    """Page with one part, which is drawn when the test requests it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.every: float | None = None
        self.state: dict[str, Any] = {}
        self.draw: Callable[[], None] = lambda: None
        own = SimpleNamespace(fragment=self.fragment, session_state=self.state, rerun=self.rerun)
        monkeypatch.setattr(page_frame, "st", own)
        monkeypatch.setattr(page_frame, "guarded", lambda: lambda draw: draw)

    def fragment(self, run_every: float | None) -> Callable[[Any], Any]:
        self.every = run_every

        def kept(draw: Callable[[], None]) -> Callable[[], None]:
            self.draw = draw
            return draw

        return kept

    def rerun(self) -> None:
        raise Again


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


@pytest.mark.parametrize(("awaited", "every"), [(set(), None), ({"run"}, 0.5), (True, 0.5)])
def test_a_part_is_drawn_in_time_only_while_something_is_awaited(
    page: Page, awaited: bool | set[str], every: float | None
) -> None:
    page_frame.polled(lambda: awaited, lambda value: value, lambda _: None, 0.5)
    assert page.every == every


def test_each_drawing_has_one_reading_until_what_is_awaited_changes(page: Page) -> None:
    going, read, drawn = {"one", "two"}, list[int](), list[int]()

    def reading() -> int:
        read.append(len(going))
        return len(going)

    page_frame.polled(reading, lambda _: set(going), drawn.append, 0.5)
    page.draw()
    assert drawn == read == [2, 2]
    going.remove("one")
    with pytest.raises(Again):
        page.draw()


def test_the_page_is_drawn_where_a_change_was_taken_late(page: Page) -> None:
    page_frame.polled(lambda: 1, bool, lambda _: None, 0.5)
    page.state["late"] = True
    with pytest.raises(Again):
        page.draw()
