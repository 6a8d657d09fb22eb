"""A teacher makes a lesson of the present model; a learner opens its link, passes and hands in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.export.link import LinkContent, content_parts
from components.lessons.hand_in import parse_hand_in
from components.lessons.lesson import Lesson, lesson_of, parse_lesson, parse_lesson_token
from components.training.requests import Settings
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e.browser import choose, idle, open_preset, press, saved, step
from tests.e2e.conftest import visitor


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """A small model instead of a large one, a bet on it, and a run of it."""
    data = DataSpec(relation=RELATIONS["redundant"](), samples=400, seed=77)
    start, solution = (
        content_parts(LinkContent(presets.load(name), data, Settings(epochs=2)))
        for name in ("movie_genres", "independent_predictions")
    )
    few = {"of": "parameters", "at_most": 2300}
    bet = {"text": "Does the small one win?", "options": ["No", "Yes"], "answer": "No"}
    checks = [
        {"id": "bet", "kind": "bet", "reveal": "runs", **bet},
        {"id": "small", "kind": "architecture", "text": "Few.", "conditions": [few]},
        {"id": "runs", "kind": "runs", "text": "Reach 20 %.", "seeds": 1, "at_least": 0.2},
    ]
    step = {"title": "Choose", "text": "Each input has $d$ numbers.", "checks": checks}
    texts = {"title": "Few parameters", "question": "How small can it be?"}
    return lesson_of({**texts, "start": start, "steps": [step], "solution": solution})


@pytest.mark.matrix
def test_a_teacher_makes_a_lesson_and_takes_its_link_and_file(
    page: Page, small_model: str, tmp_path: Path
) -> None:
    page.goto(small_model)
    expect(page.get_by_test_id("figures")).to_be_visible()
    press(page.get_by_role("link", name="Learn", exact=True))
    page.get_by_role("button", name="Make a lesson", exact=True).click()
    for label, text in {
        "Title": "Few parameters",
        "Question": "How small can it be?",
        "Task": "Each input has $d$ numbers.",
    }.items():
        write(page, label, text)
    start = page.get_by_role("combobox", name="Starts with")
    choose(page, start, "option", "Preset: Poster and plot (GMU)", search=True)
    idle(page)
    page.get_by_text("Use at most 2,300 parameters.", exact=True).first.click()
    link = page.get_by_test_id("stCode")
    expect(link).to_contain_text("lesson=")
    idle(page)
    button = page.get_by_role("button", name="Download the lesson's file")
    lesson = parse_lesson(saved(page, button, tmp_path).read_bytes())
    assert lesson.solution.architecture.name == "independent_predictions"
    assert parse_lesson_token(link.inner_text().strip().rpartition("=")[2]) == lesson


def test_a_learner_bets_trains_passes_and_hands_in(
    browser: Browser, address: str, lesson: Lesson
) -> None:
    with visitor(browser, newcomer=True) as page:
        with step("the link opens the lesson, without hints of the first visit"):
            page.goto(f"{address}/?lesson={lesson.token()}")
            expect(panel(page).get_by_text("Step 1 of 1")).to_be_visible()
            page.wait_for_function("() => window.fusionHints")
            expect(page.get_by_role("complementary", name="First steps")).to_be_hidden()
        with step("a bet is locked"):
            idle(page)
            panel(page).get_by_text("Yes", exact=True).click()
            press_in(page, "Lock the bet")
            expect(panel(page).get_by_text("Your bet: Yes")).to_be_visible()
        with step("a check that fails says why"):
            press_in(page, "Check")
            expect(panel(page).get_by_text("Parameters must be at most 2,300")).to_be_visible()
        with step("a smaller model is trained, and passes"):
            idle(page)
            open_preset(page, "Two predictions, no merge")
            press_in(page, "Train 1 seed")
            expect(panel(page).get_by_text("This model reaches")).to_be_visible()
            press_in(page, "Check")
            expect(panel(page).get_by_text("You have passed this lesson.")).to_be_visible()
        with step("a reload finds the lesson with its bet, and its work is handed in"):
            page.reload()
            press_in(page, "Hand in")
            token = panel(page).get_by_test_id("stCode").first.inner_text().strip()
            work = parse_hand_in(token)
            work.require_version(lesson)
            assert [bet.choice for bet in work.bets.values()] == ["Yes"]


def panel(page: Page) -> Locator:
    return page.locator(".st-key-lesson_panel")


def press_in(page: Page, name: str) -> None:
    """Press a button of the panel, which draws itself alone again."""
    idle(page)
    panel(page).get_by_role("button", name=name, exact=True).click()


def write(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it."""
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_count(1)  # One that is drawn anew is there twice for a moment.
    field.fill(text)
    field.press("Tab")
    idle(page)
