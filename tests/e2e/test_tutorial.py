"""The tutorial *Your first model*, played sentence by sentence."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.access import settled
from tests.e2e.browser import idle, opened, press, rerun
from tests.e2e.conftest import visitor
from tests.e2e.test_frame import PHONE
from tests.e2e.tutorials import RACE, Tutorial, accuracy, go, pick, played, reached, top

NOTHING_TO_SEE = (
    "opens it at `http://127.0.0.1:8501`",
    "about ten minutes",
    "A small model shows more",
    "data are generated, so that best is known",
    "On another Training seed",
    "Concatenate puts the numbers of both inputs side by side",
    "can't be told from a sum",
    "One training can be luck",
    "The line below the button says how long, if it is more than two minutes",
    "Verdicts explains",
    "Next: your own data",
)
"""Sentences that say nothing about what a page shows, or only of another seed or machine."""


def node(page: Page, name: str) -> Locator:
    return page.locator(f"g.node#{name}")


def curve(page: Page) -> Locator:
    return accuracy(page, "relevance")


@pytest.mark.matrix
def test_the_first_model_is_as_its_tutorial_says(
    build: Page, browser: Browser, address: str
) -> None:
    with played("first_model.md", NOTHING_TO_SEE) as tutorial:
        look_at_a_model(tutorial, build)
        use_a_narrow_screen(tutorial, browser, address)
        ask_a_question(tutorial, build)
        choose_multiply(tutorial, build)
        see_contributions(tutorial, build)
        compare(tutorial, build)
        take_it_along(tutorial, build, browser)


def look_at_a_model(tutorial: Tutorial, page: Page) -> None:
    figures, card = page.get_by_test_id("figures"), page.get_by_test_id("card")
    first = "4,071,297"
    with tutorial.says("Build page opens with a model of an image and a text"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Build a model")
        expect(node(page, "image")).to_be_visible()
        expect(node(page, "text")).to_be_visible()
    with tutorial.says(
        f"{first} parameters, 97 % of them in one Dense layer",
        "Click that layer: beside the picture stand its shape, its parameters and what it costs",
    ):
        expect(figures).to_contain_text(first)
        press(node(page, "image_projection"))
        for part in ("Dense", "output", "3,936,384 · 96.7 %", "FLOPs per sample"):
            expect(card).to_contain_text(part)
    depth = page.get_by_role("slider", name="Depth")
    with tutorial.says("Move the Depth of `text`, and the Keras model is built again"):
        with rerun(page):
            depth.nth(1).press("ArrowRight")
        expect(figures).not_to_contain_text(first)
        expect(node(page, "text_lstm_2")).to_be_visible()
    with tutorial.says("Undo, or Ctrl+Z, takes the change back"):
        with rerun(page):
            page.keyboard.press("Control+z")
        expect(figures).to_contain_text(first)
    with tutorial.says("the picture shows where in red, and buttons offer fixes"):
        for _ in range(5):
            with rerun(page):
                depth.nth(0).press("ArrowRight")
        expect(page.locator(".stage svg").get_by_text("does not fit")).to_be_visible()
        expect(page.locator(".st-key-problem-fix-0 button")).to_be_visible()
        undo = page.get_by_role("button", name="Undo").first
        for _ in range(5):
            press(undo)
        expect(figures).to_contain_text(first)
    kind = page.get_by_role("combobox", name="Kind")
    with tutorial.says("Kind of `image` from Image to Vector, and that of `text` from Embeddings"):
        for number, old in enumerate(("Image", "Embeddings")):
            expect(kind.nth(number)).to_have_value(old)
            pick(page, kind.nth(number), "Vector")
    with tutorial.says(
        "a row of numbers with one Dense layer, and the merge, Concatenate, joins both",
        "The model has 7,681 parameters",
    ):
        expect(figures).to_contain_text("7,681")
        picture = page.locator(".stage svg g.node")
        expect(picture.filter(has_text="relu")).to_have_count(2)
        expect(picture.filter(has_text="Concatenate")).to_contain_text("64 + 64 → 128")


def use_a_narrow_screen(tutorial: Tutorial, browser: Browser, address: str) -> None:
    """Check where the sidebar and the note are on a narrow screen, with the first model."""
    with (
        tutorial.says("Scroll down to it; on a narrow screen it is below the picture"),
        visitor(browser, PHONE) as phone,
    ):
        phone.goto(address)
        expect(node(phone, "relevance")).to_be_visible()
        settled(phone)
        opener = phone.get_by_role("button", name="Change the model")
        assert top(opener) > top(phone.get_by_role("navigation", name="Pages"))
        assert top(phone.get_by_text("The branches only add up")) > top(phone.locator(".viewer"))
        opener.click()
        expect(phone.get_by_role("combobox", name="Kind").first).to_be_in_viewport()


def ask_a_question(tutorial: Tutorial, page: Page) -> None:
    main = page.get_by_role("main")
    with tutorial.says("Open Train and choose the relation Xor: the label is 1 if two hidden bits"):
        go(page, "Train")
        expect(page.locator(".samples")).to_be_visible()
        relation = page.get_by_role("combobox", name="Relation of inputs and label")
        pick(page, relation, "Xor")
        expect(main).to_contain_text("With two bits it is 1 if they differ")
    with tutorial.says("each input alone and a trained additive model reach 0.5, and the best"):
        levels = ["chance", "image alone", "text alone", "additive model", "Bayes optimum"]
        expect(main.get_by_role("term")).to_have_text(levels)
        expect(main.get_by_role("definition")).to_have_text([*["0.500"] * 4, "1.000"])
    with tutorial.says("It trains 20 epochs on 2,000 samples", "Press Train."):
        expect(page.get_by_label("Epochs", exact=True).first).to_have_value("20")
        expect(page.get_by_label("Samples", exact=True).first).to_have_value("2000")
        idle(page)
        page.locator(".st-key-train button").click()
        expect(main).to_contain_text("concatenate · xor: finished after 20 epochs")
        idle(page)
    with tutorial.says(
        "The model stays at chance: its validation accuracy ends near 0.51",
        "pale curve of the training samples rises all the same",
    ):
        training, validation = reached(curve(page))
        assert 0.45 <= validation <= 0.55
        assert training > 0.75
    with tutorial.says(
        "this model only adds what its inputs say, and this data needs them together",
        "Try Multiply beside it",
    ):
        sentence = main.get_by_text("Stays at chance")
        expect(sentence).to_contain_text(
            "This model only adds what its inputs say, and this data needs them together."
        )
        assert top(curve(page)) < top(sentence)
        expect(main.get_by_role("button", name="Try Multiply")).to_be_visible()
    with tutorial.says("Go back to Build", "The branches only add up"):
        go(page, "Build")
        note = page.locator("strong").last
        expect(note).to_have_text("The branches only add up")
        note.scroll_into_view_if_needed()


def choose_multiply(tutorial: Tutorial, page: Page) -> None:
    with tutorial.says("under Merges, choose Product · Multiply as the Strategy"):
        sidebar = page.get_by_test_id("stSidebar")
        expect(sidebar.get_by_text("Merges", exact=True)).to_be_visible()
        pick(page, sidebar.get_by_role("combobox", name="Strategy").first, "Product · Multiply")
    with tutorial.says("The picture follows: 7,617 parameters"):
        expect(page.get_by_test_id("figures")).to_contain_text("7,617")
        expect(node(page, "fusion_multiply")).to_be_visible()
    with tutorial.says("Press Train beside the picture", "ends at 1, or within 0.01 of it"):
        page.locator(".st-key-strip-train button").click()
        expect(curve(page)).to_have_attribute("aria-label", re.compile("multiply .* 20 epochs"))
        expect(page.locator(".st-key-train_strip")).to_contain_text("finished after 20 epochs")
        idle(page)
        assert reached(curve(page))[1] >= 0.99
    with tutorial.says("Open Train to see the whole run", "As good as possible, says"):
        go(page, "Train")
        expect(page.get_by_role("main").get_by_text("As good as possible")).to_be_visible()
    with tutorial.says("Select both runs in the table, and press Overlay"):
        table = page.get_by_test_id("stDataFrame")
        expect(table.locator("canvas [role=gridcell]").first).to_be_attached()
        for y in (52, 87):
            with rerun(page):
                table.locator(".dvn-scroller").click(position={"x": 16, "y": y})
        press(page.get_by_role("button", name="Overlay", exact=True))
        both = re.compile("multiply · xor after 20 .*concatenate · xor after 20")
        expect(curve(page)).to_have_attribute("aria-label", both)


def see_contributions(tutorial: Tutorial, page: Page) -> None:
    main = page.get_by_role("main")
    with tutorial.says(
        "Open Inspect", "how much each input contributes to the trained model, alone and together"
    ):
        go(page, "Inspect")
        shares = main.get_by_role("img", name=re.compile("^Shares of the inputs"))
        expect(shares).to_be_visible()
        expect(main.get_by_role("img", name=re.compile("if only some inputs"))).to_be_visible()
    with tutorial.says("alone is worth nearly nothing, and both together all"):
        sentence = main.locator("strong").get_by_text("Both inputs are needed")
        assert top(sentence) < top(shares)
        alone, both = (
            int(found) for found in re.findall(r"(?:reach|together) (\d+) %", sentence.inner_text())
        )
        assert alone < 60
        assert both >= 99
    with tutorial.says("X-ray has the numbers of one sample in every layer", "Swap one input"):
        press(page.locator(".st-key-inspect_view").get_by_text("X-ray"))
        expect(page.locator("g.node")).to_have_count(6)
        idle(page)
        page.get_by_role("button", name="Swap").click()
        expect(main).to_contain_text(re.compile(r"The change (reaches|stops)"))


def compare(tutorial: Tutorial, page: Page) -> None:
    main, sidebar = page.get_by_role("main"), page.get_by_test_id("stSidebar")
    with tutorial.says("Open Compare: six strategies are marked"):
        go(page, "Compare")
        expect(page.locator(".st-key-bet").get_by_role("radio")).to_have_count(6)
    with tutorial.says("Bet on one, press Lock the bet, then Start race"):
        press(page.locator(".st-key-bet").get_by_text("Multiply", exact=True))
        press(page.get_by_role("button", name="Lock the bet"))
    with tutorial.says("30 trainings, of which you have done two", "They take from half a minute"):
        expect(sidebar).to_contain_text("6 strategies × 1 dataset × 5 seeds: 30 trainings")
        expect(sidebar).to_contain_text("2 already trained")
        page.locator(".st-key-start_race button").click()
        expect(page.get_by_text("Race finished: 30 of 30 runs.")).to_be_attached(timeout=RACE)
        idle(page)
    with tutorial.says("which strategies share the lead, which are behind, and why"):
        expect(main).to_contain_text("The inputs must interact")
        verdict = main.inner_text()
        behind, *_ = re.findall("ahead of (.*?) by more than seed-to-seed variation", verdict)
        assert {*re.split(", | and ", behind)} == {"Late sum of logits", "Add", "Concatenate"}
    with tutorial.says("It also answers your bet"):
        expect(main).to_contain_text("You bet on Multiply.")


def take_it_along(tutorial: Tutorial, page: Page, browser: Browser) -> None:
    go(page, "Build")
    figures = page.get_by_test_id("figures")
    with tutorial.says("Code on the Build page is the Keras script"):
        press(page.locator(".st-key-view").get_by_text("Code", exact=True))
        expect(page.locator(".code")).to_contain_text("layers.Multiply(")
    with tutorial.says("Save and share gives a link", "`127.0.0.1` on this computer only"):
        body = opened(page, "share")
        expect(body.get_by_test_id("stCode")).to_contain_text("/?m=")
        expect(body.get_by_role("alert")).to_contain_text("Only this computer can open")
        with visitor(browser) as other:
            other.goto(body.get_by_test_id("stCode").inner_text().strip())
            expect(other.get_by_test_id("figures")).to_contain_text("7,617")
        with rerun(page):
            page.keyboard.press("Escape")
    with tutorial.says("Undo on Build leads back to the picture and the text, or the Gallery"):
        for _ in range(3):
            press(page.get_by_role("button", name="Undo").first)
        expect(figures).to_contain_text("4,071,297")
        expect(page.locator(".st-key-preset")).to_contain_text("Gallery: Picture and text")
