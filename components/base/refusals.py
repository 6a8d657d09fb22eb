"""Translation of Pydantic's errors into sentences to a person, for all formats and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.base.errors import PlaygroundError, Where, suggest
from components.base.text import identifier, join_names, plural

LONGEST = 60
"""Maximum number of characters of a value, or of a name from outside, in a sentence."""
_WANTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "`true` or `false`",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "fields with values",
    "mapping": "fields with values",
    "model": "fields with values",
    "dataclass": "fields with values",
    "none": "nothing",
}
"""Required content of a place, by the first word of Pydantic's name of the error."""
_BOUNDS = {
    "ge": "Use {} or more.",
    "le": "Use {} or less.",
    "gt": "Use more than {}.",
    "lt": "Use less than {}.",
    "multiple_of": "Use a multiple of {}.",
    "min_length": "Give at least {}.",
    "max_length": "Give at most {}.",
}
_PLAIN = {"about", "data"}
"""Names that need no article although they don't look like plurals."""
E = TypeVar("E", bound=PlaygroundError)


def refusal(error: ValidationError, kind: type[E], form: object, data: object, whole: str) -> E:
    """Return the first error as a `kind`, with its place in words and in `where`.

    `form` is the model, or the union of models, that refused `data`. `whole` is the name of the
    data for people.
    """
    details = _most_likely(error.errors(include_url=False), data)
    first, where = details[0], _where(details[0], data)
    name, received = _short(where[-1]) if where else whole, _short(first["input"])
    context, subject = first.get("ctx", {}), _subject(where, whole)
    match first["type"]:
        case "extra_forbidden":
            rule = f"{_start(_located(where[:-1], whole))} has no field `{name}`."
            known = [one for one in _fields(form, first["loc"][:-1]) if one != "kind"]
            fix = suggest(name, known) if known else "Leave it out."
            return kind(rule, name, fix, where)
        case "missing":
            return kind(_needs(where, whole), name, f"Add `{name}`.", where)
        case "string_too_short" if not first["input"]:
            named = bool(where) and isinstance(where[-1], str)
            rule = _needs(where, whole) if named else f"{subject} is empty."
            return kind(rule, name if named else "", "Write it.", where)
        case "union_tag_not_found":
            tag = (*where, context["discriminator"].strip("'"))
            return kind(_needs(tag, whole), str(tag[-1]), f"Add `{tag[-1]}`.", tag)
        case "union_tag_invalid":
            tag, value = (*where, context["discriminator"].strip("'")), _short(context["tag"])
            rule = f"{_subject(tag, whole)} can't be `{value}`."
            return kind(rule, value, suggest(value, _choices(context["expected_tags"])), tag)
        case "literal_error" | "enum":
            rule = f"{subject} can't be `{received}`."
            return kind(rule, received, suggest(received, _choices(context["expected"])), where)
        case "string_pattern_mismatch":
            small = "A-Z" not in context["pattern"]
            example = identifier(str(first["input"]), "image")
            return kind(
                f"A name starts with a {'small ' if small else ''}letter, then has "
                f"{'small ' if small else ''}letters, digits and underscores, at most 40 in all.",
                received,
                f"Use a name such as `{example}`.",
                where,
            )
    if wanted := _wanted(details):
        value = f"`{received}`" if isinstance(first["input"], str) else received
        rule = f"{subject} needs {wanted}, not {value}."
        return kind(rule, received, f"Write {wanted}.", where)
    fix = next((_fix(key, context[key]) for key in _BOUNDS if key in context), "Correct the value.")
    length = context.get("actual_length", 0)
    if first["type"].startswith("string_too"):
        many = plural(len(first["input"]), "letter")
        return kind(f"{subject} has {many}.", many, fix.replace(".", " letters."), where)
    if "too_" in first["type"]:
        many = plural(length, "entry", "entries")
        return kind(f"{subject} has {many}.", many, fix, where)
    return kind(f"{subject} can't be {received}.", received, fix, where)


