"""Files with mistakes: refused in plain words, with the place, in every format."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from pydantic_core._pydantic_core import list_all_errors

from components.base.errors import PlaygroundError
from components.base.versions import KEY
from components.experiments.races.kinds import parse_race
from components.experiments.training.requests import RunRequest, parse_request
from components.models.architecture.architecture import parse
from components.sharing.links.link import parse_content, parse_link
from components.sharing.links.token import unpack_token
from components.teaching.lessons.lesson import lesson_of
from components.teaching.lessons.library import load
from components.teaching.rooms.plan import plan_of
from tests.formats.test_formats import FILES, format_of

Parts = dict[str, Any]
Path = tuple[str | int, ...]
_FILLED = re.compile(r"\\\{.*?\\\}")
PYDANTIC = re.compile(
    "|".join(
        _FILLED.sub(".+", re.escape(one["message_template_python"]))
        for one in list_all_errors()
        if one["type"] not in ("value_error", "assertion_error")
    )
)
"""Texts of all of Pydantic's errors."""
WRONG: tuple[Any, ...] = (
    None,
    "x",
    "",
    -1,
    10**9,
    1.5,
    float("nan"),
    True,
    [],
    {},
    [1],
    {"kind": "x"},
)
"""Values that few or no fields accept."""
TRIES = 150
"""Number of mistakes in each format."""


def file(name: str) -> str:
    path = next(path for path in FILES if format_of(path).name == name)
    return path.read_text("utf-8")


def token() -> str:
    return file("link").strip().partition("?m=")[2]


REQUEST = RunRequest(architecture=parse_link(token()).architecture, data="rows.npz")
FORMATS: dict[str, tuple[Parts, Callable[[Parts], object]]] = {
    "model": (json.loads(file("model")), parse),
    "link": (dict(unpack_token(token())), parse_content),  # type: ignore[call-overload]
    "lesson": (yaml.safe_load(file("lesson")), lesson_of),
    "plan": (yaml.safe_load(file("plan")), plan_of),
    "race": (json.loads(file("race")), lambda parts: parse_race(json.dumps(parts))),
    "run": (json.loads(REQUEST.json_text()), lambda parts: parse_request(json.dumps(parts))),
}


def places(data: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the paths of all values."""
    items = data.items() if isinstance(data, Mapping) else enumerate(data)
    for key, value in items:
        yield (*at, key)
        if isinstance(value, Mapping | list):
            yield from places(value, (*at, key))


def holder(data: Any, path: Path) -> Any:
    for step in path[:-1]:
        data = data[step]
    return data


def mistakes(parts: Parts) -> Iterator[Parts]:
    """Yield the parts with a wrong value, a missing field or an extra one."""
    rng, known = random.Random(0), [path for path in places(parts) if path != (KEY,)]
    for _ in range(TRIES):
        path, changed = rng.choice(known), copy.deepcopy(parts)
        inside, last = holder(changed, path), path[-1]
        match rng.randrange(3):
            case 0:
                inside[last] = rng.choice(WRONG)
            case 1:
                del inside[last]
            case _ if isinstance(inside, dict):
                inside[f"{last}_x"] = 1
            case _:
                inside.append(rng.choice(WRONG))
        yield changed


@pytest.mark.parametrize("name", FORMATS)
def test_no_sentence_comes_from_pydantic(name: str) -> None:
    parts, read = FORMATS[name]
    refusals = []
    for changed in mistakes(parts):
        try:
            read(changed)
        except PlaygroundError as error:
            refusals.append(str(error))
    assert len(refusals) > TRIES / 3
    assert [text for text in refusals if PYDANTIC.search(text)] == []


def changed_parts(name: str, path: Path, value: Any) -> Parts:
    """Return a file's parts with one value changed, or removed for `...`."""
    parts = copy.deepcopy(FORMATS[name][0])
    if value is ...:
        del holder(parts, path)[path[-1]]
    else:
        holder(parts, path)[path[-1]] = value
    return parts


@pytest.mark.parametrize(
    ("name", "path", "value", "sentence"),
    [
        (
            "lesson", ("steps", 2, "title"), ...,
            "Step 3 of the lesson needs a `title`. Add `title`.",
        ),
        ("lesson", ("steps", 2, "title"), "", "Step 3 of the lesson needs a `title`. Write it."),
        (
            "lesson", ("learnt",), [""],
            "Part 1 of the learnt of the lesson is empty. Write it.",
        ),
        ("lesson", ("titel",), 1, "The lesson has no field `titel`. Did you mean `title`?"),
        (
            "lesson", ("minutes",), "ten",
            "`minutes` of the lesson needs a whole number, not `ten`. Write a whole number.",
        ),
        ("lesson", ("minutes",), 99, "`minutes` of the lesson can't be 99. Use 60 or less."),
        (
            "lesson", ("controls",), ["presets"],
            "Control 1 of the lesson can't be `presets`. Did you mean `preset`?",
        ),
        (
            "lesson", ("answers",), {"a": [1]},
            "`a` of the answers of the lesson needs text or a number, not a list. Write text or a "
            "number.",
        ),
        ("lesson", ("steps",), [], "`steps` of the lesson has 0 entries. Give at least 1."),
        ("plan", ("about",), ..., "The plan needs `about`. Add `about`."),
        (
            "plan", ("items", 1, "minutes"), 0,
            "Item 2 of the plan is wrong. `minutes` of the item can't be 0. Use 1 or more.",
        ),
        (
            "plan", ("items", 0, "kind"), "paus",
            "Item 1 of the plan is wrong. `kind` of the item can't be `paus`. Did you mean "
            "`pause`?",
        ),
        (
            "model", ("inputs", 0, "encoder", "depht"), 1,
            "The encoder of input 1 of the model has no field `depht`. Did you mean `depth`?",
        ),
        (
            "model", ("trunk", "dropout"), "much",
            "`dropout` of the trunk of the model needs a number, not `much`. Write a number.",
        ),
        (
            "link", ("data", "relation", "noise"), 99,
            "`noise` of the relation of the dataset can't be 99. Use 5 or less.",
        ),
        (
            "link", ("settings", "epoch"), 3,
            "The training has no field `epoch`. Did you mean `epochs`?",
        ),
        (
            "race", ("data", 0, "samples"), 1,
            "`samples` of part 1 of the data of the race can't be 1. Use 20 or more.",
        ),
        ("race", ("seeds",), 0, "`seeds` of the race can't be 0. Use 1 or more."),
        ("run", ("data",), ..., "The run needs `data`. Add `data`."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(
    name: str, path: Path, value: Any, sentence: str
) -> None:
    with pytest.raises(PlaygroundError) as caught:
        FORMATS[name][1](changed_parts(name, path, value))
    assert str(caught.value) == sentence


def test_a_value_of_several_types_names_all_of_them() -> None:
    condition = {"of": "parameters", "equals": [1]}
    check = {"id": "a", "kind": "architecture", "text": "t", "conditions": [condition]}
    steps = [{"title": "t", "text": "t", "checks": [check]}]
    with pytest.raises(PlaygroundError, match=r"needs `true` or `false`, a whole number.* or text"):
        lesson_of({**load("xor").data(), "steps": steps, "answers": {}})
