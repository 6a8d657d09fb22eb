"""A class: a teacher and learners, each in their own browser."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.app.parts.frame.cookie import COOKIE
from components.experiments.queue.store import Store
from components.teaching.lessons import library
from components.teaching.rooms.content import SentLink
from components.teaching.rooms.plan import shipped_plans
from components.teaching.rooms.roles import RoomLimits, Rooms
from tests.e2e.browser import idle, press, step
from tests.e2e.conftest import visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.clock

LESSON = "xor"
PLAN = shipped_plans()["demo"]
NOBODY = "Nobody has joined yet"


@contextmanager
def learner(browser: Browser, link: str, newcomer: bool = False) -> Iterator[Page]:
    """Open the page of Ada, who has joined by the link of a room."""
    with visitor(browser, newcomer=newcomer) as page:
        page.goto(link)
        page.get_by_label("Nickname").fill("Ada")
        page.get_by_role("button", name="Join", exact=True).click()
        expect(page.locator(".st-key-room_panel button").first).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        yield page


def note(page: Page) -> Locator:
    """Return the teacher's note to a learner."""
    return page.locator(".st-key-room_line")


def test_a_room_is_opened_joined_and_closed(browser: Browser, page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("figures")).to_be_visible()
    with step("a teacher opens a room"):
        idle(page)
        page.get_by_role("button", name="Class room").click()
        page.get_by_role("button", name="Open a class room").click()
        expect(page.get_by_role("dialog").get_by_text("Only this computer")).to_be_visible()
        page.get_by_role("link", name="Go to the class room").click()
        expect(page.get_by_text(NOBODY)).to_be_visible()
    with step("a reload finds it"):
        page.reload()
        expect(page.get_by_text(NOBODY)).to_be_visible()
        expect(page).not_to_have_url(re.compile("teach"))
        link = page.locator(".room-sign b").inner_text()
    with learner(browser, link, newcomer=True) as ada:
        with step(
            "a learner who joins by its link is in the grid, and has no hints of the first visit"
        ):
            row = page.locator(".room-grid").get_by_role("rowheader", name="Ada", exact=True)
            expect(row).to_be_visible()
            ada.wait_for_function("() => window.fusionHints")
            expect(ada).to_have_url(re.compile("room="))
            expect(ada.get_by_role("complementary", name="First steps")).to_be_hidden()
        with step("she follows her teacher to another page, and goes her own way"):
            press(page.get_by_role("button", name="Follow me"))
            expect(page.get_by_role("button", name="End Follow me")).to_be_visible()
            expect(note(ada)).to_contain_text("You follow your teacher")
            before = ada.get_by_test_id("figures").inner_text()
            page.get_by_role("link", name="Build").click()
            expect(page.get_by_test_id("figures")).to_be_visible()
            idle(page)
            page.get_by_role("slider").first.press("ArrowRight")
            expect(ada.get_by_test_id("figures")).not_to_have_text(before, use_inner_text=True)
            page.get_by_role("link", name="Strategies").click()
            ada.wait_for_url("**/Strategies*")
            press(ada.get_by_role("link", name="Train", exact=True))
            expect(note(ada)).to_contain_text("Your teacher shows a page")
            expect(ada).to_have_url(re.compile("/Train.*room="))
            press(page.get_by_role("link", name="follows you"))
            expect(page.get_by_role("button", name="End Follow me")).to_be_visible()
        with step("the room is closed, and all are informed"):
            idle(page)
            page.get_by_role("button", name="Close the room").click()
            page.get_by_role("button", name="Close it now").click()
            expect(page.get_by_text("This page is for the teacher")).to_be_visible()
            expect(ada.get_by_text("was closed. Your models")).to_be_visible()
            expect(ada).not_to_have_url(re.compile("room="))


