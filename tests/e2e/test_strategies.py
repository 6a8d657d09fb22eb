"""The Strategies page as a person meets it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser import idle, press

OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('[class*=st-key-entry_]')].map(card =>
    [...card.querySelectorAll('h3, .chips, .quiet, button, .katex, dl, img, .why')]
      .map(e => [e, e.getBoundingClientRect()]));
  const found = [];
  for (const card of boxes) for (const [a, p] of card) for (const [b, q] of card)
    if (a !== b && !a.contains(b) && !b.contains(a) && p.left < q.right - 1 && q.left < p.right - 1
        && p.top < q.bottom - 1 && q.top < p.bottom - 1) found.push(a.outerHTML.slice(0, 80));
  return found;
}"""
WIDER = """() => [...document.querySelectorAll('[class*=st-key-entry_] *')]
  .filter(e => !e.closest('svg, .katex-mathml, [class*=st-key-formula_] *'))
  .filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture
def strategies(page: Page, address: str) -> Page:
    page.goto(f"{address}/Strategies")
    expect(card(page, "concatenate")).to_be_visible()
    return page


def card(page: Page, kind: str) -> Locator:
    return page.locator(f".st-key-entry_{kind}")


def search(page: Page, words: str) -> None:
    page.locator("input[type=search]").fill(words)


def node(page: Page, name: str) -> Locator:
    return page.locator(f"g.node#{name}")


def test_first_cards_are_whole(strategies: Page) -> None:
    first = card(strategies, "concatenate")
    idle(strategies)
    picture = first.get_by_role("img", name=re.compile("^Concatenate: image 128 and text 128"))
    expect(picture.locator("g.node")).to_have_count(3)
    expect(first.locator(".katex").first).to_be_visible()
    expect(first.get_by_role("button", name="In use")).to_be_disabled()
    assert strategies.evaluate(OVERLAPS) == []
    assert strategies.evaluate(WIDER) == []


def test_numbers_move_once_and_rest_on_the_result(browser: Browser, address: str) -> None:
    """Without motion the result stands there at once."""
    for motion in ("no-preference", "reduce"):
        context = browser.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(f"{address}/Strategies")
        figure = page.get_by_role("img", name=re.compile(r"^Sum\. .* = \[3, 4, 1\]"))
        expect(figure).to_be_visible()
        running = "e => e.getAnimations({subtree: true}).length"
        assert (figure.evaluate(running) > 0) == (motion == "no-preference")
        figure.evaluate("e => e.getAnimations({subtree: true}).forEach(a => a.finish())")
        shown = figure.evaluate(
            "e => [...e.querySelectorAll('.appear')]"
            ".map(box => [getComputedStyle(box).opacity, box.textContent])"
        )
        assert shown == [["1", "3"], ["1", "4"], ["1", "1"]]
        context.close()


def test_the_table_is_an_other_view_of_the_same(strategies: Page) -> None:
    press(strategies.get_by_text("Table", exact=True))
    table = strategies.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    expect(card(strategies, "concatenate")).to_have_count(0)
    expect(table.locator("canvas [role=gridcell]").first).to_be_attached()
    idle(strategies)
    box = table.bounding_box()
    assert box is not None
    strategies.mouse.click(box["x"] + 16, box["y"] + 50)
    expect(strategies.get_by_role("button", name="All strategies")).to_be_visible()
    expect(strategies).to_have_url(re.compile("strategy=concatenate"))


def test_keys_reach_search_filters_and_cards(strategies: Page) -> None:
    strategies.locator("input[type=search]").focus()
    strategies.keyboard.type("film perez")
    expect(card(strategies, "film")).to_be_visible()
    expect(card(strategies, "concatenate")).to_have_count(0)
    for _ in range(40):
        strategies.keyboard.press("Tab")
        if strategies.evaluate("document.activeElement.innerText").strip().endswith("Use this"):
            break
    strategies.keyboard.press("Enter")
    expect(node(strategies, "fusion_gamma")).to_be_visible()
