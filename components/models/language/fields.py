"""Settings and hints in the fields of a concept: the source of widgets, reference page and help."""

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
"""Maximum number of layers or blocks in a stack."""
PerLayer = int | tuple[int, ...]
"""One number for all layers of a stack, or one for each, starting with the first layer."""


class Hints(TypedDict, total=False):
    """Hints of a field for a form, besides its type, range and description."""

    step: float
    """Step of its widget."""
    unit: str
    """Unit shown with the value."""
    when: str
    """Condition for its effect, on another field: `name` (is set) or `name=value|value`."""
    forms: Sequence[str]
    """Forms of input for which it has an effect."""
    title: str
    refers: str
    """Part of an architecture whose names are allowed values."""


def hints(**extra: Unpack[Hints]) -> Any:
    """Return hints for `json_schema_extra`, without the empty ones."""
    return {key: value for key, value in extra.items() if value}


def number(default: Any, low: float, high: float, help: str, **extra: Unpack[Hints]) -> Any:
    """Return a field for a number from `low` to `high`, with its hints; `...` means no default."""
    return Field(default, ge=low, le=high, description=help, json_schema_extra=hints(**extra))


def width(default: Any, most: int, help: str, *, when: str = "", title: str = "") -> Any:
    """Return a field for the width of a layer, from 1 to `most` units."""
    return number(default, 1, most, help, step=8, unit="units", when=when, title=title)


@dataclass(frozen=True)
class EachLayer:
    """Range of a `PerLayer` field, from 1 to `most`."""

    most: int
    first: int = 1
    """Block of the stack that holds the first of these layers."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = core_schema.int_schema(ge=1, le=self.most)
        each = core_schema.list_schema(one, min_length=1, max_length=MOST_LAYERS)
        number, numbers = SchemaValidator(one), SchemaValidator(each)

        def checked(value: Any) -> PerLayer:
            """Return the value, or raise its first error without a place in the list."""
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
    """One parameter of a concept, with all that a form needs."""

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
    """Block that holds the first layer of a `PerLayer` field; 0 for other fields."""
    longest: int | None = None
    """Maximum number of characters in a text."""

    def applies(self, values: Mapping[str, Any], form: str | None = None) -> bool:
        """Return `True` if it has an effect for the concept's other values and the input's form."""
        if self.forms and form is not None and form not in self.forms:
            return False
        name, equals, wanted = self.when.partition("=")
        value = values.get(name)
        return not name or (str(value) in wanted.split("|") if equals else bool(value))


@cache
def settings(concept: type[BaseModel], skip: tuple[str, ...] = ()) -> tuple[Setting, ...]:
    """Return a concept's settings in the order of its fields, without `kind` and those in `skip`.

    Concepts within a concept, such as the encoder of an input, are not settings.
    """
    return tuple(
        _setting(name, info)
        for name, info in concept.model_fields.items()
        if name not in ("kind", *skip) and not _is_concept(info.annotation)
    )


def first_field(error: ValidationError) -> str:
    """Return the name of the first field that pydantic refuses."""
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
    """Return the maximum number of characters, or items, of a field."""
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