def test_a_class_has_a_lesson_and_a_vote(browser: Browser, address: str, database: str) -> None:
    teaching = uuid.uuid4().hex
    with closing(Store(database)) as store, visitor(browser) as page:
        rooms = Rooms(store, teaching, RoomLimits())
        code, _ = rooms.open()
        teacher = rooms.teacher(code)
        page.context.add_cookies([{"name": COOKIE, "value": teaching, "url": address}])
        page.goto(f"{address}/Room")
        expect(page.get_by_text(NOBODY)).to_be_visible()
        with learner(browser, f"{address}/?room={code}") as ada:
            panel = ada.locator(".st-key-lesson_panel")
            with step("a lesson is sent, and opened"):
                teacher.send(SentLink.of_lesson(LESSON))
                expect(note(ada)).to_contain_text("Your teacher sends a lesson")
                note(ada).get_by_role("link", name="Open").click()
                expect(panel).to_contain_text(library.load(LESSON).title)
                expect(note(ada)).to_be_hidden()
            with step("a check that fails is seen in the grid"):
                idle(ada)
                panel.get_by_text("f and g need more layers").click()
                idle(ada)
                panel.get_by_role("button", name="Check").click()
                expect(page.locator(".room-grid tbody tr")).to_contain_text("✗ 1")
            with step("a vote and its answers are seen beside the lesson"):
                teacher.open_vote("Which merge wins?", ["sum", "product"])
                expect(note(ada)).to_contain_text("Which merge wins?")
                note(ada).get_by_text("product", exact=True).click()
                note(ada).get_by_role("button", name="Lock the vote").click()
                expect(note(ada)).to_be_hidden()
                teacher.change_vote(shown=True)
                expect(note(ada).locator(".histogram")).to_contain_text("1 learner")
                assert_apart(note(ada), panel)


def test_a_plan_continues_by_keys_on_the_projector(
    browser: Browser, address: str, database: str
) -> None:
    teaching = uuid.uuid4().hex
    with closing(Store(database)) as store, visitor(browser) as page:
        rooms = Rooms(store, teaching, RoomLimits())
        code, _ = rooms.open()
        rooms.teacher(code).use_plan(PLAN.yaml_text())
        page.context.add_cookies([{"name": COOKIE, "value": teaching, "url": address}])
        page.goto(f"{address}/Room?present=1")
        go_on = page.locator(".st-key-plan_next button").first
        expect(go_on).to_contain_text("Begin: Come in")
        with learner(browser, f"{address}/?room={code}") as ada:
            with step("keys start the next item, and the learner is asked"):
                idle(page)
                page.keyboard.press("ArrowRight")
                expect(page.get_by_text("Join with the code. You only")).to_be_visible()
                idle(page)
                page.keyboard.press("Space")
                expect(note(ada)).to_contain_text("You see one switch only")
                expect(page.locator(".st-key-plan_choices")).to_contain_text("Always")
            with step("the button asks while somebody has not answered"):
                expect(page.get_by_text("0 of 1 have answered")).to_be_visible()
                idle(page)
                page.keyboard.press("ArrowRight")
                expect(go_on).to_contain_text("0 of 1 have answered: go on?")
                note(ada).get_by_text("Always", exact=True).click()
                note(ada).get_by_role("button", name="Lock the vote").click()
                expect(go_on).to_contain_text("Next: What do you think?")
            with step("a race starts though its teacher leaves as it begins"):
                teacher = rooms.teacher(code)
                race = [item.kind for item in PLAN.items].index("race")
                teacher.go(1, race - 1)
                expect(go_on).to_contain_text(f"Next: {PLAN.items[race].title}")
                press(go_on)
                expect(go_on).to_contain_text("go on?")
                press(go_on)
                begun = wait_until(lambda: teacher.content().item_race)
                assert begun is not None
                page.close()
                wait_until(lambda: not teacher.content().races[-1].due)
                assert [one.id for one in store.sweeps.list(teaching)] == [begun.sweep]
            with step("returning visitors see it"), visitor(browser) as again:
                again.context.add_cookies([{"name": COOKIE, "value": teaching, "url": address}])
                again.goto(f"{address}/Room?present=1")
                expect(again.get_by_text("of 12 runs have ended")).to_be_visible()
                expect(again.locator(".st-key-room_race_board")).to_contain_text("Multiply")
                store.sweeps.end(begun.sweep)


def assert_apart(one: Locator, other: Locator) -> None:
    """Check that two parts of a page overlap neither each other nor a sidebar beside the page."""
    page = one.page
    sidebar = page.get_by_test_id("stSidebar")
    for width in (390, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        idle(page)
        first, second, side = one.bounding_box(), other.bounding_box(), sidebar.bounding_box()
        assert first is not None
        assert second is not None
        if width > 900:
            assert side is not None
            assert side["x"] + side["width"] <= first["x"]
        beside = first["x"] + first["width"] <= second["x"]
        assert beside or first["y"] + first["height"] <= second["y"]
