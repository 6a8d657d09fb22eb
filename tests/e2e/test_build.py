"""The Build page as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from components.models.architecture.architecture import parse
from components.sharing.links.link import PARAMETER, share
from tests.app.pages.examples import CROWDED
from tests.e2e import access
from tests.e2e.access import settled
from tests.e2e.browser import choose, idle, press, rerun, size, step
from tests.waiting import wait_until


def node(page: Page, name: str) -> Locator:
    return page.locator(f"g.node#{name}")


def name_of_input(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Name of input 1")


def depth(page: Page, branch: int) -> Locator:
    return page.locator('[data-testid="stSlider"] input').nth(branch)


def merges(page: Page) -> Locator:
    return page.locator("[class*='_box_merge']")


def box(part: Locator) -> tuple[float, float]:
    """Return the top and bottom of a part in pixels."""
    found = part.bounding_box()
    assert found is not None
    return found["y"], found["y"] + found["height"]


def assert_within(outer: Locator, *parts: Locator) -> None:
    """Check that parts are fully visible vertically."""
    top, bottom = box(outer)
    for part in parts:
        begin, end = box(part)
        assert top <= begin
        assert end <= bottom


def test_a_newcomer_looks_at_the_model(build: Page) -> None:
    card, figures = build.get_by_test_id("card"), build.get_by_test_id("figures")
    svg = build.locator(".stage svg")
    with step("the whole model is visible"):
        expect(figures).to_contain_text("4,071,297")
        assert box(build.locator(".viewer"))[1] <= 800
        shown = ("image", "text_lstm_1", "fusion_concatenate", "relevance")
        assert_within(build.locator(".viewer"), *(node(build, name) for name in shown))
    with step("a click and a key show a layer's details"):
        press(node(build, "image_projection"))
        expect(card).to_contain_text("3,936,384")
        node(build, "text_lstm_1").focus()
        build.keyboard.press("Enter")
        expect(card).to_contain_text("LSTM")
        expect(card).to_contain_text("117,248")
    with step("zoom is kept while the model changes"):
        build.get_by_role("button", name="Zoom in").click()
        zoomed = svg.get_attribute("viewBox") or ""
        depth(build, 1).focus()
        build.keyboard.press("ArrowRight")
        expect(node(build, "text_lstm_2")).to_be_visible()
        expect(svg).to_have_attribute("viewBox", zoomed)
    with step("paper shows the whole picture with its figures and caption"):
        idle(build)
        build.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        build.emulate_media(media="print")
        paper = build.locator(".paper svg")
        assert_within(paper, *(paper.locator(f"#{name}") for name in ("image", "relevance")))
        expect(build.get_by_text("Two branches:")).to_be_visible()
        expect(figures).to_be_visible()
        for hidden in (".stage", "[data-testid=stSidebar]", ".st-key-tools", ".st-key-navigation"):
            expect(build.locator(hidden)).to_be_hidden()
        build.evaluate("() => dispatchEvent(new Event('afterprint'))")
        build.emulate_media(media="screen")
        expect(build.locator(".paper")).to_have_count(0)
    with step("the zoom ends"):
        build.get_by_role("button", name="Show all").click()
        expect(svg).not_to_have_attribute("viewBox", zoomed)
    with step("the interactive graph explains and chooses a layer"):
        press(build.get_by_text("Interactive", exact=True))
        chart = build.locator(".js-plotly-plot")
        expect(chart.locator("image")).to_be_visible()
        number = chart.evaluate(
            "graph => graph.data[0].customdata.findIndex(([id]) => id === 'image_conv2d_1')"
        )
        layer = chart.locator(".scatterlayer .points path").nth(number)
        idle(build)
        place = layer.bounding_box()
        assert place is not None
        with rerun(build):
            build.mouse.move(place["x"] + 8, place["y"] + 8)
            expect(chart.locator(".hoverlayer")).to_contain_text("896 parameters")
            build.mouse.click(place["x"] + 8, place["y"] + 8)
        expect(card).to_contain_text("image_conv2d_1")
    with step("a number outside its range shows the range in its field"):
        press(build.locator("[class*=-more] summary").first)
        field = build.get_by_test_id("stNumberInput").first
        before = size(field)[0]
        field.locator("input").fill("99999")
        field.locator("input").press("Enter")
        alert = field.get_by_role("alert")
        expect(alert).to_contain_text("between 1 and 2048")
        words = "element => getComputedStyle(element, '::after').content"
        wait_until(lambda: alert.evaluate(words) == '"Only 1 to 2,048"')
        assert size(field)[0] == before
        assert size(alert)[1] > 10


TABS = 60


def test_the_keyboard_alone_is_enough(build: Page) -> None:
    keys = build.keyboard
    skip = build.get_by_role("link", name="Skip to the picture")
    with step("the focus is visible; the first stop leads to the picture"):
        keys.press("Tab")
        expect(skip).to_be_focused()
        names, unseen = set[str](), set[str]()
        for _ in range(TABS):
            name, shows = access.focused(build)
            names.add(name)
            if not shows:
                unseen.add(name)
            keys.press("Tab")
        assert len(names) > TABS / 2
        assert unseen == set()
        skip.focus()
        keys.press("Enter")
        expect(build.locator(".stage")).to_be_focused()
    with step("the shortcuts are shown, but not while one types"):
        shortcuts = build.get_by_role("dialog", name="Keyboard shortcuts")
        keys.press("?")
        expect(shortcuts).to_be_visible()
        keys.press("Escape")
        expect(shortcuts).to_be_hidden()
        button = build.get_by_role("button", name="Keyboard shortcuts")
        button.click()
        shortcuts.get_by_role("button", name="Close").click()
        expect(button).to_be_focused()
        field = name_of_input(build)
        field.press("End")
        field.press("?")
        expect(field).to_have_value("image?")
        expect(shortcuts).to_be_hidden()
        field.press("Backspace")
    with step("F1 explains a control, whose help is not in the Tab order"):
        slider = build.get_by_role("slider", name="Depth", exact=True).first
        explanation = build.get_by_test_id("stTooltipContent")
        expect(slider).to_have_attribute("aria-keyshortcuts", "F1")
        help_button = build.get_by_role("button", name="Help for Depth").first
        expect(help_button).to_have_attribute("tabindex", "-1")
        idle(build)
        slider.focus()
        keys.press("F1")
        expect(explanation).to_be_visible()
        keys.press("Escape")
        expect(slider).to_be_focused()
        expect(explanation).to_have_count(0)
    with step("blocks fold and keep the focus"):
        fold = build.locator("[class*='_box_branch'] [class*='-fold'] button:visible").first
        with rerun(build):
            fold.focus()
            keys.press("Enter")
        expect(name_of_input(build)).to_have_count(0)
        expect(fold).to_have_text(re.compile("image.*Image · Conv2D"))
        expect(fold).to_be_focused()
        with rerun(build):
            keys.press("Enter")
        expect(name_of_input(build)).to_have_value("image")
        expect(fold).to_be_focused()
    with step("the added part has the focus"):
        with rerun(build):
            choose(
                build,
                build.locator(".st-key-add-input button:visible").first,
                "menuitem",
                "Picture Image",
            )
        expect(build.get_by_label("Name of input 3")).to_be_focused()
    with step("unless another field has it by then"):
        depth(build, 1).focus()
        build.get_by_label("Name of input 3").evaluate(FOCUS)
        expect(depth(build, 1)).to_be_focused()
        press(build.get_by_role("button", name="Undo").first)
    with step("controls have different names"):
        settled(build)
        assert access.same_names(build) == []
        tree = build.locator("body").aria_snapshot()
        assert not re.search(r"undo icon|redo icon|Depth Depth", tree)
        assert 'group "image"' in tree
    with step("the bar has one heading and marks the present page"):
        pages = build.get_by_role("navigation", name="Pages")
        current = pages.locator("[aria-current=page]")
        expect(current).to_have_text("Build")
        expect(build.get_by_role("heading", level=1)).to_have_text("Build a model")
        with rerun(build):
            pages.get_by_role("link", name="Train").press("Enter")
        expect(current).to_have_text("Train")
        expect(build.get_by_role("heading", level=1)).to_have_count(1)
        settled(build)
        assert access.same_names(build) == []
    with step("keys reach the search, the filters and the cards of strategies"):
        with rerun(build):
            pages.get_by_role("link", name="Strategies").press("Enter")
        keys.press("/")
        expect(build.get_by_role("searchbox", name="Search")).to_be_focused()
        keys.type("film perez")
        expect(build.locator(".st-key-entry_film")).to_be_visible()
        expect(build.locator(".st-key-entry_concatenate")).to_have_count(0)
        for _ in range(40):
            keys.press("Tab")
            if build.evaluate("document.activeElement.innerText").strip().endswith("Use this"):
                break
        keys.press("Enter")
        expect(node(build, "fusion_gamma")).to_be_visible()


PATIENT = """const later = window.setTimeout;
window.setTimeout = (done, ms, ...more) => later(done, ms === 3000 ? 60000 : ms, ...more);"""
"""A browser script that waits longer for a busy server than a person does (`clicks.js`)."""


MANY = 4
"""Number of clicks or keys in a row."""
FOCUS = """(field) => {
  const names = [...field.closest('[class*="st-key-"]').classList];
  window.fusionFrame.focusOn(names.find((name) => name.startsWith("st-key-")).slice(7));
  window.fusionFrame.update();
}"""
"""A script that requests the focus for a field, as after a field was added."""


def test_no_quick_change_is_lost(page: Page, address: str) -> None:
    page.add_init_script(PATIENT)
    page.goto(address)
    expect(node(page, "relevance")).to_be_visible()
    idle(page)
    with step("each of many clicks counts"):
        many_clicks(page, "Add merge")
        expect(merges(page)).to_have_count(1 + MANY)
        many_clicks(page, "undo")
        expect(merges(page)).to_have_count(1)
        expect(page.get_by_role("button", name="undo")).to_be_disabled()
        many_clicks(page, "redo")
        expect(merges(page)).to_have_count(1 + MANY)
    with step("each of many keys counts"):
        idle(page)
        name_of_input(page).press("Control+z")
        depth(page, 0).focus()
        for _ in range(MANY):
            page.keyboard.press("Control+z")
        expect(merges(page)).to_have_count(1)
        page.keyboard.press("Control+Shift+z")
        expect(merges(page)).to_have_count(2)
    with step("a name and the click behind it both count"):
        name_of_input(page).fill("photo")
        page.get_by_role("button", name="Add merge").click()
        expect(merges(page)).to_have_count(3)
        expect(node(page, "photo")).to_be_visible()
    with step("no change is lost on a slow server"):
        depth(page, 1).focus()
        for _ in range(MANY):
            page.keyboard.press("ArrowRight")
        expect(node(page, f"text_lstm_{1 + MANY}")).to_be_visible()
        expect(node(page, "photo_conv2d_1")).to_be_visible()
        expect(name_of_input(page)).to_have_value("photo")
        expect(page.get_by_text("The picture shows the last model")).to_have_count(0)
    with step("a title that changes is never read as a source"):
        # The browser sends the label of an option, sometimes an earlier one.
        for text in ("1abc", "text", "image"):
            with rerun(page):
                name_of_input(page).fill(text)
                name_of_input(page).press("Enter")
            expect(page.locator(".st-key-problem")).to_have_count(int(text == "text"))
        expect(node(page, "image")).to_be_visible()
    with step("a part that has moved is the one that is removed"):
        # Both menus are used on one state of the page: the second part moves up in the meantime.
        choose(
            page, page.get_by_role("button", name="Add input"), "menuitem", "Table (numbers) Vector"
        )
        expect(node(page, "vector_dense_1")).to_be_visible()
        for name in ("image", "text"):
            menu = page.get_by_role("button", name=f"Change {name}")
            choose(page, menu, "menuitem", "Remove")
        expect(name_of_input(page)).to_have_value("vector")
        expect(page.locator("[class*='_box_branch']")).to_have_count(1)


SHOWN = """() => [...document.querySelectorAll('[data-testid=stSidebar], .st-key-picture_row')]
    .map(part => [part.innerText, [...part.querySelectorAll('input')].map(field => field.value)])"""
"""A script for the texts and values of the sidebar and of the part beside the picture."""


def test_parts_that_are_drawn_alone_show_what_the_whole_page_does(page: Page, address: str) -> None:
    def compare() -> None:
        idle(page)
        settled(page)
        alone = page.evaluate(SHOWN)
        for view in ("Summary", "Diagram"):
            press(page.locator(".st-key-view").get_by_text(view, exact=True))
        settled(page)
        wait_until(lambda: page.evaluate(SHOWN) == alone)

    def choose_in(label: str, option: str) -> None:
        with rerun(page):
            choose(page, page.get_by_role("combobox", name=label).first, "option", option, True)

    page.goto(address)
    expect(node(page, "relevance")).to_be_visible()
    with step("a depth, at which the model can't be built, with another box beside the error"):
        for slider in (0, 0, 0, 0, 0, 1):
            with rerun(page):
                depth(page, slider).press("ArrowRight")
        expect(page.locator(".st-key-problem")).to_be_visible()
        compare()
    with step("a fix, a merge, a fold and more fields"):
        press(page.locator(".st-key-problem-fix-0 button"))
        choose_in("Strategy", "Sum · Add")
        press(page.get_by_role("button", name="Fold text"))
        press(page.locator("[class*=-more] summary").first)
        compare()


def many_clicks(page: Page, name: str) -> None:
    """Click a button several times without waiting: all clicks are sent before the page can move
    it.
    """
    box = page.get_by_role("button", name=name).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, click_count=MANY)


LETTERS = """host => Number(host.dataset.scale) * Math.min(
    ...[...host.querySelectorAll('.stage text')].map(e => Number(e.getAttribute('font-size'))))"""
"""A script for the size of the smallest letters of a picture in pixels, before any zoom."""


@pytest.fixture
def six(page: Page, address: str) -> Page:
    """Open the page of a model with six inputs, three merges and two heads."""
    page.goto(f"{address}/?{PARAMETER}={share(parse(CROWDED))}")
    expect(node(page, "churn")).to_be_visible()
    idle(page)
    return page


CUT = """() => [...document.querySelectorAll(
    '[data-testid=stSidebar] :is(label p, button p, summary p, strong, [data-tag] span, input)')]
    .filter(e => e.offsetParent && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.value || e.innerText)"""
"""A script for texts that are wider than their place."""


MARKED = """() => {
  const all = [...document.querySelectorAll(
    '[data-testid=stSidebar] :is(a, input, button, summary, [data-tag])')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
  all.forEach((e, i) => { e.dataset.stop = i; });
  all[0].focus();
  return all.length;
}"""
"""A script that numbers the controls of the sidebar in document order, and focuses the first."""


def stops(page: Page, most: int) -> list[int]:
    """Return the numbers of the controls that the Tab key reaches, in order."""
    reached: list[int] = []
    for _ in range(most):
        reached.append(page.evaluate("() => Number(document.activeElement.dataset.stop ?? -1)"))
        page.keyboard.press("Tab")
    return reached


def tab_follows(page: Page) -> bool:
    """Return `True` if the sidebar has all its controls, and Tab reaches them in order."""
    count = page.evaluate(MARKED)
    return count > 40 and stops(page, count) == list(range(count))


def test_a_large_model_is_easy_to_navigate(six: Page) -> None:
    viewer, svg, small_map = (six.locator(part) for part in (".viewer", ".stage svg", ".map"))
    with step("its parts are folded, and fit the sidebar"):
        for part in CROWDED["inputs"]:
            line = six.get_by_role("button", name=re.compile(f"^{part['name']} "))
            expect(line.first).to_be_in_viewport()
        expect(six.get_by_text("Merges", exact=True)).to_be_in_viewport()
        expect(merges(six)).to_have_count(3)
        assert_fits(six)
    with step("each control of the sidebar is reached by Tab, in order"):
        wait_until(lambda: tab_follows(six))
    with step("it has blocks, then readable layers"):
        expect(node(six, "photo_conv2d_1")).to_have_count(0)
        press(node(six, "photo"))
        expect(six.get_by_test_id("card")).to_contain_text("MaxPooling2D")
        wait_until(lambda: viewer.evaluate(LETTERS) >= 8.99)
        press(six.get_by_role("button", name="Show layers"))
        expect(node(six, "photo_conv2d_1")).to_be_visible()
        wait_until(lambda: viewer.evaluate(LETTERS) >= 8.99)
    with step("a map shows the visible part"):
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


@pytest.mark.matrix
def test_a_large_model_fits_the_sidebar_with_all_open(six: Page) -> None:
    open_everything(six)
    assert_fits(six)


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


def assert_fits(page: Page) -> None:
    """Check that nothing in the sidebar is cut off or covered, once all parts stand still."""
    settled(page)
    wait_until(lambda: page.evaluate(CUT) == access.cut(page) == access.covered(page) == [])


def test_a_model_is_trained_beside_its_picture(page: Page, small_model: str) -> None:
    strip = page.locator(".st-key-train_strip")
    with step("a key starts it, its curve moves, and the focus comes back"):
        page.goto(small_model)
        expect(page.locator(".st-key-strip-train button")).to_be_enabled()
        idle(page)
        page.keyboard.press("t")
        expect(strip.locator("canvas")).to_be_visible()
        expect(strip).to_contain_text("finished after")
        expect(strip).to_contain_text("accuracy")
        expect(page.locator(".st-key-strip-train button")).to_be_focused()
    with step("it is the run that the Train page shows, and a reload finds it"):
        page.reload()
        expect(strip).to_contain_text("finished after")
        strip.get_by_role("link").click()
        expect(page.get_by_text("finished after")).to_be_visible()
