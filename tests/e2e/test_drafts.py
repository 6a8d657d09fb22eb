"""Drafts in a real browser: reload, more tabs, another visitor, and a restart of the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

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
