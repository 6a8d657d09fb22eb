"""Drafts in a real browser: reload, second tab, another visitor, and a restart of the server."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from components.export.link import share
from sample_data import presets
from tests.e2e.browser import idle, press, rerun
from tests.serving import free_port, server_process

SHARED = presets.load("siamese_digits")


def rename(page: Page, name: str) -> None:
    field = page.get_by_label("Name of input 1")
    with rerun(page):
        field.fill(name)
        field.press("Enter")


def shown(page: Page, name: str) -> None:
    expect(page.get_by_test_id("figures")).to_be_visible()
    expect(page.get_by_label("Name of input 1")).to_have_value(name)
    idle(page)


def test_a_tab_keeps_its_draft_over_a_reload_a_second_tab_and_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    env = {"FUSION_DATABASE_URL": f"sqlite:///{tmp_path / 'runs.sqlite'}"}
    mine, other = browser.new_context(), browser.new_context()
    with server_process(env=env, port=port) as server:
        page = mine.new_page()
        page.goto(server.address)
        shown(page, "image")
        rename(page, "photo")
        page.reload()
        shown(page, "photo")
        # A second tab opens a copy: neither changes the other.
        tab = mine.new_page()
        tab.goto(page.url.partition("?")[0])
        shown(tab, "photo")
        assert tab.url != page.url
        rename(tab, "second")
        rename(page, "picture")
        # Another visitor, with the address of the first one's draft, sees nothing of it.
        stranger = other.new_page()
        stranger.goto(page.url)
        shown(stranger, "image")
        rename(stranger, "strange")
        # A shared link opens a copy, which a reload finds, and its model can be brought back.
        stranger.goto(f"{server.address}/?m={share(SHARED)}")
        shown(stranger, SHARED.inputs[0].name)
        rename(stranger, "copy")
        assert "m=" not in stranger.url
        stranger.reload()
        shown(stranger, "copy")
        press(stranger.locator(".st-key-back_to_link button").first)
        shown(stranger, SHARED.inputs[0].name)
        # The same draft in two tabs: the second one gets a copy of its own.
        twice = other.new_page()
        twice.goto(stranger.url)
        shown(twice, SHARED.inputs[0].name)
        expect(twice).not_to_have_url(stranger.url)
        address, second = page.url, tab.url
    for context in (mine, other):
        for opened in context.pages:
            opened.close()
    with server_process(env=env, port=port):
        page = mine.new_page()
        page.goto(address)
        shown(page, "picture")
        press(page.locator(".st-key-undo button").first)
        shown(page, "photo")
        page.goto(second)
        shown(page, "second")
        page.goto(address.partition("?")[0])
        shown(page, "photo")
    mine.close()
    other.close()
