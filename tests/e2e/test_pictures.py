"""Windows of the pictures in the documents, which must not cut anything off."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests.e2e.pictures import grow

pytestmark = pytest.mark.matrix
WIDTH, HEIGHT = 400, 300
BOX = '<div style="border: 1px solid; height: 500px">A box</div>'
FOOT = (
    '<div style="position: fixed; bottom: 0; height: 80px; width: 100%; background: white"></div>'
)
ENDLESS = '<div style="border: 1px solid; height: 101vh">A box as high as the window</div>'


@pytest.mark.parametrize(("content", "least"), [(BOX, 500), (BOX + FOOT, 580)])
def test_a_window_grows_until_it_cuts_no_box(browser: Browser, content: str, least: int) -> None:
    with closing(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})) as page:
        page.set_content(content)
        grow(page, page.locator("body"), WIDTH)
        assert least < page.evaluate("innerHeight") < least + 40


def test_a_box_that_stays_cut_is_named(browser: Browser) -> None:
    with closing(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})) as page:
        page.set_content(ENDLESS)
        with pytest.raises(AssertionError, match="A box as high"):
            grow(page, page.locator("body"), WIDTH)
