"""A lesson made by a teacher from the present model; a learner opens its link, passes and
hands in.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.experiments.training.requests import Settings
from components.sharing.links.link import LinkContent, content_parts
from components.teaching.lessons.hand_in import parse_hand_in
from components.teaching.lessons.lesson import Lesson, lesson_of
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.e2e.browser import idle, open_preset, step
from tests.e2e.conftest import visitor


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """Return a lesson with a small model instead of a large one, a bet, and a run."""
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
        with step("a failed check has its reason"):
            press_in(page, "Check")
            expect(panel(page).get_by_text("Parameters must be at most 2,300")).to_be_visible()
        with step("a smaller model is trained, and passes"):
            idle(page)
            open_preset(page, "Two predictions, no merge")
            press_in(page, "Train 1 seed")
            runs = panel(page).locator(".st-key-lesson_check_runs")
            expect(runs).to_contain_text("This model reaches")
            expect(runs).to_contain_text("check_circle")
            press_in(page, "Check")
            expect(panel(page).get_by_text("You have passed this lesson.")).to_be_visible()
        with step("a reload finds the lesson with its bet, and its work is handed in"):
            page.reload()
            press_in(page, "Hand in")
            token = panel(page).get_by_test_id("stCode").first.inner_text().strip()
            work = parse_hand_in(token)
            work.require_version(lesson)
            assert [choice for choice, _ in work.bets.values()] == ["Yes"]


def panel(page: Page) -> Locator:
    return page.locator(".st-key-lesson_panel")


def press_in(page: Page, name: str) -> None:
    """Press a button of the panel, which is redrawn separately."""
    idle(page)
    panel(page).get_by_role("button", name=name, exact=True).click()
