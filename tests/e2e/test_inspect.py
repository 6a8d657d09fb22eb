"""The Inspect page as a person meets it: a model is trained by a link, and inspected with that."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.browser import inspect, train

CHART = "[class*=st-key-inspected-][class*=-shares] canvas"


def test_a_trained_model_is_inspected_and_its_result_is_kept(page: Page, small_model: str) -> None:
    train(page, small_model)
    inspect(page)
    assert "run=" in page.url
    expect(page.locator(CHART)).to_be_visible()
    expect(page.locator(".measures tbody tr").first).to_be_visible()
    now = page.locator(".st-key-unplug_row p").first
    expect(now).to_contain_text("All inputs are as they are")
    page.locator(".st-key-unplug_sliders").get_by_role("slider").first.press("End")
    expect(now).to_contain_text("removed: accuracy")
    expect(page.locator(".st-key-unplug_shown .samples")).to_be_visible()
    page.reload()
    expect(page.locator(CHART)).to_be_visible()
