"""Projector mode: entering and leaving it, and live updates in it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from components.sharing.links.link import PARAMETER
from tests.e2e.browser import press

ON = re.compile(r"[?&]present=1")


@pytest.fixture
def small(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return page


def test_it_is_kept_from_page_to_page_left_and_found_again_by_back(
    small: Page, small_model: str
) -> None:
    small.goto(f"{small_model}&present=1")
    sidebar = small.get_by_test_id("stSidebar")
    leave = small.get_by_role("button", name="Leave projector mode")
    expect(small.locator("#churn")).to_be_visible()
    expect(sidebar).to_be_hidden()
    expect(small).to_have_url(re.compile(f"[?&]{PARAMETER}="))
    press(small.get_by_role("link", name="Train"))
    expect(small).to_have_url(ON)
    expect(small.locator(".st-key-charts_many svg text").first).to_be_visible()
    press(leave)
    expect(small).not_to_have_url(ON)
    expect(sidebar).to_be_visible()
    small.go_back()
    expect(leave).to_be_visible()
    expect(sidebar).to_be_hidden()
