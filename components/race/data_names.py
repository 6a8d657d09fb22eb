"""Short names and titles of the datasets of a race."""

from __future__ import annotations

import re

from components.core.registry import kind_of
from sample_data.relations.base import Relation
from sample_data.sources import Data, about
from sample_data.synthetic import DataSpec

_SHORT = {"samples": "n", "difficulty": "difficulty", "seed": "seed"}


def data_name(data: Data) -> str:
    """A short name: `xor:noise=0.5`, a collection's kind, or a file's name.

    It contains samples, difficulty and seed only where they differ from the defaults.
    """
    if isinstance(data, str):
        return data.replace("\\", "/").rsplit("/", 1)[-1]
    text = _relation_name(data.relation) if isinstance(data, DataSpec) else data.collection
    for field, short in _SHORT.items():
        value = getattr(data, field, None)
        info = type(data).model_fields.get(field)
        if info is not None and value != info.default:
            text += f" {short}={value}"
    return text


def data_title(data: Data) -> str:
    """A title for people, with the values that differ from the defaults."""
    title = about(data).title
    if isinstance(data, str):
        return title
    _, *values = re.split(r"[:, ]", data_name(data))
    return f"{title} ({', '.join(values)})" if values else title


def _relation_name(relation: Relation) -> str:
    changed = relation.model_dump(exclude_defaults=True, exclude={"kind"})
    values = ",".join(f"{name}={value}" for name, value in changed.items())
    kind = kind_of(type(relation))
    return f"{kind}:{values}" if values else kind
