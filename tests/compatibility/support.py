"""Files that an earlier version wrote, and how the tests read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.__main__ import main

FIXTURES = Path(__file__).parent / "fixtures"
Capture = pytest.CaptureFixture[str]


def text_of(name: str) -> str:
    """The text of a fixture."""
    return (FIXTURES / name).read_text(encoding="utf-8")


def json_of(name: str) -> Any:
    """The data of a JSON fixture."""
    return json.loads(text_of(name))


def output_of(capsys: Capture, *arguments: str) -> str:
    """What a command prints. It must succeed."""
    capsys.readouterr()
    code = main(arguments)
    printed, errors = capsys.readouterr()
    assert code == 0, errors
    return printed


def leaves(data: Any, ignored: frozenset[str] = frozenset(), path: str = "") -> dict[str, Any]:
    """The values in nested JSON data by their path, without those under ignored keys."""
    return dict(_leaves(data, ignored, path))


def _leaves(data: Any, ignored: frozenset[str], path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in ignored:
                yield from _leaves(value, ignored, f"{path}/{key}")
    elif isinstance(data, list | tuple):
        yield f"{path}/length", len(data)
        for index, value in enumerate(data):
            yield from _leaves(value, ignored, f"{path}/{index}")
    else:
        yield path, data
