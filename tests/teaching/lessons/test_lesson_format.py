from __future__ import annotations

from hashlib import sha256
from typing import get_args

import pytest
import yaml

from components.base.errors import LessonError, LinkError
from components.base.paths import ROOT
from components.models.architecture.architecture import parse
from components.sharing.links.link import LinkContent
from components.teaching.lessons import library
from components.teaching.lessons import yaml_text as yaml_text_module
from components.teaching.lessons.checks import Check, Condition
from components.teaching.lessons.evidence import Evidence, facts_of
from components.teaching.lessons.facts import FACTS
from components.teaching.lessons.hand_in import HandIn, parse_hand_in, parse_work
from components.teaching.lessons.judging import judge_all
from components.teaching.lessons.lesson import (
    Lesson,
    LessonStep,
    TeacherNotes,
    lesson_of,
    parse_lesson,
    parse_lesson_token,
)
from components.teaching.lessons.making import (
    commented_yaml,
    made_lesson,
    missing,
    proposed,
    rounded_up,
)
from components.teaching.lessons.yaml_text import read_yaml, yaml_text
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.teaching.lessons.test_judging import MODEL

NAMES = library.names()
DATA = DataSpec(relation=RELATIONS["xor"](), samples=100)
SOLUTION = LinkContent(parse(MODEL), DATA)
TEXTS = {"title": "A product", "question": "Why multiply?", "task": "Is $a$ enough?"}


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_comes_back_from_its_file_and_its_link(name: str) -> None:
    lesson = library.load(name)
    assert parse_lesson(lesson.yaml_text()) == lesson
    assert parse_lesson_token(lesson.token()) == lesson
    assert lesson_of(lesson.data()).digest == lesson.digest


def test_a_lesson_is_found_by_name_link_and_token() -> None:
    lesson = library.load("xor")
    for text in ("xor", "http://host/?lesson=xor", lesson.token(), f"?lesson={lesson.token()}"):
        assert library.find(text) == lesson
    with pytest.raises(LinkError, match="doesn't end in `\\?lesson=`"):
        library.find("http://host/?m=1.a.b")
    with pytest.raises(LessonError, match="There is no lesson"):
        library.find("http://host/?lesson=nothing")


def changed(**parts: object) -> Lesson:
    return lesson_of({**library.load("xor").data(), **parts})


def test_work_comes_back_from_its_token() -> None:
    lesson = library.load("xor")
    work = HandIn(
        lesson="xor",
        digest=lesson.digest,
        work=lesson.solution,
        answers={"guess": "About 50 %"},
        scores={"works": {0: 1.0, 1: 0.995}},
        earlier={"works": lesson.start},
    )
    assert parse_hand_in(work.token()) == work
    assert parse_work(work.token()).content == lesson.solution


STEP = {"title": "t", "text": "t"}


def stepped(**step: object) -> dict[str, object]:
    """Return a lesson of one step without answers."""
    return {"steps": [STEP | step], "answers": {}}


KNOWN_CHECK = {"id": "runs", "kind": "runs", "text": "t", "beats": "nobody", "seeds": 2}
SAME_ID = {"id": "same", "kind": "number", "text": "t", "answer": 1}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"title": ""}, "The lesson needs a `title`"),
        ({"minutes": 0}, "`minutes` of the lesson can't be 0"),
        ({"start": {"inputs": []}}, "A part of the lesson can't be used here"),
        ({"steps": []}, "`steps` of the lesson has 0 entries"),
        ({"unknown": 1}, "The lesson has no field `unknown`"),
        ({"answers": {"nobody": 1}}, "`answers` can only name a check"),
        ({"titles": {"a": "t"}, "known": {}}, "There is none: leave it out"),
        ({"earlier": {"nobody": MODEL}}, "`earlier` can only name"),
        ({"titles": {"nobody": "t"}}, "`titles` can only name a model of `known`"),
        (stepped(page="Nowhere"), "`page` can only name a page of the"),
        (stepped(checks=[SAME_ID, SAME_ID]), "id of its own"),
        (stepped(checks=[KNOWN_CHECK]), "`known` needs at least 2 scores"),
        (stepped(pictures=[{"kind": "bars", "bars": {"a": 1}, "most": 0}]), "Use more than 0"),
        (
            stepped(pictures=[{"kind": "diagram", "architecture": {}}]),
            "A part of the lesson can't be used here",
        ),
    ],
)
def test_a_wrong_lesson_is_refused_with_the_rule(parts: dict[str, object], sentence: str) -> None:
    with pytest.raises(LessonError, match=sentence):
        changed(**parts)


