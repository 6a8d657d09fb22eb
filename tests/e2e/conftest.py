"""One server with a database of its own, and one browser, for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import chromium, server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = tmp_path_factory.mktemp("store") / "runs.sqlite"
    with server(env={"FUSION_DATABASE_URL": f"sqlite:///{database}"}) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A newcomer's page at 1280 × 800. The test fails if the page's scripts fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.set_default_timeout(20_000)
    yield opened
    context.close()
    assert not failures
