"""A teacher makes a lesson of the present model; a learner opens its link, passes and hands in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.core.paths import ROOT
from components.lessons.lesson import parse_lesson
from tests.e2e.browser import NO_HINTS, choose, idle, open_preset, press
from tests.e2e.conftest import link_to_small_model

UNTRAINED = 77
"""A seed of data that no other test trains on."""


@pytest.fixture
def learner(browser: Browser) -> Iterator[Page]:
    """A page of another browser, whose scripts must not fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    context.add_init_script(NO_HINTS)
    opened, failures = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    context.close()
    assert not failures


def test_a_lesson_from_the_first_word_to_the_token(
    page: Page, learner: Page, address: str, tmp_path: Path
) -> None:
    lesson = tmp_path / "lesson.yaml"
    link = make_lesson(page, link_to_small_model(address, seed=UNTRAINED), lesson)
    solution = parse_lesson(lesson.read_bytes()).solution
    assert solution.architecture.name == "independent_predictions"

    learner.goto(link)
    panel = learner.locator(".st-key-lesson_panel")
    expect(panel.get_by_text("Step 1 of 1")).to_be_visible()
    expect(learner.locator(".st-key-preset")).to_be_visible()
    expect(learner.get_by_text("Merges", exact=True)).to_have_count(0)
    panel.get_by_text("Yes", exact=True).click()
    press_in(panel, "Lock the bet")
    expect(panel.get_by_text("Your bet: Yes")).to_be_visible()
    press_in(panel, "Check")
    expect(panel.get_by_text("Parameters must be at most 2,300")).to_be_visible()
    expect(panel.get_by_text("Train this model first")).to_be_visible()

    learner.reload()
    expect(panel.get_by_text("Your bet: Yes")).to_be_visible()
    idle(learner)
    open_preset(learner, "Two predictions, no merge")
    press_in(panel, "Train 1 seed")
    expect(panel.get_by_text("This model reaches")).to_be_visible()
    press_in(panel, "Check")
    expect(panel.get_by_text("You have passed this lesson.")).to_be_visible()

    learner.reload()
    expect(panel.get_by_text("You have passed this lesson.")).to_be_visible()
    press_in(panel, "Hand in")
    token = panel.get_by_test_id("stCode").first.inner_text().strip()
    assert verified(tmp_path, token, lesson) == 0
    assert verified(tmp_path, token[:-9], lesson) == 1


def make_lesson(page: Page, model: str, file: Path) -> str:
    """Make a lesson that starts with another model. Saves its file, and returns its link."""
    page.goto(model)
    expect(page.get_by_test_id("figures")).to_be_visible()
    press(page.get_by_role("link", name="Learn", exact=True))
    page.get_by_role("button", name="Make a lesson", exact=True).click()
    write(page, "Title", "Few parameters")
    write(page, "Question", "How small can it be?")
    write(page, "Title of the step", "Choose a model")
    write(page, "Text", "Each input has $d$ numbers.")
    start = page.get_by_role("combobox", name="Starts with")
    choose(page, start, "option", "Preset: Poster and plot (GMU)", search=True)
    choose(page, page.get_by_role("combobox", name="Parts of the Build page"), "option", "Preset")
    page.keyboard.press("Escape")
    checks = page.locator("[class*='st-key-making_check_']:not([class*='_head'])")
    names = ("A bet", "Use at most 2,300 parameters.", "An accuracy to reach")
    for number, name in enumerate(names, 1):
        choose(page, page.get_by_role("button", name="Add a check"), "menuitem", name)
        expect(checks).to_have_count(number)
    write(checks.first, "Question", "Does the small one win?")
    write(checks.first, "What turns out right", "No")
    write(checks.first, "Other answers, one a line", "Yes")
    write(checks.last, "Seeds", "1")
    write(checks.last, "Accuracy at least (%)", "20")
    link = page.get_by_test_id("stCode")
    expect(page.get_by_text("The present model passes 2 of 3 checks.")).to_be_visible()
    expect(link).to_contain_text("lesson=")
    idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the lesson's file").click()
    download.value.save_as(file)
    return link.inner_text().strip()


def write(part: Page | Locator, label: str, text: str) -> None:
    """Type into a field and leave it."""
    field = part.get_by_label(label, exact=True)
    expect(field).to_have_count(1)  # One that is drawn anew is there twice for a moment.
    field.fill(text)
    field.press("Tab")
    idle(part if isinstance(part, Page) else part.page)


def press_in(panel: Locator, name: str) -> None:
    """Press a button of the panel, which draws itself alone again."""
    idle(panel.page)
    panel.get_by_role("button", name=name, exact=True).click()


def verified(folder: Path, token: str, lesson: Path) -> int:
    """Verify a token by the command line; returns its code."""
    (folder / "tokens.txt").write_text(f"{token}\n", encoding="utf-8")
    words = ["lesson", "verify", str(folder / "tokens.txt"), "--lesson", str(lesson)]
    command = [sys.executable, "-m", "components", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode
