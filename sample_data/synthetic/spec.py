"""The settings of synthetic data: a relation with its own settings, a sample count and a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from components.core.errors import DataError, suggest
from components.core.fields import Setting, first_error, number, settings
from components.core.text import quoted
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation

if TYPE_CHECKING:
    AnyRelation = Relation
else:
    AnyRelation = RELATIONS.union()


class DataSpec(BaseModel):
    """Synthetic data: a relation with its settings, the number of samples, and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: AnyRelation
    samples: int = number(
        2000, 20, 200000, "Number of samples, held-out ones included.", step=100, unit="samples"
    )
    seed: int = number(
        0, 0, 2**32 - 1, "Random seed of the data. The same seed gives the same data."
    )
    difficulty: float = number(
        0.2,
        0,
        1,
        "How hard the causes are to see in the inputs. Labels don't depend on it.",
        step=0.1,
    )


def parse_data(text: str) -> Relation:
    """The relation that a text names, such as `xor` or `additive:noise=0.5,label_noise=0.1`.

    Raises `DataError` for an unknown relation or setting, and for a value out of range.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in RELATIONS:
        raise DataError("Data must name a known relation.", kind, suggest(kind, RELATIONS))
    known = {setting.name: setting for setting in settings(RELATIONS[kind])}
    values: dict[str, str] = {}
    for part in rest.split(",") if rest else ():
        name, value = _setting(part, kind, known)
        if name in values:
            raise DataError(
                "Each setting may be given only once.", text, f"Leave one `{name}` out."
            )
        values[name] = value
    try:
        return RELATIONS[kind].model_validate(values)
    except ValidationError as error:
        name = str(first_error(error).loc[0])
        raise DataError(
            f"`{name}` of `{kind}` must be in its range.", values[name], _fix(known[name])
        ) from None


def _setting(part: str, kind: str, known: dict[str, Setting]) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if name not in known:
        raise DataError(f"The setting must be one of `{kind}`.", name, suggest(name, known))
    if not equals or not value:
        raise DataError("A setting must be written `name=value`.", part, _fix(known[name]))
    return name, value


def _fix(setting: Setting) -> str:
    if setting.options:
        return f"Choose one of {quoted(setting.options)}."
    return f"Give a number from {setting.minimum} to {setting.maximum}."
