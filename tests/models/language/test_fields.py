from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture, Trunk
from components.models.encoders import ENCODERS
from components.models.encoders.base import FORMS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.fields import Setting, hints, settings
from components.models.merges import MERGES
from sample_data.relations import RELATIONS
from sample_data.renderers import RENDERERS

REGISTRIES = (INPUTS, ENCODERS, MERGES, HEADS, RELATIONS, RENDERERS)
STRUCTURE = ("kind", "name", "encoder", "reads")
"""Fields on a concept's place rather than its behaviour, which have no text as a setting."""
CONCEPTS: list[type[BaseModel]] = [c for r in REGISTRIES for _, c in r.items()] + [Trunk, Settings]


@pytest.mark.parametrize("concept", CONCEPTS)
def test_settings_cover_every_field_and_hold_what_they_say(concept: type[BaseModel]) -> None:
    fields = [name for name in concept.model_fields if name not in ("kind", "encoder", "then")]
    by_name = {setting.name: setting for setting in settings(concept)}
    assert list(by_name) == fields
    for setting in settings(concept, skip=STRUCTURE):
        assert setting.help.endswith(".")
        assert setting.title[0].isupper()
        assert_hints_name_what_exists(concept, setting, by_name)
        if setting.type in ("int", "float"):
            low, high, default = setting.minimum, setting.maximum, setting.default
            assert low is not None
            assert high is not None
            assert setting.step > 0
            assert low <= (low if default is None else default) <= high
            for value in (low - 1, high + 1):
                with pytest.raises(ValidationError) as caught:
                    concept.model_validate({setting.name: value})
                assert (setting.name,) in [error["loc"] for error in caught.value.errors()]
        elif setting.type in ("choice", "choices"):
            chosen = (setting.default,) if setting.type == "choice" else setting.default
            assert chosen
            assert set(chosen) <= set(setting.options)


def assert_hints_name_what_exists(
    concept: type[BaseModel], setting: Setting, by_name: dict[str, Setting]
) -> None:
    name, equals, wanted = setting.when.partition("=")
    assert not name or name in by_name
    if equals:
        other = by_name[name]
        numbers = range(int(other.minimum or 0), int(other.maximum or 0) + 1)
        assert set(wanted.split("|")) <= set(other.options or map(str, numbers))
    assert not setting.refers or setting.refers in Architecture.model_fields
    assert set(setting.forms) <= getattr(concept, "takes", FORMS)


class Example(BaseModel):
    shown: ClassVar[str] = "not a field"

    kind: Literal["example"] = "example"
    units: int = Field(8, ge=1, le=64, description="How many.")
    even: int = Field(4, ge=0, le=10, multiple_of=2, description="Even.")
    rate: Annotated[float, Field(ge=0, le=1)] = 0.5
    length: int | None = Field(5, ge=1, le=9, json_schema_extra=hints(unit="steps"))
    on: bool = False
    way: Literal["up", "down"] = "up"
    ways: tuple[Literal["up", "down"], ...] = ("up",)
    note: str = Field("", json_schema_extra=hints(when="on", forms=("ids",), title="A note"))
    turns: int = Field(1, ge=0, le=9, json_schema_extra=hints(when="way=up|round"))


EXAMPLE = {setting.name: setting for setting in settings(Example)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("units", {"type": "int", "minimum": 1, "maximum": 64, "step": 1, "help": "How many."}),
        ("even", {"type": "int", "step": 2, "default": 4}),
        ("rate", {"type": "float", "minimum": 0, "maximum": 1, "step": 0.05, "optional": False}),
        ("length", {"type": "int", "optional": True, "unit": "steps", "default": 5}),
        ("on", {"type": "bool", "default": False}),
        ("way", {"type": "choice", "options": ("up", "down"), "default": "up"}),
        ("ways", {"type": "choices", "options": ("up", "down"), "default": ("up",)}),
        ("note", {"type": "text", "title": "A note", "when": "on", "forms": ("ids",)}),
    ],
)
def test_setting_of_a_field(name: str, expected: dict[str, Any]) -> None:
    setting = EXAMPLE[name]
    assert {key: getattr(setting, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "values", "form", "applies"),
    [
        ("note", {"on": True}, "ids", True),
        ("note", {"on": True}, None, True),
        ("note", {"on": True}, "map", False),
        ("note", {"on": False}, "ids", False),
        ("note", {}, "ids", False),
        ("turns", {"way": "up"}, None, True),
        ("turns", {"way": "down"}, None, False),
    ],
)
def test_setting_applies(
    name: str, values: dict[str, Any], form: str | None, applies: bool
) -> None:
    assert EXAMPLE[name].applies(values, form) is applies


class Holder(BaseModel):
    inner: Example = Example()
    either: Example | Holder | None = None
    count: int = 1


def test_concepts_within_a_concept_and_skipped_fields_are_no_settings() -> None:
    assert [setting.name for setting in settings(Holder)] == ["count"]
    assert settings(Holder, skip=("count",)) == ()
