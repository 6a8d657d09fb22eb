"""One server with its own database, and one browser, for all browser tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser import NO_HINTS, chromium, idle, link_to_small_model
from tests.serving import server_process

PATIENCE = 60_000
"""Timeout of a browser action in milliseconds; long, because other work may use the machine."""
WINDOW: ViewportSize = {"width": 1280, "height": 800}
OWN = re.compile(r"(http|ws)://(127\.0\.0\.1|localhost)[:/]|(data|blob|about):")
"""Addresses that a page may request: its own server, and data within the page."""

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put all browser tests in one group, because they share a server and a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("e2e"))
    yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server's database and log."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def database(folder: Path) -> str:
    """Return the URL of the server's database."""
    return f"sqlite:///{folder / 'runs.sqlite'}"


@pytest.fixture(scope="session")
def address(database: str, folder: Path) -> Iterator[str]:
    """Start the server, yield its address, and check that it never loaded TensorFlow itself."""
    env = {
        "FUSION_DATABASE_URL": database,
        "FUSION_BUILDERS": "1",
        "FUSION_PACE": "100",
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",  # As `run.py` does, on every network.
    }
    with server_process(env=env, log=folder / "log") as started:
        yield started.address
        assert started.loads_keras() == []


@pytest.fixture(scope="session")
def small_model(address: str) -> str:
    return link_to_small_model(address)


@contextmanager
def visitor(
    browser: Browser, window: ViewportSize = WINDOW, newcomer: bool = False, touch: bool = False
) -> Iterator[Page]:
    """Open the page of another person, and check that it has no script errors or foreign requests.

    A newcomer's browser has not closed the hints of the first visit.
    """
    context = browser.new_context(viewport=window, reduced_motion="reduce", has_touch=touch)
    context.set_default_timeout(PATIENCE)
    if not newcomer:
        context.add_init_script(NO_HINTS)
    with watched(context) as page:
        yield page
    context.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    page, failures = context.new_page(), list[str]()
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("request", lambda request: failures.append(request.url))
    page.on("websocket", lambda socket: failures.append(socket.url))
    page.on("console", lambda message: failures.extend(refused(message.text)))
    yield page
    page.close()
    assert [failure for failure in failures if not OWN.match(failure)] == []


def refused(text: str) -> list[str]:
    """Return a console message in a list if it reports a breach of the Content Security Policy."""
    return [text] if "Content Security Policy" in text else []


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open one context for all tests, so that Streamlit's own scripts are fetched once."""
    shared = browser.new_context(viewport=WINDOW, reduced_motion="reduce")
    shared.set_default_timeout(PATIENCE)
    shared.add_init_script(NO_HINTS)
    yield shared
    shared.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a newcomer's page, and check that it has no script errors or foreign requests."""
    context.clear_cookies()
    with watched(context) as opened:
        yield opened


@pytest.fixture
def build(page: Page, address: str) -> Page:
    """Open the Build page with the default model."""
    page.goto(address)
    expect(page.locator("g.node#relevance")).to_be_visible()
    idle(page)
    return page
