"""An entry of a race, as text and value: a strategy with its own fields, or another model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from components.base.errors import SpecError, suggest
from components.base.text import quoted
from components.models.analysis.apart import branches_apart, only_input
from components.models.analysis.input_removal import without_input
from components.models.architecture.architecture import Architecture
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.language.fields import Setting, first_field, settings
from components.models.language.registry import kind_of
from components.models.merges import MERGES
from components.models.merges.base import Merge

WITHOUT = "without"
"""Kind of an entry that is the model itself, with all inputs or without one."""
ALONE = "alone"
"""Kind of an entry that is the model with one input alone."""
APART = "apart"
"""Kind of an entry with separately trained branches; their logits are averaged."""
MLP = "concatenate:then=dense"
"""Concatenation followed by a dense layer, the usual early fusion."""
FIRST = ("late_sum", "add", "concatenate", MLP, "multiply", "bilinear")
"""Default strategies of a first race: additive ones, one that can learn products, and products."""
ModelOf = Callable[[Architecture, str], Architecture]
"""Function from the whole model and an input to an entry's model."""
_MODELS: dict[str, tuple[ModelOf, Callable[[str], str], str, bool]] = {
    WITHOUT: (
        lambda whole, name: without_input(whole, name) if name else whole,
        lambda name: f"Without {name}" if name else "All inputs",
        "input",
        False,
    ),
    ALONE: (only_input, lambda name: f"{name} alone", "input", True),
    APART: (lambda whole, _: branches_apart(whole), lambda _: "Averaged logits", "", False),
}
"""Kinds of entries that are no strategies: the model and the title of each, the field that it may
have, and `True` if it needs it.
"""
_EXAMPLE: dict[str, Any] = {"name": "fusion", "sources": ("a", "b")}