def test_a_link_that_could_not_be_read_is_not_made() -> None:
    digits = [sha256(bytes([n])).hexdigest() for n in range(250)]
    texts = ["".join(digits[n : n + 60]) for n in range(0, 240, 60)]
    with pytest.raises(LinkError, match=r"at most 8,000 characters.*Shorten its texts"):
        changed(steps=[{"title": "t", "text": one} for one in texts], answers={}).token()
    step = {"title": "t", "text": "long " * 790, "hints": ["long " * 790] * 2}
    with pytest.raises(LinkError, match=r"more than 60,000 bytes.*Shorten its texts"):
        changed(steps=[step] * 12, answers={}).token()


BET = {"kind": "bet", "options": ["yes", "no"]}
CHOICE = {"kind": "choice", "options": [{"text": "a", "right": True}, {"text": "a"}]}


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ({**BET, "answer": "maybe"}, "`answer` can only be one of its options"),
        ({**BET, "options": ["yes", "yes"]}, "Two options of a check are the same"),
        (CHOICE, "Two options of a check are the same"),
        ({**BET, "reveal": "nobody"}, "`reveal` can only name a check of runs"),
        (
            {"kind": "architecture", "conditions": [{"of": "parameters"}]},
            "A condition needs something to compare its fact with",
        ),
        (
            {"kind": "architecture", "conditions": [{"of": "paramters", "at_most": 3}]},
            "needs the name of a fact or a field of the model.*Did you mean `parameters`",
        ),
    ],
)
def test_a_wrong_check_is_refused_with_the_rule(check: dict[str, object], sentence: str) -> None:
    step = {"title": "t", "text": "t", "checks": [{"id": "one", "text": "t", **check}]}
    with pytest.raises(LessonError, match=sentence):
        changed(steps=[step], answers={})


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "a: [",
        "a: 1\na: 2",
        "{1: a, b: c, '1': a}",
        "? [a]\n: 1",
        "!!python/object:os.system {}",
        "!!timestamp 9",
        "!!int 0x1F",
        b"\xff\xfe\x00",
    ],
)
def test_a_file_is_plain_yaml(text: str | bytes) -> None:
    with pytest.raises(LessonError, match="is not YAML"):
        read_yaml(text)


def test_the_format_is_described_completely() -> None:
    parts = (Lesson, LessonStep, TeacherNotes, Condition, *get_args(get_args(Check)[0]))
    names = {name for part in parts for name in part.model_fields} | FACTS.keys()
    text = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
    assert not {name for name in names if f"`{name}" not in text}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-05", 1e-05),
        ("-.5", -0.5),
        ("12", 12),
        ("~", None),
        ("true", True),
        ("12345678901234567890", 12345678901234567890.0),
        *((text, text) for text in ("yes", "0x1F", "1:30", "2026-01-01", "2026-99-99", "1_000")),
    ],
)
def test_values_are_those_of_json(written: str, value: object) -> None:
    assert read_yaml(f"a: {written}") == {"a": value}
    assert read_yaml(yaml_text({"a": value, "b": written})) == {"a": value, "b": written}


NUMBERS = {
    "hexadecimal": "0x" + "f" * 4000,
    "base 60": ":".join("1" * 1500),
    "many digits": "9" * 5000,
    "too large": "1e999",
    "infinite": ".inf",
}


