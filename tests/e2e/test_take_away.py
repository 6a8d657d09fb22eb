"""Exports of the Build page: code, links, pictures, files."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Route, expect

from components.sharing.links.link import parse_link
from tests.e2e.browser import (
    FORMS,
    choose,
    form_switch,
    idle,
    open_file,
    opened,
    press,
    rerun,
    saved,
    step,
)
from tests.e2e.conftest import visitor
from tests.waiting import wait_until


def see(page: Page, view: str) -> None:
    press(page.locator(".st-key-view").get_by_text(view, exact=True))


def line(page: Page, node: str) -> Locator:
    return page.locator(f'.line[data-node="{node}"]').first


def deepen(page: Page) -> None:
    """Add a layer to the second branch."""
    page.locator('[data-testid="stSlider"] input').nth(1).focus()
    page.keyboard.press("ArrowRight")


def test_code_and_picture_point_at_each_other(build: Page, tmp_path: Path) -> None:
    card, small = build.get_by_test_id("card"), build.locator(".st-key-small_diagram g.node")
    see(build, "Code")
    with step("a line points at its node, a node at its line"):
        press(line(build, "image_projection"))
        expect(card).to_contain_text("3,936,384")
        press(build.locator(".st-key-small_diagram g.node#text_lstm_1"))
        expect(line(build, "text_lstm_1")).to_have_attribute("aria-selected", "true")
        expect(line(build, "text_lstm_1")).to_be_in_viewport()
        expect(card).to_contain_text("layers.LSTM(128")
        expect(small).to_have_count(10)
    with step("it stays the same from view to view"):
        see(build, "Diagram")
        expect(card).to_contain_text("117,248")
        press(build.locator(".st-key-diagram g.node#image_conv2d_1"))
        expect(card).to_contain_text("Conv2D")
        see(build, "Code")
        expect(line(build, "image_conv2d_1")).to_have_attribute("aria-selected", "true")
    with step("the script is saved under the name of the model"):
        script = saved(build, build.get_by_role("button", name="Script"), tmp_path)
        assert script.name == "image_text_relevance.py"
        compile(script.read_text(), script.name, "exec")
    with step("code follows a change and marks it"):
        expect(build.locator(".line.added")).to_have_count(0)
        deepen(build)
        expect(line(build, "text_lstm_2")).to_have_class(re.compile("added|changed"))
        expect(build.locator(".code .status")).to_contain_text("changed")
        build.get_by_role("button", name="Changes").click()
        expect(build.locator(".line.plus").first).to_contain_text("text_lstm")


def test_a_link_opens_a_copy_of_the_model_in_another_browser(
    build: Page, browser: Browser, address: str
) -> None:
    deepen(build)
    expect(build.locator("g.node#text_lstm_2")).to_be_visible()
    body = opened(build, "share")
    with rerun(build):
        body.get_by_text("Include data and settings").click()
    expect(body.get_by_test_id("stCode")).to_contain_text(f"{address}/?m=")
    link = body.get_by_test_id("stCode").inner_text().strip()
    assert parse_link(link).settings is not None
    with visitor(browser, newcomer=True) as fresh:
        name = fresh.get_by_label("Name of input 1")
        fresh.goto(link)
        with step("the model is the same, without hints of the first visit"):
            expect(fresh.locator("g.node#text_lstm_2")).to_be_visible()
            expect(fresh.get_by_role("alert")).to_have_count(0)
            fresh.wait_for_function("() => window.fusionHints")
            expect(fresh.get_by_role("complementary", name="First steps")).to_be_hidden()
            seen = opened(fresh, "share").get_by_test_id("stCode")
            expect(seen).to_contain_text("/?m=")
            again = parse_link(seen.inner_text().strip()).architecture
            assert again.digest == parse_link(link).architecture.digest
            with rerun(fresh):
                fresh.keyboard.press("Escape")
        with step("a change creates a copy, which a reload restores"):
            with rerun(fresh):
                name.fill("copy")
                name.press("Enter")
            expect(fresh).not_to_have_url(re.compile(r"[?&]m="))
            fresh.reload()
            expect(fresh.locator("g.node#copy")).to_be_visible()
            expect(name).to_have_value("copy")
        with step("the model of the link is brought back"):
            press(fresh.locator(".st-key-back_to_link button").first)
            expect(name).to_have_value("image")


def test_files_are_saved_under_the_name_of_the_model(build: Page, tmp_path: Path) -> None:
    with step("the whole menu is visible"):
        build.set_viewport_size({"width": 1280, "height": 720})
        body = opened(build, "take")
        expect(body.get_by_role("button", name="All (.zip)")).to_be_in_viewport(ratio=1)
        wait_until(lambda: body.evaluate(WHOLE))
    with step("a picture, the model and all in one file are saved"):
        typed(body.get_by_role("textbox", name="Title"), "Seen and read")
        svg = saved(build, body.get_by_role("button", name="Picture as SVG"), tmp_path)
        assert "Seen and read" in svg.read_text()
        model = saved(build, body.get_by_role("button", name="Model (.json)"), tmp_path)
        packed = saved(build, body.get_by_role("button", name="All (.zip)"), tmp_path)
        with zipfile.ZipFile(packed) as held:
            assert held.testzip() is None
            assert "image_text_relevance.py" in held.namelist()
    with step("a design record is saved with the words and the limits of its author"):
        body.get_by_text("Design record", exact=True).first.click()
        typed(body.get_by_role("textbox", name="Why"), "It is small.")
        typed(body.get_by_role("spinbutton", name="Limit of parameters"), "10")
        record = saved(build, body.get_by_role("button", name="Design record"), tmp_path)
        assert record.name == "image_text_relevance_record.html"
        assert "It is small." in record.read_text()
        assert "Above its limit: Parameters." in record.read_text()
    with step("pictures are copied"):
        copy_pictures(build, body)
    with step("the interactive graph is saved"):
        with rerun(build):
            build.keyboard.press("Escape")
        see(build, "Interactive")
        for form, begins in FORMS:
            path = saved_graph(build, form, tmp_path)
            assert path.name == f"image_text_relevance.{form.lower()}"
            assert path.read_bytes().lstrip().startswith(begins)
    with step("a file of a model is opened"):
        data = json.loads(model.read_text())
        data["inputs"][0]["name"] = data["merges"][0]["sources"][0] = "photo"
        model.write_text(json.dumps(data))
        open_file(build, model)
        expect(build.get_by_label("Name of input 1").first).to_have_value("photo")


WHOLE = """menu => {
  const { left, right } = menu.getBoundingClientRect();
  return left >= 0 && right <= innerWidth && menu.scrollHeight <= menu.clientHeight + 1;
}"""
"""A script that checks that a menu is in view and need not be scrolled."""


def typed(field: Locator, text: str) -> None:
    """Type into a field, and wait until the page has the value."""
    with rerun(field.page):
        field.fill(text)
        field.blur()


def test_a_file_stays_until_it_was_fetched_and_a_failure_is_reported(
    build: Page, browser: Browser, address: str, tmp_path: Path
) -> None:
    held: list[Route] = []
    body, files = opened(build, "take"), "**/download/**"
    button = body.get_by_role("button", name="Picture as SVG")
    box = body.locator(".st-key-take-picture")
    with (
        step("scripts of this and of another visitor end before the browser fetches it"),
        visitor(browser) as other,
    ):
        build.route(files, lambda route: held.append(route))
        other.goto(address)
        expect(other.locator("g.node#relevance")).to_be_visible()
        with build.expect_download() as download:
            with build.expect_request(files):
                button.click()
            expect(box).to_have_attribute("aria-busy", "true")
            press(body.get_by_text("Left to right"))
            for view in ("Code", "Diagram"):
                see(other, view)
            while not held:
                idle(build)
            held[0].continue_()
        picture = tmp_path / "picture.svg"
        download.value.save_as(picture)
        assert download.value.suggested_filename == "image_text_relevance.svg"
        assert picture.read_bytes().startswith(b"<svg")
        build.unroute(files)
    failed, busy = box.locator(".download-failed"), "The server is busy."
    failures: dict[str, Callable[[Route], object]] = {
        "The server did not answer.": lambda route: route.abort(),
        busy: lambda route: route.fulfill(status=503, content_type="text/plain", body=busy),
    }
    for sentence, fail in failures.items():
        with step(f"beside the button stands: {sentence}"):
            build.route(files, fail)
            button.click()
            expect(failed).to_contain_text(sentence)
            expect(box).to_have_attribute("aria-busy", "false")
            build.unroute(files)
    with step("the next click saves the file and removes the sentence"):
        saved(build, button, tmp_path)
        expect(failed).to_have_count(0)


def copy_pictures(build: Page, body: Locator) -> None:
    """Copy an SVG and a PNG; without the clipboard API, as over HTTP, only text."""
    build.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy, note = body.get_by_role("button", name=re.compile("^Copy ")), body.locator(".copy .note")
    copy.click()
    expect(note).to_have_text("Copied")
    assert "<svg " in build.evaluate(_TEXT)
    choose(build, body.get_by_role("combobox", name="Picture"), "option", "PNG")
    expect(copy).to_have_accessible_name("Copy PNG")
    expect(note).to_have_text("")
    copy.click()
    expect(note).to_have_text("Copied")
    assert build.evaluate(_PNG_WIDTH) > 500
    build.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    copy.click()
    expect(body.get_by_test_id("stCaptionContainer")).to_contain_text("only from pages over HTTPS")
    choose(build, body.get_by_role("combobox", name="Picture"), "option", "Mermaid")
    expect(copy).to_have_accessible_name("Copy Mermaid")
    copy.click()
    expect(note).to_have_text("Copied")
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
"""A script that waits until the graph has been drawn in a format."""


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