class FrozenModel(BaseModel):
    """A frozen value with a JSON form."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StrategyEntry(FrozenModel):
    """A strategy by its kind, with values for its own fields; the rest comes from the model.

    `then` names layers after it, by their kind alone or as an encoder's data: a concatenation with
    a dense layer as `then` is often called early fusion with an MLP. An entry of the kind `without`
    is the unchanged model, or the model without the `input` in its fields; one of the kind `alone`
    has that `input` only; one of the kind `apart` has separately trained branches. Raises
    `SpecError` for an unknown kind or field, and for an invalid value.
    """

    kind: str
    fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_strategy(self) -> Self:
        if not self.is_strategy:
            _, _, field, needed = _MODELS[self.kind]
            wrong = [name for name in self.fields if name != field]
            if wrong or (needed and not self.input):
                known, example = f"only the field `{field}`", f":{field}=image"
                raise SpecError(
                    f"`{self.kind}` can have {known if field else 'no fields'}.",
                    ", ".join(wrong) or self.kind,
                    f"Write it as in `{self.kind}{example if field else ''}`.",
                )
            return self
        merge = _merge(self)
        for name in self.fields:
            value = getattr(merge, name)
            self.fields[name] = _data(value) if isinstance(value, Encoder) else value
        return self

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def text(self) -> str:
        """Entry as `parse_entry` reads it: `late_sum:outputs=1`."""
        fields = ",".join(f"{name}={_text(value)}" for name, value in sorted(self.fields.items()))
        return f"{self.kind}:{fields}" if fields else self.kind

    @property
    def title(self) -> str:
        """Title for people: `Late sum of logits (outputs 1)`, `Without image`."""
        if not self.is_strategy:
            title_of = _MODELS[self.kind][1]
            return title_of(self.input)
        title = MERGES[self.kind].title
        named = {setting.name: setting.title.lower() for setting in fields_of(self.kind)}
        own = [f"{named[n]} {v}" for n, v in sorted(self.fields.items()) if n in named]
        behind = f" then {_layers_title(self.fields['then'])}" if "then" in self.fields else ""
        return f"{title} ({', '.join(own)}){behind}" if own else title + behind

    @property
    def is_strategy(self) -> bool:
        """`True` for a strategy in the place of a merge, `False` for another kind of model."""
        return self.kind not in _MODELS

    def model_of(self, whole: Architecture) -> Architecture | None:
        """Return its model, made from the whole one; `None` for a strategy.

        Raises `SpecError` if there is no such model.
        """
        return None if self.is_strategy else _MODELS[self.kind][0](whole, self.input)

    @property
    def input(self) -> str:
        """Input that a model leaves out or has alone; empty if it has all."""
        return str(self.fields.get("input", ""))


def fields_of(kind: str) -> tuple[Setting, ...]:
    """Return the fields of a strategy that an entry may set."""
    return settings(MERGES[kind], skip=("name", "sources"))


def entry_of(merge: Merge) -> StrategyEntry:
    """Return the strategy of a merge with the fields that it sets, for any model.

    The number of outputs is left out because it depends on the heads.
    """
    kind = kind_of(type(merge))
    names = [setting.name for setting in fields_of(kind) if setting.name != "outputs"]
    values = {name: getattr(merge, name) for name in [*names, "then"]}
    defaults = {name: type(merge).model_fields[name].default for name in values}
    own = {name: value for name, value in values.items() if value != defaults[name]}
    return StrategyEntry(kind=kind, fields=own)


def parse_entry(text: str) -> StrategyEntry:
    """Read an entry from a text such as `gated` or `late_sum:outputs=1`.

    Raises `SpecError` for an unknown strategy or field, and for an invalid value.
    """
    kind, _, rest = text.strip().partition(":")
    fields: dict[str, Any] = {}
    for part in rest.split(",") if rest else ():
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise SpecError(
                "A field of a strategy is written as `name=value`.",
                part or text,
                f"Write it as in `{kind}:fit=smallest`.",
            )
        if name in fields:
            raise SpecError("A field can only be set once.", text, f"Leave one `{name}` out.")
        fields[name] = value
    return StrategyEntry(kind=kind, fields=fields)


def parse_entries(text: str) -> tuple[StrategyEntry, ...]:
    """Read entries from a text such as `add,late_sum:outputs=1,gated`; `all` names all strategies.

    A part with `=` but no `:` is one more field of the entry before it. Raises `SpecError` as
    `parse_entry` does, and for an empty part.
    """
    if text.strip() == "all":
        return tuple(StrategyEntry(kind=kind) for kind in MERGES)
    parts: list[str] = []
    for part in text.split(","):
        if parts and "=" in part and ":" not in part:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return tuple(parse_entry(part) for part in parts)


def _merge(entry: StrategyEntry) -> Merge:
    concept = MERGES[entry.kind]
    known = {setting.name: setting for setting in fields_of(entry.kind)}
    for name in entry.fields:
        if name not in (*known, "then"):
            raise SpecError(
                f"`{entry.kind}` can only have fields of its own.",
                name,
                suggest(name, [*known, "then"]),
            )
    values = dict(entry.fields)
    if "then" in values:
        values["then"] = _encoder(values["then"])
    try:
        return concept.model_validate({**_EXAMPLE, **values})
    except ValidationError as error:
        name = first_field(error)
        raise SpecError(
            f"`{name}` of `{entry.kind}` can't have this value.",
            entry.fields.get(name, ""),
            _fix(known[name]),
        ) from None


def _encoder(layers: Any) -> Encoder:
    """Read layers after a merge: `dense`, `dense/depth=2/units=32+16`, or data with a `kind`."""
    if isinstance(layers, Encoder):
        return layers
    if isinstance(layers, str):
        kind, *fields = layers.split("/")
        pairs = (field.partition("=") for field in fields)
        values = {name: text.split("+") if "+" in text else text for name, _, text in pairs}
        layers = {"kind": kind, **values}
    kind = str(layers.get("kind", "")) if isinstance(layers, dict) else str(layers)
    concept = ENCODERS[kind]
    known = {setting.name: setting for setting in settings(concept)}
    try:
        return concept.model_validate(layers)
    except ValidationError as error:
        name = first_field(error)
        fix = _fix(known[name]) if name in known else suggest(name, known)
        raise SpecError(
            f"Layers after a strategy can't have this value of `{kind}`.", name, fix
        ) from None


def _data(encoder: Encoder) -> dict[str, Any]:
    return {"kind": kind_of(type(encoder)), **encoder.model_dump(exclude_defaults=True)}


def _text(value: Any) -> str:
    """Return a field's value as text; values of several layers are written as `32+16`."""
    if isinstance(value, list | tuple):
        return "+".join(map(str, value))
    if not isinstance(value, dict):
        return str(value)
    fields = [f"{name}={_text(field)}" for name, field in sorted(value.items()) if name != "kind"]
    return "/".join([value["kind"], *fields])


def _layers_title(data: dict[str, Any]) -> str:
    title = ENCODERS[data["kind"]].title
    own = [f"{name} {value}" for name, value in sorted(data.items()) if name != "kind"]
    return f"{title} ({', '.join(own)})" if own else title


def _fix(setting: Setting) -> str:
    if setting.options:
        return f"Choose one of {quoted(setting.options)}."
    if setting.type == "bool":
        return "Write `true` or `false`."
    return f"Give a number from {setting.minimum} to {setting.maximum}."
