"""The Build page as a person meets it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from components.export.link import PARAMETER, share
from components.model.spec import parse
from tests.e2e.browser import choose, idle, press, rerun


def node(page: Page, name: str) -> Locator:
    return page.locator(f"g.node#{name}")


def figures(page: Page) -> Locator:
    return page.get_by_test_id("figures")


def add_input(page: Page, kind: str) -> None:
    choose(page, page.get_by_role("button", name="Add input"), "menuitem", kind)


def remove(page: Page, part: str) -> None:
    choose(page, page.get_by_role("button", name=f"Change {part}"), "menuitem", "Remove")


def test_first_visit_shows_the_image_text_model_whole(build: Page) -> None:
    expect(figures(build)).to_contain_text("4,071,297")
    box = build.locator(".viewer").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    for name in ("image", "text_lstm_1", "fusion_concatenate", "relevance"):
        inner = node(build, name).bounding_box()
        assert inner is not None
        assert box["y"] <= inner["y"]
        assert inner["y"] + inner["height"] <= box["y"] + box["height"]


def test_a_click_and_a_key_show_a_layers_details(build: Page) -> None:
    press(node(build, "image_projection"))
    card = build.get_by_test_id("card")
    expect(card).to_contain_text("3,936,384")
    node(build, "text_lstm_1").focus()
    build.keyboard.press("Enter")
    expect(card).to_contain_text("LSTM")
    expect(card).to_contain_text("117,248")


def test_zoom_is_kept_while_the_model_changes(build: Page) -> None:
    svg = build.locator(".stage svg")
    build.get_by_role("button", name="Zoom in").click()
    zoomed = svg.get_attribute("viewBox") or ""
    slider = build.locator('[data-testid="stSlider"] input').nth(1)
    slider.focus()
    build.keyboard.press("ArrowRight")
    expect(node(build, "text_lstm_2")).to_be_visible()
    expect(svg).to_have_attribute("viewBox", zoomed)
    build.get_by_role("button", name="Show all").click()
    expect(svg).not_to_have_attribute("viewBox", zoomed)


LETTERS = """host => Number(host.dataset.scale) * Math.min(
    ...[...host.querySelectorAll('.stage text')].map(e => Number(e.getAttribute('font-size'))))"""
"""Pixels of the smallest letters of a picture at first."""


def test_a_large_model_has_blocks_then_readable_layers_and_a_map(six: Page) -> None:
    small_map, svg = six.locator(".map"), six.locator(".stage svg")
    expect(node(six, "photo_conv2d_1")).to_have_count(0)
    press(node(six, "photo"))
    expect(six.get_by_test_id("card")).to_contain_text("MaxPooling2D")
    assert six.locator(".viewer").evaluate(LETTERS) >= 8.99
    press(six.get_by_role("button", name="Show layers"))
    expect(node(six, "photo_conv2d_1")).to_be_visible()
    assert six.locator(".viewer").evaluate(LETTERS) >= 8.99
    expect(small_map).to_be_visible()
    start = svg.get_attribute("viewBox") or ""
    svg.hover()
    six.mouse.wheel(0, 200)
    expect(svg).not_to_have_attribute("viewBox", start)
    six.get_by_role("button", name="Show all").click()
    expect(small_map).to_be_hidden()
    six.get_by_role("button", name="Zoom in").click()
    zoomed = svg.get_attribute("viewBox") or ""
    small_map.click(position={"x": 8, "y": 8})
    expect(svg).not_to_have_attribute("viewBox", zoomed)
    expect(six.get_by_role("button", name="Show layers")).to_have_count(0)


def test_the_interactive_graph_explains_and_chooses_a_layer(build: Page) -> None:
    press(build.get_by_text("Interactive", exact=True))
    chart = build.locator(".js-plotly-plot")
    expect(chart.locator(".shapelayer path").first).to_be_visible()
    layer = chart.get_by_text("Conv2D", exact=True)
    expect(layer).to_be_visible()
    idle(build)
    box = layer.bounding_box()
    assert box
    with rerun(build):
        build.mouse.move(box["x"] + 8, box["y"] + 8)
        expect(chart.locator(".hoverlayer")).to_contain_text("896 parameters")
        build.mouse.click(box["x"] + 8, box["y"] + 8)
    expect(build.get_by_test_id("card")).to_contain_text("image_conv2d_1")


def test_a_title_that_changes_is_never_read_as_a_source(build: Page) -> None:
    """The browser sends labels of options, also one that an option had before."""
    name = build.get_by_role("textbox", name="Name of input 1")
    for text in ("1abc", "text", "image"):
        with rerun(build):
            name.fill(text)
            name.press("Enter")
        expect(build.locator(".st-key-problem")).to_have_count(int(text == "text"))
    expect(node(build, "image")).to_be_visible()


def test_blocks_fold_and_keep_the_focus(build: Page) -> None:
    fold = build.locator("[class*='_box_branch'] [class*='-fold'] button:visible").first
    with rerun(build):
        fold.focus()
        build.keyboard.press("Enter")
    expect(build.get_by_role("textbox", name="Name of input 1")).to_have_count(0)
    expect(fold).to_have_text(re.compile("image.*Image · Conv2D"))
    expect(fold).to_be_focused()
    with rerun(build):
        build.keyboard.press("Enter")
    expect(build.get_by_role("textbox", name="Name of input 1")).to_have_value("image")
    expect(fold).to_be_focused()


SIX: dict[str, Any] = {
    "name": "six",
    "inputs": [
        {"name": "photo", "kind": "image", "encoder": {"kind": "conv2d", "projection": 64}},
        {"name": "caption", "kind": "tokens", "length": None, "encoder": {"kind": "lstm"}},
        {"name": "sound", "kind": "timeseries", "encoder": {"kind": "bidirectional"}},
        {"name": "temperature", "kind": "vector", "encoder": {"kind": "passthrough"}},
        {"name": "before", "kind": "vector", "encoder": {"kind": "dense", "depth": 2}},
        {"name": "after", "kind": "vector", "encoder": {"kind": "shared", "branch": "before"}},
    ],
    "merges": [
        {"name": "seen", "kind": "factorized_bilinear", "sources": ["photo", "caption"]},
        {"name": "conditioned", "kind": "film", "sources": ["sound", "before"]},
        {
            "name": "fusion",
            "kind": "concatenate",
            "sources": ["seen", "conditioned", "temperature", "after"],
            "then": {"kind": "residual_dense", "depth": 2},
        },
    ],
    "trunk": {"depth": 1},
    "heads": [
        {"name": "churn", "kind": "binary", "source": "trunk"},
        {"name": "revenue", "kind": "regression", "source": "trunk"},
    ],
}


@pytest.fixture
def six(page: Page, address: str) -> Page:
    """The page with six inputs, three merges and two heads."""
    page.goto(f"{address}/?{PARAMETER}={share(parse(SIX))}")
    expect(node(page, "churn")).to_be_visible()
    idle(page)
    return page


def open_everything(page: Page) -> None:
    """Unfold all blocks, and open all boxes of fields."""
    folded = page.locator("[class*='-top']:not(:has(input)) [class*='-fold'] button:visible")
    closed = page.locator("[class*='-more'] details:not([open]) summary")
    for part in (folded, closed):
        for left in range(part.count() - 1, -1, -1):
            press(part.first)
            expect(part).to_have_count(left)
        idle(page)
    expect(page.get_by_test_id("stSidebar").get_by_text("Loss weight")).to_have_count(2)


CUT = """() => [...document.querySelectorAll(
    '[data-testid=stSidebar] :is(label p, button p, summary p, strong, [data-tag] span, input)')]
    .filter(e => e.offsetParent && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.value || e.innerText)"""
"""Texts that do not fit where they stand."""

OVERLAPS = """() => {
  const side = document.querySelector('[data-testid=stSidebarUserContent]');
  const box = e => e.getBoundingClientRect();
  const leaves = [...side.querySelectorAll('[data-testid=stElementContainer]')]
    .filter(e => !e.querySelector('[data-testid=stElementContainer]') && box(e).height > 1)
    .flatMap(e => {
      const label = e.querySelector(':scope > div > label');
      const control = label && label.parentElement.lastElementChild;
      return label && label !== control && box(label).height > 1 ? [label, control] : [e];
    });
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const found = [];
  leaves.forEach((a, i) => {
    if (box(a).right > box(side).right + 1) found.push(['sticks out', a.innerText]);
    leaves.slice(i + 1).forEach(b => {
      if (meet(box(a), box(b))) found.push([a.innerText, b.innerText]);
    });
  });
  return [leaves.length, found];
}"""
"""How many labels and controls there are, and which of them meet."""

MARKED = """() => {
  const all = [...document.querySelectorAll(
    '[data-testid=stSidebar] :is(a, input, button, summary, [data-tag])')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
  all.forEach((e, i) => { e.dataset.stop = i; });
  all[0].focus();
  return all.length;
}"""
"""Numbers the sidebar's controls in the order they are written, and goes to the first."""


def stops(page: Page, most: int) -> list[int]:
    """The numbered controls that the Tab key comes to, in order."""
    reached: list[int] = []
    for _ in range(most):
        reached.append(page.evaluate("() => Number(document.activeElement.dataset.stop ?? -1)"))
        page.keyboard.press("Tab")
    return reached


def test_six_inputs_and_three_merges_fit_the_sidebar(six: Page) -> None:
    """Folded at first, then all open."""
    for part in SIX["inputs"]:
        line = six.get_by_role("button", name=re.compile(f"^{part['name']} "))
        expect(line.first).to_be_in_viewport()
    expect(six.get_by_text("Merges", exact=True)).to_be_in_viewport()
    expect(six.locator("[class*='_box_merge']")).to_have_count(3)
    assert_fits(six)
    open_everything(six)
    assert_fits(six)


def assert_fits(page: Page) -> None:
    """Nothing in the sidebar is cut off, or over something else."""
    assert page.evaluate(CUT) == []
    count, overlaps = page.evaluate(OVERLAPS)
    assert count > 40
    assert overlaps == []


def test_every_control_of_the_sidebar_is_reached_by_tab_in_order(six: Page) -> None:
    count = six.evaluate(MARKED)
    assert count > 60
    assert stops(six, count) == list(range(count))


PATIENT = """const later = window.setTimeout;
window.setTimeout = (done, ms, ...more) => later(done, ms === 3000 ? 60000 : ms, ...more);"""
"""A script for a browser that waits for a busy server longer than a person does (`clicks.js`)."""


def test_no_click_of_a_fast_hand_is_lost(build: Page) -> None:
    build.add_init_script(PATIENT)
    build.reload()
    expect(node(build, "relevance")).to_be_visible()
    idle(build)
    merges = build.locator("[class*='_box_merge']")
    for clicks in (2, 5):
        many_clicks(build, "Add merge", clicks)
        expect(merges).to_have_count(1 + clicks)
        many_clicks(build, "undo", clicks)
        expect(merges).to_have_count(1)
        expect(build.get_by_role("button", name="undo")).to_be_disabled()
    many_clicks(build, "redo", clicks)
    expect(merges).to_have_count(1 + clicks)
    idle(build)
    build.get_by_role("textbox", name="Name of input 1").press("Control+z")
    build.locator('[data-testid="stSlider"] input').first.focus()
    for _ in range(clicks):
        build.keyboard.press("Control+z")
    expect(merges).to_have_count(1)
    build.keyboard.press("Control+Shift+z")
    expect(merges).to_have_count(2)


def many_clicks(page: Page, name: str, count: int) -> None:
    """Click a button without waiting for anything between the clicks."""
    box = page.get_by_role("button", name=name).bounding_box()
    assert box is not None
    for _ in range(count):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_name_and_the_click_behind_it_both_count(build: Page) -> None:
    build.get_by_role("textbox", name="Name of input 1").fill("photo")
    build.get_by_role("button", name="Add merge").click()
    expect(build.locator("[class*='_box_merge']")).to_have_count(2)
    expect(node(build, "photo")).to_be_visible()


def test_a_part_that_has_moved_is_still_the_one_that_is_removed(build: Page) -> None:
    """Both menus are used as one page shows them: the second part moves up meanwhile."""
    add_input(build, "Vector")
    expect(node(build, "vector_dense_1")).to_be_visible()
    for name in ("image", "text"):
        remove(build, name)
    expect(build.get_by_role("textbox", name="Name of input 1")).to_have_value("vector")
    expect(build.locator("[class*='_box_branch']")).to_have_count(1)


def test_changes_faster_than_the_server_lose_nothing(build: Page) -> None:
    build.locator('[data-testid="stSlider"] input').nth(1).focus()
    for _ in range(6):
        build.keyboard.press("ArrowRight")
    expect(node(build, "text_lstm_7")).to_be_visible()
    expect(node(build, "image_conv2d_1")).to_be_visible()
    expect(build.get_by_role("textbox", name="Name of input 1")).to_have_value("image")
    expect(build.get_by_text("The picture shows the last model")).to_have_count(0)
