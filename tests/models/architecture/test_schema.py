"""Published JSON schema, which is that of the code, and accepts what the code accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from components.base.errors import SpecError
from components.base.paths import ROOT
from components.models.architecture import schema
from components.models.architecture.architecture import parse
from components.teaching.lessons.lesson import lesson_schema
from components.teaching.lessons.yaml_text import read_yaml
from components.teaching.rooms.plan import plan_schema
from sample_data.content import presets
from tests.strategies import architectures

OLD = "This schema in docs is old: run `make generate`"
VALIDATOR = Draft202012Validator(schema.schema())


@pytest.mark.parametrize(
    ("name", "now"),
    [("architecture", schema.schema()), ("lesson", lesson_schema()), ("plan", plan_schema())],
    ids=["architecture", "lesson", "plan"],
)
def test_published_schema_is_that_of_the_code(name: str, now: dict[str, Any]) -> None:
    """Compare the schemas, without concepts that were added later."""
    published = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    added = now["$defs"].keys() - published["$defs"].keys()
    assert without(now, {f"#/$defs/{name}" for name in added}) == published, OLD


@pytest.mark.parametrize("folder", ["lessons", "plans"])
def test_what_ships_is_valid(folder: str) -> None:
    valid = Draft202012Validator({"lessons": lesson_schema, "plans": plan_schema}[folder]())
    for path in (ROOT / "sample_data" / "content" / folder).glob("*.yaml"):
        assert valid.is_valid(read_yaml(path.read_bytes())), path.name


def without(value: Any, references: set[str]) -> Any:
    """Return a part of a schema without some definitions and the references to them."""
    if isinstance(value, dict):
        return {
            key: without(item, references)
            for key, item in value.items()
            if f"#/$defs/{key}" not in references
            and not (isinstance(item, str) and item in references)
        }
    if isinstance(value, list):
        refers = [isinstance(item, dict) and item.get("$ref") in references for item in value]
        return [
            without(item, references)
            for item, left_out in zip(value, refers, strict=True)
            if not left_out
        ]
    return value


@pytest.mark.parametrize("name", presets.names())
def test_presets_are_valid(name: str) -> None:
    assert VALIDATOR.is_valid(presets.load(name).data())


@given(spec=architectures())
def test_all_that_the_code_writes_is_valid(spec: Any) -> None:
    assert VALIDATOR.is_valid(spec.data())


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"inputs": []},
        {"inputs": [{"name": "a"}]},
        {"inputs": [{"name": "a", "kind": "nothing"}]},
        {"inputs": [{"name": "a", "kind": "image", "height": 0}]},
        {"inputs": [{"name": "a", "kind": "image", "depth": 1}]},
        {"inputs": [{"name": "1a", "kind": "image"}]},
        {"trunk": {"depth": 99}},
        {"more": 1},
    ],
    ids=str,
)
def test_the_schema_and_the_code_refuse_the_same(change: dict[str, Any]) -> None:
    data = {**presets.load("wide_and_deep").data(), **change}
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(SpecError):
        parse(data)
