"""Drafts and lessons in a real browser: reload, several tabs, and a restart of the server."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.experiments.queue.store import Store
from components.teaching.lessons import library
from components.teaching.rooms.content import SentLink
from components.teaching.rooms.roles import RoomLimits, Rooms
from tests.e2e.browser import idle, press, rerun
from tests.serving import free_port, server_process


def rename(page: Page, name: str) -> None:
    field = page.get_by_label("Name of input 1")
    with rerun(page):
        field.fill(name)
        field.press("Enter")


def shown(page: Page, name: str) -> None:
    expect(page.get_by_test_id("figures")).to_be_visible()
    expect(page.get_by_label("Name of input 1")).to_have_value(name)
    idle(page)


def lesson(page: Page) -> Locator:
    """Return the panel of the open lesson."""
    return page.locator(".st-key-lesson_panel")


def parameters(page: Page) -> Locator:
    """Return the figure with the number of the model's parameters."""
    return page.get_by_test_id("figures").locator("dd").first


def begins(page: Page) -> str:
    """Go to the second step of the lesson on xor. Return the text of its parameter count."""
    expect(lesson(page)).to_contain_text(library.load("xor").title)
    expect(page.get_by_test_id("figures")).to_be_visible()
    idle(page)
    lesson(page).get_by_role("button", name="Next", exact=True).click()
    expect(lesson(page)).to_contain_text("Step 2 of 4")
    return parameters(page).inner_text()


def by_link(page: Page, address: str, _: str) -> None:
    page.goto(f"{address}/?lesson=xor")


def from_learn(page: Page, address: str, _: str) -> None:
    page.goto(f"{address}/Learn")
    page.locator(".st-key-learn_xor").get_by_role("button", name="Open").first.click()


def by_note(page: Page, address: str, room: str) -> None:
    """Open this lesson from the teacher's note, as a learner who has another lesson."""
    page.goto(f"{address}/?room={room}&lesson=sums")
    page.get_by_label("Nickname").fill("Ada")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    idle(page)
    page.locator(".st-key-room_line").get_by_role("link", name="Open").click()


@pytest.mark.matrix
def test_a_lesson_outlives_the_server_however_it_was_opened(
    browser: Browser, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    port, env, pages = free_port(), {"FUSION_DATABASE_URL": url}, dict[Page, str]()
    come_back = ExitStack()
    with server_process(env=env, port=port) as server, closing(Store(url)) as store:
        rooms = Rooms(store, "a" * 32, RoomLimits())
        room, _ = rooms.open()
        rooms.teacher(room).send(SentLink.of_lesson("xor"))
        for opens in (by_link, from_learn, by_note):
            page = browser.new_context().new_page()
            opens(page, server.address, room)
            pages[page] = begins(page)
            come_back.enter_context(rerun(page))
    with server_process(env=env, port=port):
        come_back.close()
        for page, count in pages.items():
            expect(parameters(page)).to_have_text(count)
            lesson(page).get_by_role("button", name="Back", exact=True).click()
            expect(lesson(page)).to_contain_text("Step 1 of 4")
            page.reload()
            expect(lesson(page)).to_contain_text(library.load("xor").title)
            expect(parameters(page)).to_have_text(count)
            page.context.close()


@pytest.mark.matrix
def test_a_draft_outlives_the_server_with_its_undo_whatever_page_is_opened_first(
    browser: Browser, tmp_path: Path
) -> None:
    port, env = free_port(), {"FUSION_DATABASE_URL": f"sqlite:///{tmp_path / 'runs.sqlite'}"}
    context = browser.new_context()
    with server_process(env=env, port=port) as server:
        page = context.new_page()
        page.goto(server.address)
        shown(page, "image")
        rename(page, "photo")
        address = page.url
        page.close()
    with server_process(env=env, port=port) as server:
        page = context.new_page()
        page.goto(f"{server.address}/Train")
        expect(page.locator(".samples")).to_be_visible()
        page.goto(address)
        shown(page, "photo")
        press(page.locator(".st-key-undo button").first)
        shown(page, "image")
    context.close()
