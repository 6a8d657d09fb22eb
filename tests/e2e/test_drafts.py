"""Drafts in a real browser: reload, second tab, another visitor, and a restart of the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from components.export.link import share
from sample_data import presets
from tests.e2e.browser import idle, press, rerun
from tests.e2e.conftest import visitor
from tests.serving import free_port, server_process

SHARED = presets.load("siamese_digits")
LINKED = SHARED.inputs[0].name


def rename(page: Page, name: str) -> None:
    field = page.get_by_label("Name of input 1")
    with rerun(page):
        field.fill(name)
        field.press("Enter")


def shown(page: Page, name: str) -> None:
    expect(page.get_by_test_id("figures")).to_be_visible()
    expect(page.get_by_label("Name of input 1")).to_have_value(name)
    idle(page)


@pytest.fixture
def mine(browser: Browser, address: str) -> Iterator[Page]:
    """The page of a visitor whose first input is a photo, in a context of its own for more tabs."""
    with visitor(browser) as page:
        page.goto(address)
        shown(page, "image")
        rename(page, "photo")
        yield page


def test_a_reload_finds_the_draft_and_a_second_tab_opens_a_copy(mine: Page, address: str) -> None:
    mine.reload()
    shown(mine, "photo")
    tab = mine.context.new_page()
    tab.goto(address)
    shown(tab, "photo")
    assert tab.url != mine.url
    rename(tab, "second")
    rename(mine, "picture")
    for page, name in ((tab, "second"), (mine, "picture")):
        page.reload()
        shown(page, name)


def test_the_same_draft_in_two_tabs_is_a_copy_in_the_second(mine: Page) -> None:
    twice = mine.context.new_page()
    twice.goto(mine.url)
    shown(twice, "photo")
    expect(twice).not_to_have_url(mine.url)


def test_another_visitor_sees_nothing_of_a_draft_whose_address_they_have(
    mine: Page, page: Page
) -> None:
    page.goto(mine.url)
    shown(page, "image")
    rename(page, "strange")
    mine.reload()
    shown(mine, "photo")


def test_a_link_opens_a_copy_which_a_reload_finds_and_its_model_is_brought_back(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/?m={share(SHARED)}")
    shown(page, LINKED)
    rename(page, "copy")
    assert "m=" not in page.url
    page.reload()
    shown(page, "copy")
    press(page.locator(".st-key-back_to_link button").first)
    shown(page, LINKED)


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
