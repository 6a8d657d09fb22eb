"""What a stored run was asked to do: its model, data and settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from components.core.errors import PlaygroundError
from components.runs.run import Run
from components.training.requests import RunRequest, parse_request
from sample_data.sources import about
from sample_data.synthetic import DataSpec

_parsed = lru_cache(maxsize=64)(parse_request)


def run_request(run: Run) -> RunRequest | None:
    """The run's request, or `None` if this version can't read it."""
    try:
        return _parsed(run.request_json)
    except PlaygroundError:
        return None


def class_names(request: RunRequest | None) -> Mapping[str, tuple[str, ...]]:
    """The names of classes by head, if the data has any that can be read."""
    if request is None or isinstance(request.data, DataSpec):
        return {}
    try:
        return about(request.data).classes
    except PlaygroundError:
        return {}
