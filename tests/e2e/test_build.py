"""The Build page as a person meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture
def build(page: Page, address: str) -> Page:
    page.goto(address)
    expect(node(page, "relevance")).to_be_visible(timeout=60_000)
    return page


def node(page: Page, name: str) -> Locator:
    return page.locator(f"g.node#{name}")


def figures(page: Page) -> Locator:
    return page.get_by_test_id("figures")


def add_input(page: Page, kind: str) -> None:
    page.get_by_role("button", name="Add input").click()
    page.get_by_role("menuitem", name=kind, exact=True).click()


def choose(page: Page, key: str, option: str) -> None:
    page.locator(f"[class*='st-key-'][class*='-{key}']").last.locator("input").first.click()
    page.get_by_role("option", name=option, exact=True).click()


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


def test_page_says_what_it_waits_for_or_has_it(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("Inputs", exact=True)).to_be_visible()
    waiting = page.get_by_text("TensorFlow is being loaded").or_(page.get_by_test_id("figures"))
    expect(waiting.first).to_be_visible()


def test_slider_changes_the_diagram(build: Page) -> None:
    slider = build.locator('[data-testid="stSlider"] input').nth(1)
    slider.focus()
    build.keyboard.press("ArrowRight")
    expect(node(build, "text_lstm_2")).to_be_visible()
    build.get_by_role("button", name="undo").click()
    expect(node(build, "text_lstm_2")).to_have_count(0)


def test_a_branch_is_added_renamed_and_removed(build: Page) -> None:
    add_input(build, "Vector")
    expect(node(build, "vector_dense_1")).to_be_visible()
    name = build.get_by_role("textbox", name="Name of input 3")
    name.fill("sensors")
    name.press("Enter")
    expect(node(build, "sensors_dense_1")).to_be_visible()
    build.get_by_role("button", name="Change sensors").click()
    build.get_by_role("menuitem", name="Remove").click()
    expect(node(build, "sensors")).to_have_count(0)
    expect(figures(build)).to_contain_text("4,071,297")


def test_an_invalid_change_keeps_the_picture_and_says_what_to_do(build: Page) -> None:
    add_input(build, "Vector")
    expect(node(build, "vector_dense_1")).to_be_visible()
    merge = build.locator("[class*='st-key-m'][class*='-kind'] input").first
    merge.scroll_into_view_if_needed()
    build.wait_for_timeout(300)
    merge.click()
    build.get_by_role("option", name="Add", exact=True).click()
    expect(build.get_by_text("Add takes 2 or more sources of the same shape")).to_be_visible()
    expect(build.get_by_text("The picture shows the last model")).to_be_visible()
    expect(node(build, "fusion_concatenate")).to_be_visible()
    build.get_by_role("button", name="undo").click()
    expect(build.get_by_text("The picture shows the last model")).to_have_count(0)


def test_a_click_and_a_key_show_a_layers_details(build: Page) -> None:
    node(build, "image_projection").click()
    card = build.get_by_test_id("card")
    expect(card).to_contain_text("3,936,384")
    node(build, "text_lstm_1").focus()
    build.keyboard.press("Enter")
    expect(card).to_contain_text("LSTM")
    expect(card).to_contain_text("117,248")


def test_zoom_is_kept_while_the_model_changes(build: Page) -> None:
    svg = build.locator(".stage svg")
    build.get_by_role("button", name="Zoom in").click()
    zoomed = svg.get_attribute("viewBox")
    slider = build.locator('[data-testid="stSlider"] input').nth(1)
    slider.focus()
    build.keyboard.press("ArrowRight")
    expect(node(build, "text_lstm_2")).to_be_visible()
    assert svg.get_attribute("viewBox") == zoomed
    build.get_by_role("button", name="Show all").click()
    assert svg.get_attribute("viewBox") != zoomed


def test_interactive_and_summary(build: Page) -> None:
    build.get_by_text("Interactive", exact=True).click()
    expect(build.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible()
    build.get_by_text("Summary", exact=True).click()
    expect(build.get_by_test_id("stDataFrame")).to_be_visible()
    build.get_by_text("Keras", exact=True).click()
    expect(build.get_by_text("Total params: 4,071,297")).to_be_visible()


def test_downloads_and_upload(build: Page, tmp_path: Path) -> None:
    saved: dict[str, Path] = {}
    for label, ending in (("SVG", "svg"), ("PNG", "png"), ("JSON", "json")):
        if not build.get_by_role("button", name=f"as {label}").is_visible():
            build.locator(".st-key-take button").click()
        with build.expect_download() as download:
            build.get_by_role("button", name=f"as {label}").click()
        saved[ending] = tmp_path / f"model.{ending}"
        download.value.save_as(saved[ending])
    assert saved["svg"].read_text().lstrip().startswith("<?xml")
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    data = json.loads(saved["json"].read_text())
    data["inputs"][0]["name"] = "photo"
    data["merges"][0]["sources"][0] = "photo"
    saved["json"].write_text(json.dumps(data))
    build.keyboard.press("Escape")
    build.locator(".st-key-open button").click()
    build.locator('input[type="file"]').set_input_files(saved["json"])
    expect(node(build, "photo_conv2d_1")).to_be_visible()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is JSON text"),
        ('{"inputs": [], "heads": []}', "Give at least 1"),
        ('{"inputs": [{"name": "a", "kind": "imag"}], "heads": []}', "Did you mean"),
        ('{"version": 9, "inputs": [], "heads": []}', "version"),
    ],
)
def test_a_bad_file_is_a_sentence(build: Page, tmp_path: Path, content: str, sentence: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    build.locator(".st-key-open button").click()
    build.locator('input[type="file"]').set_input_files(bad)
    expect(build.get_by_role("alert").filter(has_text=re.compile(sentence))).to_be_visible()
    expect(figures(build)).to_contain_text("4,071,297")


def test_nothing_is_lost_on_switching_pages(build: Page) -> None:
    add_input(build, "Categorical")
    expect(node(build, "categorical_embedding")).to_be_visible()
    build.get_by_role("link", name="Train").click()
    expect(build.get_by_role("button", name="Stop")).to_be_visible()
    build.get_by_role("link", name="Build").click()
    expect(node(build, "categorical_embedding")).to_be_visible()


def test_six_inputs_and_three_merges_fit_the_sidebar(build: Page) -> None:
    for kind in ("Tokens", "Time series", "Vector", "Categorical"):
        add_input(build, kind)
        build.wait_for_timeout(400)
    for _ in range(2):
        build.get_by_role("button", name="Add stage").click()
        build.wait_for_timeout(400)
    assert build.locator("[class*='st-key-m'][class*='_box_']").count() == 3
    cut = build.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stSidebar] label p')]
            .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""
    )
    assert cut == []


def test_changes_faster_than_the_server_lose_nothing(build: Page) -> None:
    build.locator('[data-testid="stSlider"] input').nth(1).focus()
    for _ in range(6):
        build.keyboard.press("ArrowRight")
    expect(node(build, "text_lstm_7")).to_be_visible()
    expect(node(build, "image_conv2d_1")).to_be_visible()
    expect(build.get_by_role("textbox", name="Name of input 1")).to_have_value("image")
    expect(build.get_by_text("The picture shows the last model")).to_have_count(0)
