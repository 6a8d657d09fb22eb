"""What a concept's fields say of themselves: the source of widgets, reference page and help."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypedDict, Union, Unpack, get_args, get_origin

from annotated_types import Ge, Le, MultipleOf
from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, SchemaValidator, core_schema

MOST_LAYERS = 8
"""The most layers or blocks of a stack."""
PerLayer = int | tuple[int, ...]
"""One number for all layers of a stack, or one for each, the first layer's first."""


class Hints(TypedDict, total=False):
    """What a field tells a form beyond its type, range and description."""

    step: float
    """The step of its widget."""
    unit: str
    """Shown with the value."""
    when: str
    """Another field, without which this one has no effect: `name` (set), `name=value|value`."""
    forms: Sequence[str]
    """Forms of input it matters for."""
    title: str
    refers: str
    """The part of an architecture one of whose names is wanted."""


def hints(**extra: Unpack[Hints]) -> Any:
    """Hints for `json_schema_extra`, without the empty ones."""
    return {key: value for key, value in extra.items() if value}


def number(default: Any, low: float, high: float, help: str, **extra: Unpack[Hints]) -> Any:
    """A field for a number from `low` to `high`, with its hints; `...` stands for no default."""
    return Field(default, ge=low, le=high, description=help, json_schema_extra=hints(**extra))


def width(default: Any, most: int, help: str, *, when: str = "", title: str = "") -> Any:
    """A field for the width of a layer, from 1 to `most` units."""
    return number(default, 1, most, help, step=8, unit="units", when=when, title=title)


@dataclass(frozen=True)
class EachLayer:
    """The range of a `PerLayer` field, from 1 to `most`. Without `first`, it is of layer 1."""

    most: int
    first: int = 1
    """The block of the stack that holds the first of these layers."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = core_schema.int_schema(ge=1, le=self.most)
        each = core_schema.list_schema(one, min_length=1, max_length=MOST_LAYERS)
        number, numbers = SchemaValidator(one), SchemaValidator(each)

        def checked(value: Any) -> PerLayer:
            """The value, or its first error without a place in the list."""
            try:
                if isinstance(value, list | tuple):
                    return tuple(numbers.validate_python(value))
                return int(number.validate_python(value))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise PydanticKnownError(first["type"], first.get("ctx")) from None  # type: ignore[arg-type]

        return core_schema.no_info_plain_validator_function(checked)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        one = {"type": "integer", "minimum": 1, "maximum": self.most}
        each = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_LAYERS}
        return {"anyOf": [one, each]}


@dataclass(frozen=True)
class Setting:
    """One parameter of a concept as a form needs to know it."""

    name: str
    title: str
    type: Literal["int", "float", "bool", "choice", "choices", "text"]
    optional: bool
    default: Any
    minimum: float | None
    maximum: float | None
    step: float
    unit: str
    help: str
    options: tuple[str, ...]
    when: str
    forms: tuple[str, ...]
    refers: str
    each: int = 0
    """The block that holds the first layer of a `PerLayer` field; 0 for other fields."""
    longest: int | None = None
    """The most characters of a text."""

    def applies(self, values: Mapping[str, Any], form: str | None = None) -> bool:
        """Whether it has an effect, given the concept's other values and the input's form."""
        if self.forms and form is not None and form not in self.forms:
            return False
        name, equals, wanted = self.when.partition("=")
        value = values.get(name)
        return not name or (str(value) in wanted.split("|") if equals else bool(value))


@cache
def settings(concept: type[BaseModel], skip: tuple[str, ...] = ()) -> tuple[Setting, ...]:
    """A concept's settings in the order they are written, without `kind` and those in `skip`.

    Concepts within a concept, such as the encoder of an input, are not settings.
    """
    return tuple(
        _setting(name, info)
        for name, info in concept.model_fields.items()
        if name not in ("kind", *skip) and not _is_concept(info.annotation)
    )


def first_field(error: ValidationError) -> str:
    """The name of the first field that pydantic refuses."""
    return str(error.errors(include_url=False)[0]["loc"][0])


def _is_concept(annotation: Any) -> bool:
    members = get_args(annotation) or (annotation,)
    return any(isinstance(member, type) and issubclass(member, BaseModel) for member in members)


def _setting(name: str, info: FieldInfo) -> Setting:
    extra: Hints = info.json_schema_extra or {}  # type: ignore[assignment]
    optional, plain = _unwrap(info.annotation)
    kind, options = _kind(plain)
    low = next((m.ge for m in info.metadata if isinstance(m, Ge)), None)
    high = next((m.le for m in info.metadata if isinstance(m, Le)), None)
    multiple = next((m.multiple_of for m in info.metadata if isinstance(m, MultipleOf)), None)
    each = next((m for m in info.metadata if isinstance(m, EachLayer)), None)
    if each is not None:
        low, high = 1, each.most
    return Setting(
        name=name,
        title=extra.get("title", name.replace("_", " ").capitalize()),
        type=kind,
        optional=optional,
        default=info.get_default(call_default_factory=True),
        minimum=low,  # type: ignore[arg-type]
        maximum=high,  # type: ignore[arg-type]
        step=extra.get("step", multiple or (1 if kind == "int" else 0.05)),  # type: ignore[arg-type]
        unit=extra.get("unit", ""),
        help=info.description or "",
        options=options,
        when=extra.get("when", ""),
        forms=tuple(extra.get("forms", ())),
        refers=extra.get("refers", ""),
        each=each.first if each else 0,
        longest=_longest(info),
    )


def _longest(info: FieldInfo) -> int | None:
    """The most characters, or items, that a field may have."""
    limits = (getattr(m, "max_length", None) for m in info.metadata)
    return next((limit for limit in limits if limit is not None), None)


def _unwrap(annotation: Any) -> tuple[bool, Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return len(members) < len(get_args(annotation)), members[0]
    return False, annotation


def _kind(annotation: Any) -> tuple[Any, tuple[str, ...]]:
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(option) for option in get_args(annotation))
    if get_origin(annotation) is tuple:
        inner = get_args(annotation)[0]
        if get_origin(inner) is Literal:
            return "choices", tuple(str(option) for option in get_args(inner))
        return "text", ()
    return {bool: "bool", int: "int", float: "float"}.get(annotation, "text"), ()
