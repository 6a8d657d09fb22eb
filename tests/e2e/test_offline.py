"""The app on a network without internet: no page asks any host but its own server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.browser import idle, press

_REFUSALS = """
addEventListener("securitypolicyviolation", (event) => {
  (window.refused ??= []).push(`${event.violatedDirective}: ${event.blockedURI}`);
});
"""


@pytest.fixture
def offline(page: Page, context: BrowserContext, address: str) -> Iterator[Page]:
    """A page that reaches its server only. The test fails if it asks for anything else."""
    elsewhere: list[str] = []

    def decide(route: Route) -> None:
        if route.request.url.startswith(f"{address}/"):
            route.fallback()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    page.route("**/*", decide)
    page.on("websocket", lambda socket: elsewhere.append(socket.url))
    page.add_init_script(_REFUSALS)
    yield page
    own = address.replace("http", "ws", 1)
    assert [url for url in elsewhere if not url.startswith(f"{own}/")] == []
    assert page.evaluate("() => window.refused ?? []") == []


def test_build(offline: Page, address: str) -> None:
    offline.goto(address)
    expect(offline.get_by_test_id("figures")).to_be_visible()
    view = offline.locator(".st-key-view")
    view.get_by_text("Interactive", exact=True).click()
    expect(offline.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible()
    view.get_by_text("Summary", exact=True).click()
    expect(offline.get_by_test_id("stDataFrame")).to_be_visible()
    view.get_by_text("Code", exact=True).click()
    expect(offline.locator(".line[data-node]").first).to_be_visible()
    idle(offline)
    offline.locator(".st-key-share button").first.click()
    expect(offline.get_by_test_id("stCode")).to_be_visible()


def test_train(offline: Page, small_model: str) -> None:
    offline.goto(small_model)
    press(offline.get_by_role("link", name="Train"))
    expect(offline.locator(".samples")).to_be_visible()
    offline.locator(".st-key-train button").click()
    expect(offline.get_by_text("finished after 2 epochs")).to_be_visible()
    expect(offline.locator("[class*=st-key-chart] canvas").first).to_be_attached()
    idle(offline)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("Compare", "Which strategy wins, and why?"),
        ("Strategies", "Concatenate"),
        ("Viewer", "2,554,968"),
        ("Learn", "When is a sum enough?"),
        ("Admin", "Teacher's view"),
    ],
)
def test_other_pages(offline: Page, address: str, path: str, shown: str) -> None:
    offline.goto(f"{address}/{path}")
    expect(offline.get_by_text(shown).first).to_be_visible()
    expect(offline.get_by_text("Loading TensorFlow")).to_have_count(0)
    idle(offline)
