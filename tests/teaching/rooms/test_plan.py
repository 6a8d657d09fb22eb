"""Plans for a class: their files, refused mistakes, and the plans that ship with the project."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from components.__main__ import main
from components.base.errors import LessonError
from components.base.paths import ROOT
from components.experiments.races.entries import parse_entry
from components.experiments.races.evaluation import evaluate
from components.experiments.races.plan import plan_race
from components.experiments.races.text import verdict
from components.teaching.lessons import library
from components.teaching.lessons.checks import BetCheck
from components.teaching.rooms.content import RoomContent
from components.teaching.rooms.items.lesson import LessonItem
from components.teaching.rooms.items.race import RaceItem
from components.teaching.rooms.plan import (
    WorkshopPlan,
    parse_plan,
    plan_of,
    plan_of_lessons,
    questions_of,
    shipped_plans,
)
from components.teaching.rooms.plan_races import class_race, small_model
from components.teaching.rooms.position import at_item
from components.teaching.rooms.sheet import plan_sheet
from sample_data.loading.synthetic import parse_data
from tests.experiments.races.support import outcome

PLANS = shipped_plans()
PAUSE = {"kind": "pause", "title": "Talk", "minutes": 2}
ASK = {"kind": "ask", "title": "Your bet", "minutes": 1, "question": "bet"}
RESULT = {**ASK, "kind": "result"}
PAYS = {"kind": "pays", "title": "Does it pay?", "minutes": 3, "data": "xor"}
"""Item of a plan of version 0.2."""
BET = {"id": "bet", "kind": "bet", "text": "Which?", "options": ["Add", "Multiply"]}


def plan(*items: dict[str, Any], **parts: Any) -> WorkshopPlan:
    return plan_of({"title": "A plan", "about": "An hour.", "items": list(items), **parts})


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_ships_comes_back_from_its_file(name: str) -> None:
    one = PLANS[name]
    assert parse_plan(one.yaml_text()) == one
    assert len(one.asked_twice) == 2


def test_plans_for_20_60_and_90_minutes_ship() -> None:
    assert [one.minutes for one in PLANS.values()] == [20, 60, 90]


@pytest.mark.parametrize("name", PLANS)
def test_a_bet_before_a_race_names_its_strategies(name: str) -> None:
    """Let the board show how the class bet."""
    items = PLANS[name].items
    for item, race in pairwise(items):
        if item.shows == "question" and isinstance(race, RaceItem) and race.entries:
            bet = PLANS[name].question(item.about)
            assert isinstance(bet, BetCheck)
            assert {parse_entry(entry).title for entry in race.entries} <= set(bet.options)


@pytest.mark.parametrize("name", PLANS)
def test_plans_lessons_and_items_keep_their_names_apart(name: str) -> None:
    lessons = {library.load(one).title for one in library.names()}
    titles = {item.title for plan in PLANS.values() for item in plan.items}
    assert PLANS[name].title not in lessons | titles
    for item in PLANS[name].items:
        if isinstance(item, LessonItem):
            lesson = library.find(item.lesson)
            assert item.title == (lesson.steps[item.step - 1].title if item.step else lesson.title)
        else:
            assert item.title not in lessons


def test_an_item_that_asked_if_fusion_pays_in_0_2_starts_a_race_that_says_it() -> None:
    one = plan({**PAYS, "data": "unique"}, {**RESULT, "question": ""}, version=2)
    assert (one.items[0].kind, one.items[0].title) == ("race", "Does it pay?")
    begun = at_item(RoomContent().planning(one.yaml_text()), 0, now=0.0).item_race
    assert begun is not None
    race, _ = class_race(small_model(), begun.nicknames, parse_data(begun.data), begun.seeds)
    assert (begun.data, race.seeds) == ("unique", 5)
    planned = plan_race(race)
    fused = {0: 0.95, 1: 0.96, 2: 0.94, 3: 0.95, 4: 0.97}
    scores = {run.digest: fused[run.seed] for run in planned.runs if run.entry.is_strategy}
    known = {run.digest: outcome(scores.get(run.digest, 0.7)) for run in planned.runs}
    result = evaluate(planned, known)
    assert verdict(result, result.tables[0]).startswith("Fusion pays 25")
    assert [entry.title for entry in race.entries] == [
        "Concatenate",
        "left alone",
        "right alone",
        "Averaged logits",
    ]
    assert parse_plan(one.yaml_text()) == one


@pytest.mark.parametrize(
    ("merge", "fits"),
    [
        ("gated", True),
        ("attention", True),
        ("time_concatenate", False),
        ("concatenate:then=conv1d", False),
        ("apart", False),
        ("alone:input=left", False),
    ],
)
def test_a_race_that_asks_if_fusion_pays_needs_a_merge_of_two_vectors(
    merge: str, fits: bool
) -> None:
    one = plan(PAUSE, {**PAYS, "merge": merge}, version=2)
    if fits:
        one.check()
        return
    with pytest.raises(LessonError, match=r"Item 2 of the plan .* can join two vectors"):
        one.check()


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([PAUSE, {**PAUSE, "minutes": 0}], r"Item 2 .* `minutes` of the item can't be 0"),
        ([{**PAUSE, "kind": "dance"}], "Item 1 of the plan is wrong"),
        ([{**PAUSE, "kind": "lesson", "lesson": "xxor"}], r"Item 1 .* There is no lesson `xxor`"),
        ([{**PAUSE, "kind": "lesson", "lesson": "xor", "step": 9}], "`xor` has 4 steps"),
        ([{**PAUSE, "kind": "race", "data": "xxor"}], r"Item 1 .* There is no relation"),
        ([{**PAUSE, "kind": "race", "data": "xor", "entries": ["ad"]}], "Did you mean `add`"),
        (
            [{**PAUSE, "kind": "race", "data": "recall", "entries": ["add"]}],
            r"Item 1 .* Recall needs",
        ),
        ([PAYS], "Item 1 of the plan is wrong"),
        ([{**PAUSE, "kind": "model", "model": "nothing"}], "Item 1"),
        ([{**ASK, "question": "bett"}], r"Item 1 .* not in `questions` \(bett\). Did you mean"),
        ([RESULT], "Item 1 of the plan shows a result that is not there yet"),
        ([PAUSE, {**RESULT, "question": ""}], "Item 2 of the plan shows a result"),
        ([ASK, ASK, ASK], "asked at most twice"),
        ([], "`items` of the plan has 0 entries"),
    ],
)
def test_a_mistake_is_named_with_its_place(items: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(LessonError, match=sentence):
        plan(*items, questions=[BET])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("items: [", "plan.s file is not YAML .line 1"), ("version: 3\ntitle: x", "needs `title`")],
)
def test_a_file_that_is_no_plan_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(LessonError, match=sentence):
        parse_plan(text)


def test_a_question_has_room_in_a_vote() -> None:
    with pytest.raises(LessonError, match="at most 200 letters"):
        plan(PAUSE, questions=[{**BET, "text": "x" * 201}])


def test_only_a_question_with_a_right_answer_is_asked_before_and_after() -> None:
    def asked_twice(**parts: str) -> int:
        bet, asks = {**BET, **parts}, {**ASK, "question": "bet"}
        return len(plan(asks, asks, questions=[bet]).asked_twice)

    assert (asked_twice(), asked_twice(answer="Add")) == (0, 1)


def test_a_plan_is_made_of_lessons() -> None:
    questions = questions_of(["xor", "small"])
    made = plan_of_lessons(["xor", "small"], [questions["xor_concatenation"]])
    kinds = [item.kind for item in made.items]
    assert kinds == ["pause", "ask", "lesson", "lesson", "ask", "result", "pause"]
    assert [one.id for one in made.asked_twice] == ["xor_concatenation"]
    assert parse_plan(made.yaml_text()) == made


def test_the_command_lists_the_items_of_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(plan(PAUSE, PAUSE).yaml_text())
    assert main(["lesson", "plan", str(file)]) == 0
    listed = capsys.readouterr().out
    with file.open() as opened:
        monkeypatch.setattr("sys.stdin", opened)
        assert main(["lesson", "plan", "-"]) == 0
    assert capsys.readouterr().out == listed
    assert listed.split() == [
        "0",
        "pause",
        "Talk",
        "2",
        "pause",
        "Talk",
        "4",
        "end",
    ]
    unfit = {**PAYS, "merge": "time_concatenate"}
    for wrong in (plan(unfit, version=2).yaml_text(), "items: []"):
        file.write_text(wrong)
        assert main(["lesson", "plan", str(file)]) == 2


@pytest.mark.parametrize("name", PLANS)
def test_the_sheet_of_a_plan_has_each_item_with_its_notes_and_start(name: str) -> None:
    sheet, minute = plan_sheet(PLANS[name]), 0
    for item in PLANS[name].items:
        assert f"<h2>{minute} min: {escape(item.title)} ({item.minutes} min)</h2>" in sheet
        assert escape(item.notes) in sheet
        minute += item.minutes


def test_the_sheet_keeps_texts_as_texts() -> None:
    assert "<script>" not in plan_sheet(plan({**PAUSE, "notes": "<script>x</script>"}))


def test_the_script_of_the_workshop_follows_the_plan_with_a_welcome_and_a_break() -> None:
    page = (ROOT / "docs/workshop.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d):(\d\d) \| ([^|]+) \|", page, re.MULTILINE)
    script = [(60 * int(hour) + int(minute), title) for hour, minute, title in rows]
    items = PLANS["meeting"].items
    assert [title for _, title in script if title != "–"] == [item.title for item in items]
    lengths = [(end - begin, title) for (begin, title), (end, _) in pairwise(script)]
    assert [length for length, title in lengths if title != "–"] == [one.minutes for one in items]
    assert f"*{PLANS['meeting'].title}*" in page
