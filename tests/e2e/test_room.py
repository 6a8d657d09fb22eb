"""A class: a teacher and learners, each in a browser of their own."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.lessons import library
from components.rooms.roles import RoomLimits, Rooms
from components.rooms.teacher import RoomTeacher
from components.runs.store import Store
from components.ui.kit.visitor import COOKIE
from components.ui.room import lesson_checks
from tests.e2e.browser import idle, press
from tests.e2e.conftest import visitor

LESSON = "xor"


@dataclass(frozen=True)
class ClassRoom:
    """An open room: its code, what its teacher may do, and the teacher's page."""

    code: str
    teacher: RoomTeacher
    page: Page


@pytest.fixture
def room(browser: Browser, address: str, database: str) -> Iterator[ClassRoom]:
    """A room that was opened a moment ago."""
    teaching = uuid.uuid4().hex
    with closing(Store(database)) as store, person(browser, address, teaching) as page:
        rooms = Rooms(store, teaching, RoomLimits())
        code, _ = rooms.open()
        page.goto(f"{address}/Room")
        expect(page.get_by_text("Nobody has joined yet")).to_be_visible()
        yield ClassRoom(code, rooms.teacher(code), page)


@pytest.fixture
def ada(browser: Browser, address: str, room: ClassRoom) -> Iterator[Page]:
    """The page of a learner who has joined by the room's link."""
    with visitor(browser) as page:
        page.goto(f"{address}/?room={room.code}")
        page.get_by_label("Nickname").fill("Ada")
        page.get_by_role("button", name="Join", exact=True).click()
        expect(page.locator(".st-key-room_panel button").first).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert "room=" not in page.url
        yield page


@contextmanager
def person(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """The page of a visitor whom the server knows by a name."""
    with visitor(browser) as page:
        page.context.add_cookies([{"name": COOKIE, "value": name, "url": address}])
        yield page


def note(page: Page) -> Locator:
    """What the teacher says to a learner."""
    return page.locator(".st-key-room_line")


def view(teacher: Page, name: str) -> None:
    press(teacher.locator(".st-key-room_view").get_by_text(name, exact=True))


def test_a_room_is_opened_kept_over_a_reload_and_closed(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("figures")).to_be_visible()
    idle(page)
    page.get_by_role("button", name="Class room").click()
    page.get_by_role("button", name="Open a class room").click()
    expect(page.get_by_role("dialog").get_by_text("Only this computer")).to_be_visible()
    page.get_by_role("link", name="Go to the class room").click()
    expect(page.get_by_text("Nobody has joined yet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Nobody has joined yet")).to_be_visible()
    assert "teach" not in page.url
    page.get_by_role("button", name="Close the room").click()
    page.get_by_role("button", name="Close it now").click()
    expect(page.get_by_text("This page is for the teacher")).to_be_visible()


def test_a_learner_who_joins_is_in_the_grid_and_hears_that_the_room_is_closed(
    room: ClassRoom, ada: Page
) -> None:
    grid = room.page.locator(".room-grid")
    expect(grid.get_by_role("rowheader", name="Ada", exact=True)).to_be_visible()
    room.teacher.close()
    expect(ada.get_by_text("You are no longer in a class room")).to_be_visible()


def test_a_class_bets_and_sees_how_many_chose_what_when_its_teacher_shows_it(
    room: ClassRoom, ada: Page
) -> None:
    view(room.page, "Bet")
    room.page.get_by_label("Question").fill("Which merge wins?")
    room.page.get_by_label("Choices").fill("sum\nproduct")
    room.page.get_by_role("button", name="Open the bet").click()
    note(ada).get_by_text("product", exact=True).click()
    expect(room.page.get_by_text("1 of 1 learner")).to_be_visible()
    room.page.get_by_role("button", name="Close the bet").click()
    expect(room.page.get_by_role("button", name="Open it again")).to_be_visible()
    expect(ada.locator(".histogram")).to_have_count(0)
    room.page.get_by_role("button", name="Show the answers to all").click()
    expect(ada.locator(".histogram")).to_be_visible()


def test_who_is_stuck_is_seen_in_the_grid_and_in_the_table(room: ClassRoom, ada: Page) -> None:
    lesson = library.load(LESSON)
    room.teacher.send(lesson_checks.sent_lesson(LESSON))
    note(ada).get_by_role("link", name="Open").click()
    panel, row = ada.locator(".st-key-lesson_panel"), room.page.locator(".room-grid tbody tr")
    expect(panel).to_contain_text(lesson.title)
    for _ in range(3):
        before = row.inner_text()
        panel.get_by_role("button", name="Check").click()
        expect(row).not_to_have_text(before, use_inner_text=True)
        idle(ada)
    expect(row).to_contain_text("stuck")
    with room.page.expect_download() as download:
        room.page.get_by_role("button", name="CSV").click()
    (ada_row,) = csv.DictReader(Path(download.value.path()).read_text().splitlines())
    assert (ada_row["nickname"], ada_row["stuck"]) == ("Ada", "yes")


def test_a_note_is_the_newest_and_leaves_the_lesson_free(room: ClassRoom, ada: Page) -> None:
    room.teacher.send(lesson_checks.sent_lesson(LESSON))
    room.teacher.open_bet("Which merge wins?", ["sum", "product"])
    expect(note(ada).get_by_text("Which merge wins?")).to_be_visible()
    room.teacher.send(lesson_checks.sent_lesson(LESSON))
    expect(note(ada)).to_contain_text("Your teacher sends a lesson")
    note(ada).get_by_role("link", name="Open").click()
    panel = ada.locator(".st-key-lesson_panel")
    expect(panel).to_be_visible()
    expect(note(ada)).to_be_hidden()
    room.teacher.open_bet("And now?", ["sum", "product"])
    expect(note(ada)).to_contain_text("And now?")
    assert_apart(note(ada), panel)
    note(ada).get_by_text("sum", exact=True).click()
    expect(note(ada)).to_be_hidden()
    room.teacher.change_bet(shown=True)
    expect(note(ada).locator(".histogram")).to_contain_text("1 learner")
    assert_apart(note(ada), panel)


def test_a_note_that_was_closed_stays_closed(room: ClassRoom, ada: Page) -> None:
    room.teacher.send(lesson_checks.sent_lesson(LESSON))
    expect(note(ada)).to_contain_text("Your teacher sends a lesson")
    ada.reload()
    expect(note(ada)).to_contain_text("Your teacher sends a lesson")
    note(ada).get_by_role("button", name="Close this message").click()
    expect(note(ada)).to_be_hidden()
    ada.reload()
    expect(ada.get_by_test_id("figures")).to_be_visible()
    idle(ada)
    expect(note(ada)).to_be_hidden()


def assert_apart(one: Locator, other: Locator) -> None:
    """Two parts of a page lie beside or below each other, on a desk and on a phone."""
    page = one.page
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        idle(page)
        first, second = one.bounding_box(), other.bounding_box()
        assert first is not None
        assert second is not None
        beside = first["x"] + first["width"] <= second["x"]
        assert beside or first["y"] + first["height"] <= second["y"]
