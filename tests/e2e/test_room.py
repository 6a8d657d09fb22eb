"""A class: a teacher and five learners, each in a browser of their own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.export.link import PARAMETER, share
from components.lessons import library
from components.training.room_roles import RoomLimits, Rooms
from components.training.store import Store
from components.ui.room import lesson_checks
from sample_data import presets
from tests.e2e.browser import NO_HINTS, choose, idle, press

NAMES = ("Ada", "Ben", "Cleo", "Dan", "<b>Eve</b>")


@pytest.fixture
def people(browser: Browser) -> Iterator[list[Page]]:
    """The pages of the teacher and of five learners, whose scripts must not fail."""
    contexts = [browser.new_context(viewport={"width": 1280, "height": 800}) for _ in range(6)]
    pages, failures = [], list[str]()
    for context in contexts:
        context.set_default_timeout(60_000)
        context.add_init_script(NO_HINTS)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        pages.append(page)
    yield pages
    for context in contexts:
        context.close()
    assert not failures


def test_a_class_from_the_first_code_to_the_closed_room(
    people: list[Page], address: str, small_model: str
) -> None:
    teacher, *learners = people
    ada, ben, cleo, dan, eve = learners
    code = open_room(teacher, address)
    for page, name in zip(learners, NAMES, strict=True):
        join(page, f"{address}/?room={code}", name)
    grid = teacher.locator(".room-grid")
    for name in NAMES:
        expect(grid.get_by_role("rowheader", name=name, exact=True)).to_be_visible()

    bet(teacher, ada, ben)
    for page in learners:
        assert seen_of_others(page, learners.index(page)) == []

    train(ben, small_model)
    view(teacher, "Class")
    expect(row(grid, "Ben")).to_contain_text("finished")
    check_until_stuck(teacher, cleo)

    show_run(teacher, "Ben")
    copy = line(dan)
    expect(copy).to_contain_text("Your teacher shows a run")
    expect(copy).not_to_contain_text("Ben")
    copy.get_by_role("link", name="Open a copy").click()
    expect(dan.locator("g.node").first).to_be_visible()
    expect(line(dan)).to_be_hidden()

    gated = share(presets.load("movie_genres"))
    cleo.goto(f"{address}/?{PARAMETER}={gated}")
    expect(panel(cleo)).to_be_visible()
    idle(cleo)
    race(teacher, ada, cleo)
    view(teacher, "Class")
    rows = table_of(teacher)
    assert [one["nickname"] for one in rows] == list(NAMES)
    assert [one["Which merge wins?"] for one in rows] == ["product", "sum", "", "", ""]
    assert rows[2]["stuck"] == "yes"

    forbidden(eve, address, code)
    teacher.get_by_role("button", name="Close the room").click()
    teacher.get_by_role("button", name="Close it now").click()
    expect(teacher.get_by_text("This page is for the teacher")).to_be_visible()
    expect(ada.get_by_text("You are no longer in a class room")).to_be_visible()
    ada.goto(f"{address}/?room={code}")
    ada.get_by_label("Nickname").fill("Ada")
    ada.get_by_role("button", name="Join", exact=True).click()
    expect(ada.get_by_role("dialog").get_by_text("A room must be open")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_note_is_the_newest_and_leaves_the_lesson_free(
    browser: Browser, address: str, database: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(60_000)
    page = context.new_page()
    with closing(Store(database)) as store:
        rooms = Rooms(store, f"{width:032x}", RoomLimits())
        code, _ = rooms.open()
        teacher = rooms.teacher(code)
        join(page, f"{address}/?room={code}", "Ada")
        teacher.send(lesson_checks.sent_lesson("xor"))
        teacher.open_bet("Which merge wins?", ["sum", "product"])
        expect(line(page).get_by_text("Which merge wins?")).to_be_visible()
        teacher.send(lesson_checks.sent_lesson("xor"))
        expect(line(page)).to_contain_text("Your teacher sends a lesson")
        line(page).get_by_role("link", name="Open").click()
        panel = page.locator(".st-key-lesson_panel")
        expect(panel).to_be_visible()
        expect(line(page)).to_be_hidden()
        teacher.open_bet("And now?", ["sum", "product"])
        expect(line(page)).to_contain_text("And now?")
        assert not meet(line(page), panel)
        line(page).get_by_text("sum", exact=True).click()
        expect(line(page)).to_be_hidden()
        teacher.change_bet(shown=True)
        expect(line(page).locator(".histogram")).to_contain_text("1 learner")
        assert not meet(line(page), panel)
        page.reload()
        expect(line(page).locator(".histogram")).to_be_visible()
        line(page).get_by_role("button", name="Close this message").click()
        expect(line(page)).to_be_hidden()
        page.reload()
        expect(panel).to_be_visible()
        expect(line(page)).to_be_hidden()
        expect(page.locator(".hints")).to_be_hidden()
        teacher.close()
    context.close()


def meet(one: Locator, other: Locator) -> bool:
    """Whether two parts of a page lie over each other."""
    first, second = one.bounding_box(), other.bounding_box()
    assert first is not None
    assert second is not None
    beside = first["x"] + first["width"] <= second["x"]
    return not (beside or first["y"] + first["height"] <= second["y"])


def open_room(teacher: Page, address: str) -> str:
    """Open a room from the Build page. Neither address nor page keep the secret."""
    teacher.goto(address)
    expect(teacher.get_by_test_id("figures")).to_be_visible()
    idle(teacher)
    teacher.get_by_role("button", name="Class room").click()
    teacher.get_by_role("button", name="Open a class room").click()
    expect(teacher.get_by_role("dialog").get_by_text("Only this computer")).to_be_visible()
    teacher.get_by_role("link", name="Go to the class room").click()
    expect(teacher.get_by_text("Nobody has joined yet")).to_be_visible()
    teacher.reload()
    expect(teacher.get_by_text("Nobody has joined yet")).to_be_visible()
    assert "teach" not in teacher.url
    return teacher.locator(".room-sign .code").inner_text().replace(" ", "")


def join(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Nickname").fill(name)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(panel(page)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "room=" not in page.url


def panel(page: Page) -> Locator:
    return page.locator(".st-key-room_panel button").first


def line(page: Page) -> Locator:
    return page.locator(".st-key-room_line")


def row(grid: Locator, name: str) -> Locator:
    return grid.get_by_role("row").filter(has=grid.page.get_by_role("rowheader", name=name))


def view(teacher: Page, name: str) -> None:
    press(teacher.locator(".st-key-room_view").get_by_text(name, exact=True))


def bet(teacher: Page, ada: Page, ben: Page) -> None:
    """The class bets; nobody sees how many chose what before the teacher shows it."""
    view(teacher, "Bet")
    teacher.get_by_label("Question").fill("Which merge wins?")
    teacher.get_by_label("Choices").fill("sum\nproduct")
    teacher.get_by_role("button", name="Open the bet").click()
    line(ada).get_by_text("product", exact=True).click()
    line(ben).get_by_text("sum", exact=True).click()
    expect(teacher.get_by_text("2 of 5 learners chose. The bet is open.")).to_be_visible()
    panel(ada).click()
    expect(ada.locator(".st-key-room_bet_panel")).to_be_visible()
    expect(ada.locator(".histogram")).to_have_count(0)
    teacher.get_by_role("button", name="Close the bet").click()
    expect(teacher.get_by_role("button", name="Open it again")).to_be_visible()
    expect(ada.get_by_text("The bet is closed. You chose product.")).to_be_visible()
    ada.keyboard.press("Escape")
    teacher.get_by_role("button", name="Show the answers to all").click()
    for page in (ada, ben):
        expect(line(page).locator(".histogram")).to_contain_text("1 learner")
    line(ada).get_by_role("button", name="Close this message").click()
    expect(line(ada)).to_be_hidden()


def train(page: Page, model: str) -> None:
    page.goto(model)
    expect(panel(page)).to_be_visible()
    press(page.get_by_role("link", name="Train", exact=True))
    expect(page.locator(".samples")).to_be_visible()
    idle(page)
    page.locator(".st-key-train button").click()
    expect(page.get_by_test_id("stProgress").get_by_text("finished after")).to_be_visible()


def check_until_stuck(teacher: Page, learner: Page) -> None:
    """The class gets a lesson. A learner passes one check, and fails another three times."""
    name = library.names()[0]
    lesson = library.load(name)
    first = lesson.checks[0].id
    view(teacher, "Send")
    choose(teacher, teacher.get_by_label("Lesson", exact=True), "option", lesson.title)
    teacher.get_by_role("button", name="Send the lesson").click()
    expect(teacher.get_by_text("Sent last: the lesson")).to_be_visible()
    expect(line(learner)).to_contain_text(lesson.title)
    view(teacher, "Class")
    line(learner).get_by_role("link", name="Open").click()
    lesson_panel = learner.locator(".st-key-lesson_panel")
    number = lesson_panel.get_by_label("Your answer in %", exact=True)
    number.fill(str(lesson.answers[first]))
    number.press("Enter")
    idle(learner)
    for tries in range(1, 4):
        lesson_panel.get_by_role("button", name="Check").click()
        expect(lesson_panel).to_contain_text("lock your bet")
        expect(row(teacher.locator(".room-grid"), "Cleo")).to_contain_text(f"✗ {tries}")
    own = row(teacher.locator(".room-grid"), "Cleo")
    expect(own).to_contain_text("stuck")
    expect(own).to_contain_text("✓")
    expect(own).to_contain_text("✗ 3")


def show_run(teacher: Page, name: str) -> None:
    """Show the latest run of a learner, large; the class does not learn whose it is."""
    teacher.get_by_label("Learner", exact=True).click()
    teacher.get_by_role("option", name=name, exact=True).click()
    teacher.get_by_role("button", name="Show the latest run").click()
    expect(teacher.locator("g.node").first).to_be_visible()
    expect(teacher.locator(".figures")).to_contain_text("Accuracy")


def race(teacher: Page, ada: Page, cleo: Page) -> None:
    """Two bring a merge; one race of both; all see the board with who brought what."""
    for page in (ada, cleo):
        panel(page).click()
        page.get_by_role("button", name="Bring my merge").click()
        expect(page.get_by_text("For the class race you bring")).to_be_visible()
    view(teacher, "Race")
    teacher.get_by_label("Seeds").fill("1")
    teacher.get_by_label("Seeds").press("Enter")
    idle(teacher)
    teacher.get_by_role("button", name="Start the race").click()
    expect(teacher.get_by_text(re.compile("complete$"))).to_be_visible()
    board = ada.get_by_role("table").filter(has_text="Brought by")
    expect(board).to_contain_text("Cleo")
    ada.get_by_role("link", name="See the race").click()
    expect(ada.locator(".st-key-race_shown")).to_contain_text("Gated multimodal unit")


def table_of(teacher: Page) -> list[dict[str, str]]:
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="CSV").click()
    return list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))


def forbidden(page: Page, address: str, code: str) -> None:
    """The teacher's page has nothing for a learner."""
    page.goto(f"{address}/Room")
    expect(page.get_by_text(f"You are a learner in room {code}.")).to_be_visible()
    idle(page)
    for name in ("CSV", "Teacher's link", "Close the room", "Show the model"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert seen_of_others(page, 4) == []


def seen_of_others(page: Page, own: int) -> list[str]:
    """Nicknames of others on a learner's page."""
    text = page.locator("body").inner_text()
    others = [name for number, name in enumerate(NAMES) if number != own]
    return [name for name in others if re.search(rf"\b{re.escape(name)}(?!\w)", text)]
