"""A share link contains a whole architecture, and data, settings and a race if they are included.

A token is `1.PAYLOAD.CHECK`: the link's version, compact JSON without what is at its default,
deflated (RFC 1951) with a preset dictionary and written in URL-safe base 64 (RFC 4648, section 5),
and the start of the SHA-256 of that JSON. A version is read for ever; its dictionary is frozen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from components.core.errors import LinkError
from components.core.fields import first_error
from components.core.registry import Concept, kind_of
from components.model.spec import Architecture, loaded, parse
from components.training.requests import Settings
from sample_data.sources import CollectionSpec
from sample_data.synthetic import DataSpec

VERSION = "1"
PARAMETER = "m"
"""The parameter of a page's address that contains the token."""
MOST_CHARACTERS = 8000
"""The longest link: servers and browsers refuse longer lines."""
MOST_BYTES = 60_000
"""The most JSON that is unpacked from a link."""
DICTIONARY_1 = (Path(__file__).parent / "link_dictionary_1.txt").read_bytes()
"""The words that links of version 1 are compressed with: frozen, because every link needs them.

A field or a concept that came later is written out in links, which takes some characters.
"""
_CHECK = 8
_COPY_AGAIN = "Copy the whole link again: it is damaged or cut short."
_TOKEN = re.compile(r"(\d{1,9})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_VERSIONED = re.compile(r"0*([1-9]\d{0,8})\.", re.ASCII)

Value = TypeVar("Value", bound=BaseModel)

Data = DataSpec | CollectionSpec
"""Data that a link can contain: never the path of a file."""


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
    """What a link contains."""

    architecture: Architecture
    data: Data | None = None
    settings: Settings | None = None
    race: RaceSetup | None = None


def share(
    architecture: Architecture,
    data: Data | None = None,
    settings: Settings | None = None,
    race: RaceSetup | None = None,
) -> str:
    """The token that `parse_link` reads back to equal values.

    Raises `LinkError` for data in a file, and where the token would be too long.
    """
    if isinstance(data, str):
        raise LinkError(
            "A link can't contain a file: it may contain a relation or a collection.",
            "the path of a file",
            "Share the model without its data.",
        )
    parts = architecture.data()
    del parts["version"]
    if data is not None:
        parts["data"] = _plain(data)
    if settings is not None:
        parts["settings"] = _plain(settings)
    if race is not None:
        parts["race"] = {**_plain(race), "data": [_plain(one) for one in race.data]}
    text = json.dumps(parts, separators=(",", ":"), allow_nan=False).encode()
    token = f"{VERSION}.{_packed(text)}.{_check(text)}"
    if len(token) > MOST_CHARACTERS:
        raise LinkError(
            f"A link may have at most {MOST_CHARACTERS:,} characters.",
            f"a model that takes {len(token):,}",
            "Share it as a JSON file.",
        )
    return token


def is_link(text: str) -> bool:
    """Whether a text is meant as a link or a token, valid or not."""
    return "://" in text or f"?{PARAMETER}=" in text or bool(_TOKEN.fullmatch(text.strip()))


def parse_link(text: str) -> LinkContent:
    """What a token, or an address with `?m=TOKEN`, holds.

    Raises `LinkError` where it is broken, too long or of a newer version, and the errors of
    `spec.parse` where it holds what is not valid here.
    """
    token = _token(text)
    version_match, token_match = _VERSIONED.match(token), _TOKEN.fullmatch(token)
    if version_match and version_match[1] != VERSION:
        raise LinkError(
            f"This playground can only read links of version {VERSION}.",
            f"a link of version {version_match[1]}",
            "Open it with a newer playground.",
        )
    if version_match is None or token_match is None:
        raise LinkError(
            "A link's token must be three words of letters, digits, `-` and `_`.",
            _shortened(token),
            _COPY_AGAIN,
        )
    _, payload, check = token_match.groups()
    unpacked = _unpacked(payload)
    if _check(unpacked) != check:
        raise LinkError("A link's check must fit what it holds.", _shortened(check), _COPY_AGAIN)
    return _read(unpacked)


def _token(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise LinkError(
            f"A link may have at most {MOST_CHARACTERS:,} characters.",
            f"{len(text):,} characters",
            "Copy the link alone, or open the model's JSON file.",
        )
    text = text.strip().strip("<>")
    if "?" not in text and "://" not in text:
        return text
    try:
        tokens = parse_qs(urlsplit(text).query, max_num_fields=100).get(PARAMETER, [])
    except ValueError:
        tokens = []
    if len(tokens) != 1:
        raise LinkError(
            f"A link's address must end in `?{PARAMETER}=` and one token.",
            _shortened(text),
            _COPY_AGAIN,
        )
    return tokens[0]


def _packed(text: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=DICTIONARY_1)
    return base64.urlsafe_b64encode(packer.compress(text) + packer.flush()).decode().rstrip("=")


def _unpacked(payload: str) -> bytes:
    """The JSON in a payload. No more than `MOST_BYTES` are ever unpacked."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=DICTIONARY_1)
    try:
        packed = base64.b64decode(payload + "=" * (-len(payload) % 4), b"-_", validate=True)
        text = unpacker.decompress(packed, MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise LinkError("A link's payload must unpack.", _shortened(error), _COPY_AGAIN) from None
    if unpacker.unconsumed_tail:
        raise LinkError(
            f"A link may contain at most {MOST_BYTES:,} bytes of JSON.",
            "a link that holds more",
            "Open the model's JSON file instead.",
        )
    if not unpacker.eof or unpacker.unused_data:
        raise LinkError(
            "A link's payload must be whole.",
            _shortened(f"{len(payload):,} characters of it"),
            _COPY_AGAIN,
        )
    return text


def _check(text: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()[:_CHECK]


def _read(text: bytes) -> LinkContent:
    parts = loaded(text)
    if not isinstance(parts, dict):
        return LinkContent(parse(parts))
    data, settings = parts.pop("data", None), parts.pop("settings", None)
    race = parts.pop("race", None)
    architecture = parse(parts)
    collection = isinstance(data, Mapping) and "collection" in data
    data_class: type[DataSpec] | type[CollectionSpec] = CollectionSpec if collection else DataSpec
    return LinkContent(
        architecture,
        None if data is None else _valid(data_class, data, "data"),
        None if settings is None else _valid(Settings, settings, "settings"),
        None if race is None else _valid(RaceSetup, race, "race"),
    )


def _valid(model: type[Value], value: object, part: str) -> Value:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = first_error(error)
        raise LinkError(
            f"A link's {part} must be valid here: {first.message}.",
            f"{part}.{first.path} = {first.received}",
            "Ask for the link anew, or open the model's JSON file.",
        ) from None


def _plain(value: BaseModel) -> dict[str, Any]:
    """A value as JSON data without what is at its default; concepts in it keep their kind."""
    data: dict[str, Any] = value.model_dump(mode="json", exclude_defaults=True)
    for name in type(value).model_fields:
        part = getattr(value, name)
        if isinstance(part, Concept):
            data[name] = {"kind": kind_of(type(part)), **data.get(name, {})}
    return data


def _shortened(received: object) -> str:
    text = str(received)
    return f"{text[:60]}…" if len(text) > 60 else text or "nothing"
