"""Links of an earlier version open to the same architecture, data and settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.export.link import parse_link, share
from components.model.spec import parse
from components.training.requests import RunRequest, Settings, parse_request
from sample_data import presets
from tests.compatibility.support import json_of, text_of

LINKS: list[dict[str, Any]] = [json.loads(line) for line in text_of("links.jsonl").splitlines()]
PRESETS: dict[str, Any] = json_of("presets.json")


@pytest.mark.parametrize("stored", LINKS, ids=[stored["name"] for stored in LINKS])
def test_a_link_opens_to_what_it_held(stored: dict[str, Any]) -> None:
    shared = parse_link(stored["token"])
    architecture, data, settings = shared.architecture, shared.data, shared.settings
    assert architecture.data() == stored["architecture"]
    assert architecture.digest == stored["digest"]
    assert parse(stored["architecture"]) == architecture
    assert (data and data.model_dump(mode="json")) == stored.get("data")
    assert (settings and settings.model_dump(mode="json")) == stored.get("settings")
    assert share(architecture, data, settings) == stored["token"]
    if data is not None:
        request = RunRequest(architecture=architecture, data=data, settings=settings or Settings())
        assert request.digest == stored["request_digest"]


def test_a_link_opens_as_a_token_and_in_an_address() -> None:
    token = LINKS[0]["token"]
    address = f"https://playground.example/Train?m={token}"
    assert parse_link(f" <{address}>\n") == parse_link(address) == parse_link(token)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_and_its_request_keep_their_digests(name: str) -> None:
    stored = PRESETS[name]
    assert presets.load(name).digest == stored["digest"]
    assert parse_link(stored["link"]).architecture == presets.load(name)
    request, shared = parse_request(stored["request"]), parse_link(stored["link_with_options"])
    assert (request.architecture, request.data) == (shared.architecture, shared.data)
    assert request.settings == shared.settings
    assert request.digest == stored["request_digest"]
    assert request.json_text() == stored["request"]
