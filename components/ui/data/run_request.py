"""What a stored run was asked to do: its model, data and settings."""

from __future__ import annotations

from functools import lru_cache

from components.core.errors import PlaygroundError
from components.runs.run import Run
from components.training.requests import RunRequest, parse_request

_parsed = lru_cache(maxsize=64)(parse_request)


def run_request(run: Run) -> RunRequest | None:
    """The run's request, or `None` if this version can't read it."""
    try:
        return _parsed(run.request_json)
    except PlaygroundError:
        return None