def _most_likely(details: list[ErrorDetails], data: object) -> list[ErrorDetails]:
    """Return the first error; for a value that fits no type of several, those of the nearest.

    Types with a tag have one error. Otherwise, the nearest type has the error deepest in the value,
    or the fewest errors.
    """
    loc = details[0]["loc"]
    for fork in sorted(set(range(len(loc))) - {*_data_steps(details[0], data)}):
        rivals: dict[object, list[ErrorDetails]] = {}
        for detail in details:
            if detail["loc"][:fork] == loc[:fork] and len(detail["loc"]) > fork:
                rivals.setdefault(detail["loc"][fork], []).append(detail)
        ranks = {
            kind: (-max(len(_data_steps(one, data)) for one in group), len(group))
            for kind, group in rivals.items()
        }
        if len(rivals) > 1:
            return [rivals[kind][0] for kind in rivals if ranks[kind] == min(ranks.values())]
    return details[:1]


def _where(detail: ErrorDetails, data: object) -> Where:
    """Return an error's place as a path in the data, without the names of types in unions."""
    return tuple(detail["loc"][index] for index in _data_steps(detail, data))


def _data_steps(detail: ErrorDetails, data: object) -> list[int]:
    """Return the indices of the steps to an error that are steps in the data."""
    kept: list[int] = []
    loc, here = detail["loc"], data
    for index, step in enumerate(loc):
        inside = vars(here) if isinstance(here, BaseModel) else here
        inside = inside if isinstance(inside, Mapping) else {}
        if isinstance(here, list | tuple) and isinstance(step, int):
            kept.append(index)
            here = here[step] if step < len(here) else None
        elif step in inside or str(step) in inside:
            kept.append(index)
            here = inside.get(step, inside.get(str(step)))
        elif detail["type"] == "missing" and index == len(loc) - 1:
            kept.append(index)
    return kept


def _needs(where: Where, whole: str) -> str:
    name = _short(where[-1])
    article = "" if name.endswith("s") or name in _PLAIN else "an " if name[0] in "aeio" else "a "
    return f"{_start(_located(where[:-1], whole))} needs {article}`{name}`."


def _subject(where: Where, whole: str) -> str:
    """Return the words for a value at the start of a sentence."""
    if where and isinstance(where[-1], str):
        return f"`{_short(where[-1])}` of {_located(where[:-1], whole)}"
    return _start(_located(where, whole))


def _located(where: Where, whole: str) -> str:
    """Return a place in words: `step 3 of the lesson`."""
    words: list[str] = []
    for step in where:
        if isinstance(step, int):
            name = words[-1].removeprefix("the ") if words else ""
            if name.endswith("s"):
                words[-1] = f"{_singular(name)} {step + 1}"
            else:
                words.append(f"part {step + 1}")
        else:
            words.append(f"the {_short(step).replace('_', ' ')}")
    return " of ".join([*reversed(words), whole])


def _singular(name: str) -> str:
    return re.sub("s$", "", re.sub("ies$", "ys", name))


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def _short(value: object) -> str:
    """Return a value or a name from outside in words, cut if it is long."""
    if isinstance(value, Mapping):
        return "fields with values"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = str(value).replace("`", "'") or "an empty text"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}…"


def _wanted(details: Sequence[ErrorDetails]) -> str:
    """Return the required type of a value in words; empty if the error is not about the type."""
    kinds = [detail["type"].split("_") for detail in details]
    if not all({"type", "parsing", "from", "number", "required"} & set(kind) for kind in kinds):
        return ""
    words = dict.fromkeys(_WANTED[kind[0]] for kind in kinds if kind[0] in _WANTED)
    return join_names(list(words), last="or")


def _fix(key: str, bound: Any) -> str:
    return _BOUNDS[key].format(f"{bound:,.10g}")


def _choices(expected: str) -> list[str]:
    return [choice.strip(" '") for choice in expected.replace(" or ", ",").split(",")]


def _fields(form: object, loc: Sequence[str | int]) -> list[str]:
    """Return the names of the fields of the model that holds a place."""
    models = list(_models(form))
    for step in loc:
        inside = [model for model in models if step in model.model_fields]
        if inside:
            fields = [model.model_fields[str(step)] for model in inside]
            models = [inner for field in fields for inner in _models(field.annotation)]
        else:
            models = [model for model in models if step in _tags(model)] or models
    return list(dict.fromkeys(name for model in models for name in model.model_fields))


def _tags(model: type[BaseModel]) -> tuple[object, ...]:
    kind = model.model_fields.get("kind")
    return (model.__name__, *([kind.default, *get_args(kind.annotation)] if kind else []))


def _models(form: object) -> Iterator[type[BaseModel]]:
    """Yield the models that a type consists of."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        yield form
    for part in get_args(form):
        yield from _models(part)
