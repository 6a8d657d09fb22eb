"""One server with a database of its own, and one browser, for all browser tests."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser import NO_HINTS, chromium, idle, link_to_small_model
from tests.serving import server_process

PATIENCE = 60_000
"""Milliseconds after which a test gives up: other work may take most of the machine."""
WINDOW: ViewportSize = {"width": 1280, "height": 800}
OWN = re.compile(r"(http|ws)://(127\.0\.0\.1|localhost)[:/]|(data|blob|about):")
"""What a page may ask for: its server, and what it holds itself."""

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """All browser tests share one server and one browser."""
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
    """The folder of the server's database and log."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def database(folder: Path) -> str:
    """The URL of the server's database."""
    return f"sqlite:///{folder / 'runs.sqlite'}"


@pytest.fixture(scope="session")
def address(database: str, folder: Path) -> Iterator[str]:
    """The server's address. Whatever its visitors do, it never loads TensorFlow itself."""
    env = {"FUSION_DATABASE_URL": database, "FUSION_BUILDERS": "1", "FUSION_PACE": "100"}
    with server_process(env=env, log=folder / "log") as started:
        yield started.address
        if sys.platform == "linux":
            parts = psutil.Process(started.process.pid).memory_maps()
            assert not [part.path for part in parts if "tensorflow" in part.path]


@pytest.fixture(scope="session")
def small_model(address: str) -> str:
    return link_to_small_model(address)


@contextmanager
def visitor(
    browser: Browser, window: ViewportSize = WINDOW, newcomer: bool = False, touch: bool = False
) -> Iterator[Page]:
    """The page of another person. Its scripts must not fail, nor ask any but their server.

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
    """What a browser says of something that the policy of the page's content doesn't allow."""
    return [text] if "Content Security Policy" in text else []


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One context, so that Streamlit's own scripts are fetched once."""
    shared = browser.new_context(viewport=WINDOW, reduced_motion="reduce")
    shared.set_default_timeout(PATIENCE)
    shared.add_init_script(NO_HINTS)
    yield shared
    shared.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A newcomer's page. Its scripts must not fail, nor ask any host but their server."""
    context.clear_cookies()
    with watched(context) as opened:
        yield opened


@pytest.fixture
def build(page: Page, address: str) -> Page:
    """The Build page with the default model."""
    page.goto(address)
    expect(page.locator("g.node#relevance")).to_be_visible()
    idle(page)
    return page
