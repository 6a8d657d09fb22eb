"""Pydantic's errors of an architecture as errors that name the rule, the value and the fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from components.core.errors import SpecError, Where, suggest
from components.core.fields import first_error
from components.core.registry import Registry
from components.core.text import identifier
from components.encoders import ENCODERS
from components.heads import HEADS
from components.inputs import INPUTS
from components.merges import MERGES


def spec_error(
    error: ValidationError, data: object, fields: Mapping[str, Sequence[str]]
) -> SpecError:
    """Return pydantic's first error as one of ours.

    `fields` are the known fields of the architecture, at "", of the trunk and of marks.
    """
    first = first_error(error)
    where, holder = _located(first.loc, data)
    field = str(where[-1]) if where else "architecture"
    path = ".".join(str(step) for step in where) or "architecture"
    context, received, kind = first.context, first.received, first.kind
    if kind == "extra_forbidden":
        known = _known_fields(where[:-1], holder, fields)
        return SpecError(f"There is no field `{path}`.", path, suggest(field, known), where)
    if kind == "missing":
        return SpecError(f"`{path}` needs a value.", path, f"Add `{field}`.", where)
    if kind in ("union_tag_invalid", "literal_error"):
        options = [
            o.strip(" '")
            for o in str(context.get("expected_tags") or context.get("expected", ""))
            .replace(" or ", ",")
            .split(",")
        ]
        tag = context.get("tag", received)
        if _is_raw_function(str(tag)):
            return SpecError(
                "A raw TensorFlow function can't be used on the symbolic tensors of a Keras model; "
                "`keras.ops` has its counterpart.",
                tag,
                "To average the features of a vector, use the encoder `mean`: "
                "keras.ops.mean(x, axis=-1, keepdims=True), which keeps the axis.",
                (*where, "kind"),
            )
        kinded = (*where, "kind") if kind == "union_tag_invalid" else where
        return SpecError(f"`{path}` can't be `{tag}`.", tag, suggest(str(tag), options), kinded)
    if kind == "union_tag_not_found":
        return SpecError(f"`{path}` needs a `kind`.", path, "Add `kind`.", (*where, "kind"))
    if kind == "string_pattern_mismatch":
        return SpecError(
            "A name starts with a letter, then has letters, digits and underscores, at "
            "most 40 in all.",
            _short(received),
            f"Use a name such as `{identifier(str(received), 'image')}`.",
            where,
        )
    bound = _fix(context)
    rule = f"`{path}` can't be {_short(received)}{'' if bound else f': {first.message}'}."
    return SpecError(rule, _short(received), bound or "Correct the value.", where)


_RAW = ("expand_dims", "reduce_mean", "reduce_sum", "reduce_max", "squeeze", "lambda")


def _is_raw_function(kind: str) -> bool:
    """Return `True` for a kind that stands for a raw TensorFlow function between layers."""
    return kind.lower().startswith(("tf.", "tensorflow.")) or kind.lower() in _RAW


def _fix(context: Mapping[str, Any]) -> str:
    bounds = {
        "ge": "Use {} or more.",
        "le": "Use {} or less.",
        "min_length": "Give at least {}.",
        "max_length": "Give at most {}.",
    }
    for key, words in bounds.items():
        if key in context:
            bound = context[key]
            return words.format(f"{bound:,}" if isinstance(bound, int) else bound)
    return ""


def _short(value: object) -> str:
    text = str(value) or "nothing"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _located(loc: Sequence[str | int], data: object) -> tuple[Where, object]:
    """Return a pydantic location as a path in the data, without pydantic's tags for unions."""
    where: list[str | int] = []
    here, holder = data, data
    for step in loc:
        if isinstance(here, Mapping) and step == here.get("kind") and step not in here:
            continue
        where.append(step)
        holder = here
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, Sequence) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            here = None
    return tuple(where), holder


def _known_fields(
    where: Where, holder: object, fields: Mapping[str, Sequence[str]]
) -> Sequence[str]:
    if not where:
        return fields[""]
    if where[0] in fields:
        return fields[str(where[0])]
    registries: dict[object, Registry[Any]] = {
        "inputs": INPUTS,
        "merges": MERGES,
        "heads": HEADS,
        "encoder": ENCODERS,
    }
    kind = holder.get("kind") if isinstance(holder, Mapping) else None
    registry = registries["encoder" if where[-1] in ("encoder", "then") else where[0]]
    return list(registry[str(kind)].model_fields) if kind in registry else ["kind"]
