"""A design record as a page: self-contained, with only its own script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from components.sharing.record.author import AuthorNotes
from components.sharing.record.contents import record_of
from components.sharing.record.forms import FORMS
from components.sharing.record.subject import RecordSubject
from tests.e2e.access import findings
from tests.e2e.browser import step
from tests.experiments.races.support import two_vectors

CRAFTED = "<img src=x onerror=window.ran=1><script>window.ran=1</script>"
TRANSFORM = "document.querySelector('.stage img').style.transform"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    encoder = {"kind": "dense", "units": 4}
    part = {"kind": "vector", "features": 2, "encoder": encoder, "label": CRAFTED[:60]}
    architecture = two_vectors(inputs=[{"name": name, **part} for name in ("a", "b")])
    path = tmp_path / "record.html"
    path.write_bytes(
        FORMS["html"]().write(record_of(RecordSubject(architecture), AuthorNotes(why=CRAFTED)))
    )
    return path


def shown(page: Page, theme: str) -> bool:
    return page.locator(f".stage .{theme}").is_visible()


def test_a_record_stands_alone(browser: Browser, file: Path) -> None:
    with browser.new_context(offline=True, color_scheme="light") as context:
        page, requests, errors = context.new_page(), list[str](), list[str]()
        page.on("request", lambda one: requests.append(one.url))
        page.on("console", lambda one: errors.append(one.text))
        page.on("pageerror", lambda one: errors.append(str(one)))
        page.goto(file.as_uri())
        with step("nothing is requested, and no text of a person runs"):
            assert {url for url in requests if not url.startswith("data:")} == {file.as_uri()}
            assert page.evaluate("window.ran") is None
            assert errors == []
            assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        with step("the picture is zoomed and dragged"):
            page.get_by_role("button", name="Zoom in").click()
            assert "scale(1.25)" in page.evaluate(TRANSFORM)
            before = page.evaluate(TRANSFORM)
            page.locator(".stage").hover()
            page.mouse.down()
            page.mouse.move(500, 300)
            page.mouse.up()
            assert page.evaluate(TRANSFORM) != before
            page.get_by_role("button", name="Show all").click()
            assert page.evaluate(TRANSFORM) == "translate(0px, 0px) scale(1)"
        with step("it follows the colours of the reader, and is light on paper"):
            assert (shown(page, "light"), shown(page, "dark")) == (True, False)
            page.emulate_media(color_scheme="dark")
            assert (shown(page, "light"), shown(page, "dark")) == (False, True)
            page.emulate_media(color_scheme="dark", media="print")
            assert (shown(page, "light"), shown(page, "dark")) == (True, False)
            assert page.get_by_role("button").count() == 0
        with step("it is accessible"):
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme, media="screen")
                assert findings(page) == []
        with step("nothing sticks out of the screen of a phone"):
            page.set_viewport_size({"width": 390, "height": 800})
            wide = "document.documentElement.scrollWidth"
            assert page.evaluate(wide) <= 390