@pytest.mark.parametrize("written", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("field", ["minutes: 7", "answer: 3.0", "epochs: 15"])
def test_an_invalid_number_is_reported_with_its_place(field: str, written: str) -> None:
    name, text = field.partition(":")[0], library.load("xor").yaml_text()
    with pytest.raises(LessonError, match=r"needs|can't be") as refused:
        parse_lesson(text.replace(field, f"{name}: {written}", 1))
    assert name in str(refused.value)


class CountedKey(str):
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountedKey.compared += 1
        return str.__eq__(self, other)


def test_keys_are_not_compared_each_with_each() -> None:
    """Avoid a quadratic comparison, with which a file of 60 kB would block the server for
    seconds.
    """
    loader = yaml_text_module._Loader("")
    keys = [yaml.ScalarNode(f"{yaml_text_module._TAG}str", CountedKey(n)) for n in range(500)]
    mapped = loader.construct_mapping(yaml.MappingNode("", [(key, key) for key in keys]), deep=True)
    assert len(mapped) == 500
    assert CountedKey.compared < 5 * 500


def test_a_file_that_is_not_yaml_names_the_line() -> None:
    with pytest.raises(LessonError, match="line 2: expected"):
        read_yaml("title: x\nsteps: [1")


@pytest.mark.parametrize("text", ["just words", "- a\n- b", "", b"\xff\xfe\x00\x01"])
def test_a_file_without_keys_is_refused_with_the_parts_of_a_lesson(text: str | bytes) -> None:
    with pytest.raises(LessonError, match="needs `title`"):
        parse_lesson(text)


@pytest.mark.parametrize("name", presets.names())
def test_a_made_lesson_has_true_conditions_and_its_file_has_room_for_more(name: str) -> None:
    content = LinkContent(presets.load(name), DATA)
    facts = facts_of(content.architecture)
    made = made_lesson(TEXTS, proposed(facts), content, content)
    solved = judge_all(made, Evidence(facts))
    assert [answer.text for answer in solved.values() if not answer.passed] == []
    file = commented_yaml(made)
    assert parse_lesson(file) == made
    _, *lines = file.splitlines(keepends=True)
    comments = [line for line in lines if line.startswith("# ") and ":" in line]
    used = "".join(line.removeprefix("# ") if line in comments else line for line in lines)
    more = parse_lesson(used)
    assert (len(more.steps), len(more.steps[1].checks), more.minutes) == (2, 4, 10)


def test_a_merge_that_leads_to_another_head_alone_is_not_proposed() -> None:
    names = ["left", "right"]
    kinds = {"sum": "add", "product": "multiply"}
    merges = [{"name": name, "kind": kind, "sources": names} for name, kind in kinds.items()]
    heads = [{"name": f"y_{name}", "kind": "binary", "source": name} for name in kinds]
    model = parse({**MODEL, "merges": merges, "heads": heads})
    conditions = list(proposed(facts_of(model)))
    assert "Use the strategy Add in a merge." in conditions
    assert "Use the strategy Multiply in a merge." not in conditions


def test_proposals_leave_room_and_missing_parts_are_reported_in_a_sentence() -> None:
    product = {"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}
    facts = facts_of(parse({**MODEL, "merges": [product]}))
    assert list(proposed(facts)) == [
        "Use at most 36 parameters.",
        "Put no layer behind the merge.",
        "Use the strategy Multiply in a merge.",
        "Do not only add up functions of one input each.",
        "Multiply values of different inputs.",
    ]
    start = judge_all(
        made_lesson(TEXTS, proposed(facts), SOLUTION, SOLUTION), Evidence(facts_of(parse(MODEL)))
    )
    assert [answer.passed for answer in start.values()] == [False, True, False, False, False]
    rounded = [rounded_up(n) for n in (0, 5, 35, 100, 22_146, 4_071_297)]
    assert rounded == [0, 6, 37, 110, 24_000, 4_300_000]
    assert missing(TEXTS) == []
    assert missing({**TEXTS, "task": " "} | {"title": ""}) == ["title", "task"]
