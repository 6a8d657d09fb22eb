"""One server with a database of its own, and one browser, for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from components.export.link import PARAMETER, share
from components.training.requests import Settings
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e.browser import NO_HINTS, chromium, server

PATIENCE = 60_000
"""Milliseconds after which a test gives up: other work may take most of the machine."""

ADMIN_TOKEN = "a-token-for-the-teacher"

expect.set_options(timeout=PATIENCE)


FILES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Half of the browser tests share one server and one browser, half another."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            half = FILES.index(item.path.stem) % 2
            item.add_marker(pytest.mark.xdist_group(f"e2e-{half}"))
    yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the server's database."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.sqlite'}"


@pytest.fixture(scope="session")
def address(database: str) -> Iterator[str]:
    env = {"FUSION_DATABASE_URL": database, "FUSION_ADMIN_TOKEN": ADMIN_TOKEN}
    with server(env=env) as started:
        yield started


def link_to_small_model(address: str, seed: int = 0) -> str:
    """The address of a small model with data and settings that are trained in a moment.

    What was trained with one seed of the data is known to all tests of the server.
    """
    data = DataSpec(relation=RELATIONS["redundant"](), samples=400, seed=seed)
    token = share(presets.load("independent_predictions"), data, Settings(epochs=2))
    return f"{address}/?{PARAMETER}={token}"


@pytest.fixture(scope="session")
def small_model(address: str) -> str:
    return link_to_small_model(address)


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One context at 1280 × 800, so that Streamlit's own scripts are fetched once."""
    size: ViewportSize = {"width": 1280, "height": 800}
    shared = browser.new_context(viewport=size, accept_downloads=True)
    shared.set_default_timeout(PATIENCE)
    shared.add_init_script(NO_HINTS)
    yield shared
    shared.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A newcomer's page. The test fails if the page's scripts fail."""
    context.clear_cookies()
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    opened.close()
    assert not failures
