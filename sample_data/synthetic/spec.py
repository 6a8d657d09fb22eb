"""What synthetic data is made: a relation with its settings, a number of samples and a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.core.errors import DataError, suggest
from components.core.fields import Setting, hints, settings
from components.core.text import quoted
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation

if TYPE_CHECKING:
    AnyRelation = Relation
else:
    AnyRelation = RELATIONS.union()


class DataSpec(BaseModel):
    """What data is made: a relation with its dials, how many samples, and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: AnyRelation
    samples: int = Field(
        2000,
        ge=20,
        le=200000,
        description="Samples drawn in all, before any are held out.",
        json_schema_extra=hints(step=100, unit="samples"),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="The same seed gives the same data.",
        json_schema_extra=hints(step=1),
    )
    difficulty: float = Field(
        0.2,
        ge=0,
        le=1,
        description="How hard the causes are to see in the inputs; labels do not depend on it.",
        json_schema_extra=hints(step=0.1),
    )


def parse_data(text: str) -> Relation:
    """The relation a text such as `xor` or `additive:noise=0.5,label_noise=0.1` names.

    Raises `DataError` for an unknown relation or dial, and for a value the dial does not take.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in RELATIONS:
        raise DataError("Data must name a known relation.", kind, suggest(kind, RELATIONS))
    known = {setting.name: setting for setting in settings(RELATIONS[kind])}
    given: dict[str, str] = {}
    for part in rest.split(",") if rest else ():
        name, value = _dial(part, kind, known)
        if name in given:
            raise DataError("A dial is set once.", text, f"Leave one `{name}` out.")
        given[name] = value
    try:
        return RELATIONS[kind].model_validate(given)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise DataError(
            f"`{name}` of `{kind}` must be a value it takes.", given[name], _fix(known[name])
        ) from None


def _dial(part: str, kind: str, known: dict[str, Setting]) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if name not in known:
        raise DataError(f"`{kind}` has only dials it knows.", name, suggest(name, known))
    if not equals or not value:
        raise DataError("A dial is written `name=value`.", part, _fix(known[name]))
    return name, value


def _fix(setting: Setting) -> str:
    if setting.options:
        return f"Choose one of {quoted(setting.options)}."
    return f"Give a number from {setting.minimum} to {setting.maximum}."
