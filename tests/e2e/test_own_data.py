"""The tutorial *Your own data*, played sentence by sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Position, expect
from playwright.sync_api import TimeoutError as BrowserTimeout

from tests.e2e.browser import OPENINGS, SOON, form_switch, idle, number, press, rerun, saved
from tests.e2e.tutorials import RACE, Tutorial, accuracy, go, played, reached, top

NOTHING_TO_SEE = (
    "From a table of yours to a model",
    "Your file stays on the machine",
    "The steps below use it",
    "Your own files has all kinds",
    "If one person has several rows",
    "In an example that turns chance into 97 %",
    "Use a trained model shows how to predict a whole file",
)
"""Sentences that say nothing about what a page shows."""


COLUMNS = {
    "patient": ("not used", "Category of 100", "P001 · P001 · P001"),
    "day": ("numbers", "Date", "2025-"),
    "age": ("numbers", "Number", "55 · 55 · 55"),
    "pulse": ("numbers", "Number", ""),
    "ward": ("ward", "Category of 2", "north · north · north"),
    "note": ("note", "Words", "slept"),
    "recovered": ("recovered (predicted)", "Category of 2", "no · no · no"),
}
"""Columns of the example: where each goes, how it is read, and how its first values begin."""
LAST = 3
"""Number of the cell of a column that has its first values."""
READ_AS: Position = {"x": 560, "y": 52}
"""Place of the reading of the first column in the table of the dialog."""


@pytest.mark.matrix
def test_own_data_is_as_its_tutorial_says(build: Page, tmp_path: Path) -> None:
    with played("own_data.md", NOTHING_TO_SEE) as tutorial:
        choose_a_file(tutorial, build, tmp_path)
        check_how_it_was_read(tutorial, build)
        hold_out_whole_groups(tutorial, build)
        train_and_predict(tutorial, build)
        find_out(tutorial, build)


def choose_a_file(tutorial: Tutorial, page: Page, folder: Path) -> None:
    with tutorial.says("Open Train and choose Own file"):
        go(page, "Train")
        expect(page.locator(".samples")).to_be_visible()
        press(page.get_by_text("Own file", exact=True))
    with tutorial.says("No file at hand?"), tutorial.says("How to make this file has Example .csv"):
        press(page.get_by_role("button", name="How to make this file"))
        dialog = page.get_by_role("dialog")
        example = saved(page, dialog.get_by_role("button", name="Example .csv"), folder)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    with tutorial.says("Choose your file under Your data file"):
        uploader = page.get_by_test_id("stFileUploader")
        expect(uploader).to_contain_text("Your data file")
        with rerun(page):
            uploader.locator("input").set_input_files(example)
        expect(page.get_by_test_id("stSidebar")).to_contain_text("400 samples, 7 columns")


def check_how_it_was_read(tutorial: Tutorial, page: Page) -> None:
    main = page.get_by_role("main")
    with tutorial.says("how it was read, and its first values", "`recovered`, is what the model"):
        check_table(main)
    with (
        tutorial.says("Columns that are no features are not used", "In the example that is"),
        tutorial.says("Use it makes such a column a feature"),
    ):
        expect(main).to_contain_text("patient is not used: it looks like an identifier")
        expect(page.get_by_role("button", name="Use it")).to_be_enabled()
    with tutorial.says("opens a model with an input for each group of columns"):
        press(page.get_by_role("button", name="Build a model for this file"))
        expect(main).to_contain_text("own data · 3 inputs, concatenate")
    with tutorial.says("Is something wrong?"), tutorial.says("sets which column goes to which"):
        dialog = open_columns(page)
        check_table(dialog)
        list_readings(dialog)
        for reading in ("Number", "Category", "Words", "Date"):
            expect(page.get_by_role("option", name=reading, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)


def open_columns(page: Page) -> Locator:
    press(page.get_by_role("button", name="Columns …"))
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("canvas [role=gridcell]").first).to_be_attached()
    return dialog


def list_readings(dialog: Locator) -> Locator:
    """Open the list of readings of the first column, and return the option *Left out*.

    A click on the cell opens the list if the cell is selected, and selects it otherwise.
    """
    option = dialog.page.get_by_role("option", name="Left out", exact=True)
    for _ in range(OPENINGS):
        dialog.locator(".dvn-scroller").click(position=READ_AS)
        try:
            option.wait_for(timeout=SOON)
            break
        except BrowserTimeout:
            continue
    return option


def check_table(part: Locator) -> None:
    """Check the table of columns, which is drawn on a canvas with cells for screen readers."""
    cells = part.get_by_test_id("stDataFrame").first.locator("canvas [role=gridcell]")
    texts = [
        re.compile(f"^{re.escape(text)}{'' if at == LAST else '$'}")
        for name, known in COLUMNS.items()
        for at, text in enumerate((name, *known))
    ]
    expect(cells).to_have_text(texts)


def hold_out_whole_groups(tutorial: Tutorial, page: Page) -> None:
    sidebar = page.get_by_test_id("stSidebar")
    warnings = sidebar.get_by_role("alert")
    rows = page.get_by_role("combobox", name="Held-out rows")
    with tutorial.says("The page warns of such a column"):
        expect(warnings.first).to_contain_text("patient has 100 different values in 400 rows")
    with tutorial.says("The validation accuracy counts only rows", "Under Held-out rows, choose"):
        expect(sidebar).to_contain_text("100 of 400 rows are held out, chosen at random")
        rows.click()
        kinds = ["Random rows", "Whole groups", "Last rows by time", "A file of its own"]
        expect(page.get_by_role("option")).to_have_text(kinds)
        page.keyboard.press("Escape")
    with tutorial.says("press Hold out whole groups: the page takes `patient`"):
        press(page.get_by_role("button", name="Hold out whole groups"))
        expect(page.get_by_role("combobox", name="Column of the groups")).to_have_value("patient")
        expect(sidebar).to_contain_text("100 of 400 rows are held out: whole groups of patient")
        expect(warnings.filter(has_text="patient")).to_have_count(0)


def train_and_predict(tutorial: Tutorial, page: Page) -> None:
    main, chart = page.get_by_role("main"), accuracy(page, "recovered")
    with tutorial.says("Press Train."):
        page.locator(".st-key-train button").click()
        expect(main).to_contain_text("concatenate · own data: finished after 20 epochs")
        idle(page)
    with tutorial.says("has a line for chance", "ends above both"):
        form_switch(page, "SVG").click()  # A chart as SVG has its texts in the page.
        lines = []
        for name in ("chance", "majority of all rows"):
            line = chart.locator("text", has_text=re.compile(rf"^{name} 0\.\d+$"))
            lines.append(float((line.text_content() or "").removeprefix(name)))
        chance, frequent = lines
        assert chance < frequent < reached(chart)[1]
    with tutorial.says("The sentence below the chart says if yours is shown to be better"):
        sentence = main.get_by_text(re.compile("^Reaches .* on 100 validation samples"))
        expect(sentence).to_contain_text("Always guessing the most frequent class is right in")
        assert top(chart) < top(sentence)
    with tutorial.says("Open Use this model in the report", "Its Predict a row is a form"):
        report, opener = main.get_by_text("Report", exact=True), main.get_by_text("Use this model")
        assert top(report) < top(opener) < top(main.locator(".report").first)
        idle(page)
        opener.click()
        fields = page.locator(".st-key-use_fields")
        for name in ("day", "age", "pulse", "ward", "note"):
            expect(fields.get_by_label(name, exact=True)).not_to_have_value("")
        expect(fields.get_by_label("patient")).to_have_count(0)
        expect(page.get_by_role("combobox", name="Filled from")).to_have_value("Row 1")
    with tutorial.says("Change it, and press Predict"):
        result = page.locator("[class*=st-key-use_model] .report")
        shown: list[str] = []
        for pulse in ("60", "110"):
            fields.get_by_label("pulse", exact=True).fill(pulse)
            page.get_by_role("button", name="Predict", exact=True).click()
            if shown:
                expect(result).not_to_have_text(shown[0])
            for part in ("yes", "probability", "numbers", "ward", "note", "sum"):
                expect(result).to_contain_text(part)
            shown.append(result.text_content() or "")


def find_out(tutorial: Tutorial, page: Page) -> None:
    """Ask with fewer seeds and epochs than the page has, so that the answer comes sooner."""
    with tutorial.says("Find out tells if a model of all inputs is better than each input alone"):
        go(page, "Compare")
        for label, value in (("Seeds", "3"), ("Epochs", "2")):
            number(page, label, value)
        pays = page.locator(".st-key-pays")
        expect(pays).to_contain_text("9 models × 3 seeds")
        idle(page)
        pays.get_by_role("button", name="Find out").click()
        expect(page.get_by_text("Race finished: 27 of 27 runs.")).to_be_attached(timeout=RACE)
        idle(page)
        expect(page.get_by_role("main")).to_contain_text(
            re.compile("Fusion (pays|isn't shown to pay)")
        )
