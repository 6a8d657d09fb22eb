"""Drafts in a real browser: reload, more tabs, another visitor, and a restart of the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import idle, press, rerun, step
from tests.e2e.conftest import visitor
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


def test_each_tab_has_a_draft_of_its_own_which_a_reload_finds(
    browser: Browser, page: Page, address: str
) -> None:
    with visitor(browser) as mine:
        mine.goto(address)
        shown(mine, "image")
        rename(mine, "photo")
        link = mine.url
        with step("a second tab with the draft's address opens a copy"):
            tab = mine.context.new_page()
            tab.goto(link)
            shown(tab, "photo")
            expect(tab).not_to_have_url(link)
            rename(tab, "second")
        with step("another visitor sees nothing of a draft whose address they have"):
            page.goto(link)
            shown(page, "image")
            rename(page, "strange")
        with step("a reload finds what its tab had"):
            rename(mine, "picture")
            for one, name in ((tab, "second"), (mine, "picture")):
                one.reload()
                shown(one, name)


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
