"""What leaves the page: code, links, pictures, zips, charts and trained models."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.export.link import parse_link
from tests.e2e.browser import choose, idle, open_file, press, rerun, train
from tests.e2e.conftest import visitor


def see(page: Page, view: str) -> None:
    press(page.locator(".st-key-view").get_by_text(view, exact=True))


def form_switch(page: Page, form: str) -> Locator:
    """The switch for the form in which charts are saved."""
    return page.locator(".st-key-saved_as").get_by_role("radio", name=form)


def line(page: Page, node: str) -> Locator:
    return page.locator(f'.line[data-node="{node}"]').first


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """What a click on a button saves, under the name it is given."""
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def opened(page: Page, key: str) -> Locator:
    """The content of a popover."""
    idle(page)
    page.locator(f"[class*=st-key-{key}] button").first.click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    return body


def test_a_line_points_at_its_node_and_a_node_at_its_line(build: Page) -> None:
    see(build, "Code")
    press(line(build, "image_projection"))
    expect(build.get_by_test_id("card")).to_contain_text("3,936,384")
    small = build.locator(".st-key-small_diagram g.node")
    press(build.locator(".st-key-small_diagram g.node#text_lstm_1"))
    expect(line(build, "text_lstm_1")).to_have_attribute("aria-selected", "true")
    expect(line(build, "text_lstm_1")).to_be_in_viewport()
    expect(build.get_by_test_id("card")).to_contain_text("layers.LSTM(128")
    expect(small).to_have_count(10)
    see(build, "Diagram")
    expect(build.get_by_test_id("card")).to_contain_text("117,248")
    press(build.locator(".st-key-diagram g.node#image_conv2d_1"))
    expect(build.get_by_test_id("card")).to_contain_text("Conv2D")
    see(build, "Code")
    expect(line(build, "image_conv2d_1")).to_have_attribute("aria-selected", "true")


def test_code_follows_a_change_and_marks_it(build: Page) -> None:
    see(build, "Code")
    expect(line(build, "text_lstm_1")).to_be_visible()
    expect(build.locator(".line.added")).to_have_count(0)
    build.locator('[data-testid="stSlider"] input').nth(1).focus()
    build.keyboard.press("ArrowRight")
    expect(line(build, "text_lstm_2")).to_have_class(re.compile("added|changed"))
    expect(build.locator(".code .status")).to_contain_text("changed")
    build.get_by_role("button", name="Changes").click()
    expect(build.locator(".line.plus").first).to_contain_text("text_lstm")


def test_a_link_opens_the_same_model_in_another_browser(
    build: Page, browser: Browser, address: str
) -> None:
    build.locator('[data-testid="stSlider"] input').nth(1).focus()
    build.keyboard.press("ArrowRight")
    expect(build.locator("g.node#text_lstm_2")).to_be_visible()
    body = opened(build, "share")
    code = body.get_by_test_id("stCode")
    with rerun(build):
        body.get_by_text("Include data and settings").click()
    expect(code).to_contain_text(f"{address}/?m=")
    link = code.inner_text().strip()
    assert parse_link(link).settings is not None
    with visitor(browser) as fresh:
        fresh.goto(link)
        expect(fresh.locator("g.node#text_lstm_2")).to_be_visible()
        expect(fresh.get_by_role("alert")).to_have_count(0)
        seen = opened(fresh, "share").get_by_test_id("stCode")
        expect(seen).to_contain_text("/?m=")
        again = parse_link(seen.inner_text().strip()).architecture
        assert again.digest == parse_link(link).architecture.digest


def test_download_is_seen_whole(build: Page) -> None:
    build.set_viewport_size({"width": 1280, "height": 720})
    body = opened(build, "take")
    expect(body.get_by_role("button", name="All (.zip)")).to_be_in_viewport(ratio=1)
    box = body.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    assert body.evaluate("e => e.scrollHeight <= e.clientHeight + 1")


def test_files_are_saved_under_the_name_of_the_model(build: Page, tmp_path: Path) -> None:
    body = opened(build, "take")
    body.get_by_role("textbox", name="Title").fill("Seen and read")
    svg = saved(build, body.get_by_role("button", name="Picture as SVG"), tmp_path).read_text()
    assert "Seen and read" in svg
    packed = saved(build, body.get_by_role("button", name="All (.zip)"), tmp_path)
    with zipfile.ZipFile(packed) as held:
        assert held.testzip() is None
        assert "image_text_relevance.py" in held.namelist()
    with rerun(build):
        build.keyboard.press("Escape")
    see(build, "Code")
    script = saved(build, build.get_by_role("button", name="Script"), tmp_path)
    assert script.name == "image_text_relevance.py"
    compile(script.read_text(), script.name, "exec")


def test_a_model_is_taken_away_as_json_and_opened(build: Page, tmp_path: Path) -> None:
    body = opened(build, "take")
    file = saved(build, body.get_by_role("button", name="Model (.json)"), tmp_path)
    data = json.loads(file.read_text())
    data["inputs"][0]["name"] = data["merges"][0]["sources"][0] = "photo"
    file.write_text(json.dumps(data))
    with rerun(build):
        build.keyboard.press("Escape")
    open_file(build, file)
    expect(build.locator("g.node#photo")).to_be_visible()


def test_pictures_are_copied(build: Page) -> None:
    build.context.grant_permissions(["clipboard-read", "clipboard-write"])
    body = opened(build, "take")
    copy = body.get_by_role("button", name=re.compile("^Copy "))
    copy.click()
    expect(body.locator(".copy .note")).to_have_text("Copied")
    assert "<svg " in build.evaluate(_TEXT)
    choose(build, body.get_by_role("combobox", name="Picture"), "option", "PNG")
    expect(copy).to_have_accessible_name("Copy PNG")
    expect(body.locator(".copy .note")).to_have_text("")
    copy.click()
    expect(body.locator(".copy .note")).to_have_text("Copied")
    assert build.evaluate(_PNG_WIDTH) > 500

    build.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    copy.click()
    expect(body.get_by_test_id("stCaptionContainer")).to_contain_text("only from pages over HTTPS")
    choose(build, body.get_by_role("combobox", name="Picture"), "option", "Mermaid")
    expect(copy).to_have_accessible_name("Copy Mermaid")
    copy.click()
    expect(body.locator(".copy .note")).to_have_text("Copied")
    build.context.clear_permissions()


_TEXT = "() => navigator.clipboard.readText()"
_PNG_WIDTH = """async () => {
  const [item] = await navigator.clipboard.read();
  return (await createImageBitmap(await item.getType("image/png"))).width;
}"""


_SAVES_AS = """(graph, form) => new Promise(done => {
  const look = () => graph._context?.toImageButtonOptions?.format === form
    ? done() : requestAnimationFrame(look);
  look();
})"""
"""Waits until the graph has been drawn for a form."""


FORMS = (("SVG", b"<svg"), ("PNG", b"\x89PNG"))
"""Each form of a saved picture, and how its file begins."""


def test_the_interactive_graph_is_saved(build: Page, tmp_path: Path) -> None:
    see(build, "Interactive")
    for form, begins in FORMS:
        path = saved_graph(build, form, tmp_path)
        assert path.name == f"image_text_relevance.{form.lower()}"
        assert path.read_bytes().lstrip().startswith(begins)


def saved_graph(build: Page, form: str, folder: Path) -> Path:
    switch = form_switch(build, form)
    if not switch.is_checked():
        press(switch)
    graph = build.locator(".js-plotly-plot")
    expect(graph).to_have_count(1)
    expect(graph.locator(".scatterlayer .points path").first).to_be_visible()
    graph.evaluate(_SAVES_AS, form.lower())
    idle(build)
    graph.hover()
    return saved(build, build.locator(".modebar-btn").first, folder)


@pytest.fixture(scope="module")
def trained(browser: Browser, small_model: str) -> Iterator[Page]:
    """The Train page after a short run."""
    with visitor(browser) as page:
        train(page, small_model)
        expect(page.locator(".report").last).to_be_visible()
        yield page


def test_a_run_is_ticked_and_its_files_are_saved(trained: Page, tmp_path: Path) -> None:
    """The table of runs is drawn on a canvas."""
    table = trained.get_by_test_id("stDataFrame")
    expect(table.locator("canvas [role=gridcell]").first).to_be_attached()
    idle(trained)
    table.locator(".dvn-scroller").click(position={"x": 16, "y": 52})
    expect(trained.locator(".st-key-run_actions")).to_be_visible()
    body = opened(trained, "files")
    model = saved(trained, body.get_by_role("button", name="Keras model"), tmp_path)
    with zipfile.ZipFile(model) as held:
        assert "config.json" in held.namelist()
    history = saved(trained, body.get_by_role("button", name="History as CSV"), tmp_path)
    rows = list(csv.DictReader(io.StringIO(history.read_text())))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    trained.keyboard.press("Escape")


def test_charts_are_saved(trained: Page, tmp_path: Path) -> None:
    for form, begins in FORMS:
        path = saved_chart(trained, form, tmp_path)
        assert path.name.endswith(form.lower())
        assert path.read_bytes().lstrip().startswith(begins)


def saved_chart(trained: Page, form: str, folder: Path) -> Path:
    idle(trained)
    form_switch(trained, form).click()
    expect(form_switch(trained, form)).to_be_checked()
    chart = trained.locator("[class*=st-key-chart]").filter(has=trained.locator("svg, canvas"))
    drawn = chart.locator("svg:not([data-testid]) path" if form == "SVG" else "canvas").first
    expect(drawn).to_be_attached()
    idle(trained)
    box = chart.first.bounding_box()
    assert box is not None
    with trained.expect_download() as download:
        chart.first.click(position={"x": box["width"] - 32, "y": 22})
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
