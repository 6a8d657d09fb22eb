"""Share links that contain an architecture, and optionally data, settings and a race.

The token in a link holds them as JSON without default values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.base.errors import LinkError
from components.base.refusals import refusal
from components.base.versions import KEY
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture, parse
from components.models.language.registry import Concept, kind_of
from components.sharing.links.token import (
    COPY_AGAIN,
    MOST_CHARACTERS,
    is_token,
    pack_token,
    shortened,
    unpack_token,
)
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec

PARAMETER = "m"
"""Query parameter of a page's address for the token."""

Value = TypeVar("Value", bound=BaseModel)

Data = DataSpec | CollectionSpec
"""Data that a link can contain, but never the path of a file."""


class RaceSetup(BaseModel):
    """The setup of a race without its model and settings: strategies as text, data, seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[str, ...]
    data: tuple[Data, ...]
    seeds: int = 5
    matched: bool = False
    merge: str = ""
    head: str = ""


@dataclass(frozen=True)
class LinkContent:
    """Content of a link."""

    architecture: Architecture
    data: Data | None = None
    settings: Settings | None = None
    race: RaceSetup | None = None


class ContentParts(Architecture):
    """The content of a link as files write it, for their JSON schema alone."""

    its_data: Data | None = Field(None, alias="data")
    settings: Settings | None = None
    race: RaceSetup | None = None


def share(
    architecture: Architecture,
    data: Data | None = None,
    settings: Settings | None = None,
    race: RaceSetup | None = None,
) -> str:
    """Return a token that `parse_link` reads back to equal values.

    Raises `LinkError` for data in a file, and if the token would be too long.
    """
    if isinstance(data, str):
        raise LinkError(
            "A link can't contain your own file.",
            "",
            "Share the model without its data.",
        )
    content = LinkContent(architecture, data, settings, race)
    return pack_token(content_parts(content), "Share the model as a JSON file.")


def content_parts(content: LinkContent) -> dict[str, Any]:
    """Return the content as plain JSON data, which `parse_content` reads back."""
    parts = content.architecture.data()
    del parts[KEY]
    if content.data is not None:
        parts["data"] = plain_parts(content.data)
    if content.settings is not None:
        parts["settings"] = plain_parts(content.settings)
    if content.race is not None:
        race = content.race
        parts["race"] = {**plain_parts(race), "data": [plain_parts(one) for one in race.data]}
    return parts


def is_link(text: str) -> bool:
    """Return `True` if a text looks like a link or token, even if it is invalid."""
    return "://" in text or f"?{PARAMETER}=" in text or is_token(text)


def parse_link(text: str) -> LinkContent:
    """Return the content of a token, or of an address with `?m=TOKEN`.

    Raises `LinkError` if it is broken, too long or of another version, and the errors of
    `architecture.parse` if its content is invalid.
    """
    return parse_content(unpack_token(token_in(text)))


def token_in(text: str, parameter: str = PARAMETER) -> str:
    """Return the token in an address, or the text itself if it is not an address.

    Raises `LinkError`.
    """
    if len(text) > MOST_CHARACTERS:
        raise LinkError(
            f"A link may have at most {MOST_CHARACTERS:,} characters.",
            f"{len(text):,}",
            "Copy the link alone, or open the model's JSON file.",
        )
    text = text.strip().strip("<>")
    if "?" not in text and "://" not in text:
        return text
    try:
        tokens = parse_qs(urlsplit(text).query, max_num_fields=100).get(parameter, [])
    except ValueError:
        tokens = []
    if len(tokens) != 1:
        raise LinkError(
            f"The link doesn't end in `?{parameter}=` and one token.",
            shortened(text),
            COPY_AGAIN,
        )
    return tokens[0]


def parse_content(parts: object) -> LinkContent:
    """Parse content from plain JSON data. Raises the errors of `parse_link` for invalid content."""
    if not isinstance(parts, Mapping):
        return LinkContent(parse(parts))
    parts = dict(parts)
    data, settings = parts.pop("data", None), parts.pop("settings", None)
    race = parts.pop("race", None)
    architecture = parse(parts)
    collection = isinstance(data, Mapping) and "collection" in data
    data_class: type[DataSpec] | type[CollectionSpec] = CollectionSpec if collection else DataSpec
    return LinkContent(
        architecture,
        None if data is None else _valid(data_class, data, "the dataset"),
        None if settings is None else _valid(Settings, settings, "the training"),
        None if race is None else _valid(RaceSetup, race, "the race"),
    )


def _valid(model: type[Value], value: object, part: str) -> Value:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise refusal(error, LinkError, model, value, part) from None


def plain_parts(value: BaseModel) -> dict[str, Any]:
    """Return a value as JSON data without default values; concepts in it keep their kind."""
    data: dict[str, Any] = value.model_dump(mode="json", exclude_defaults=True)
    for name in type(value).model_fields:
        part = getattr(value, name)
        if isinstance(part, Concept):
            data[name] = {"kind": kind_of(type(part)), **data.get(name, {})}
    return data
