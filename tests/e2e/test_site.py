"""The documentation as a site: opened from files, without a network, and accessible."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from components.base.paths import ROOT, ours_first
from tests.e2e.access import findings

SCREENS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (1280, "light"),
    (800, "dark"),
    (390, "light"),
)
PAGES = (
    "index",
    "build",
    "run_a_class",
    "strategies",
    "commands",
    "deployment",
    "glossary",
    "limits",
)
pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, and return its folder."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    subprocess.run(command, cwd=folder, env=ours_first(), check=True)
    return folder / "build" / "site"


@contextmanager
def reader(browser: Browser, width: int, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    """Open a page for a reader, and check that it requests nothing from the network."""
    size, asked = {"width": width, "height": 800}, list[str]()
    with closing(browser.new_context(viewport=size, color_scheme=scheme)) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        yield page
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_pages_are_accessible_and_load_nothing(
    site: Path, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    with reader(browser, width, scheme) as page:
        for name in PAGES:
            page.goto(f"file://{site}/{name}.html")
            expect(page.locator("h1")).to_be_visible()
            assert findings(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_the_search_finds_a_strategy_and_leads_to_it(site: Path, browser: Browser) -> None:
    with reader(browser, 1280, "light") as page:
        page.goto(f"file://{site}/index.html")
        page.get_by_role("button", name="Search").first.click()
        page.keyboard.type("bilinear")
        page.get_by_role("option", name="(MLB)").click()
        expect(page).to_have_url(re.compile(r"strategies\.html.*#low-rank-bilinear"))


def test_formulas_are_drawn_without_a_script(site: Path) -> None:
    pages = [(site / f"{name}.html").read_text("utf-8") for name in ("strategies", "relations")]
    assert all("<math" in text for text in pages)
