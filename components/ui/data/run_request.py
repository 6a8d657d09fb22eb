"""What a stored run was asked to do, the names of its classes, and its title in a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import free_name
from components.runs.run import Run
from components.training.requests import RunRequest, parse_request
from sample_data.sources import about
from sample_data.synthetic import DataSpec

_parsed = lru_cache(maxsize=256)(parse_request)


def run_request(run: Run) -> RunRequest:
    """The run's request. Raises `PlaygroundError` if this version can't read it."""
    return _parsed(run.request_json)


def is_readable(run: Run) -> bool:
    """Whether this version can read the run's request."""
    try:
        run_request(run)
    except PlaygroundError:
        return False
    return True


def data_title(run: Run) -> str:
    """The name of a run's data; empty if this version can't read it."""
    try:
        return about(run_request(run).data).title
    except PlaygroundError:
        return ""


def class_names(request: RunRequest) -> Mapping[str, tuple[str, ...]]:
    """The names of classes by head, if the data has any that can be read."""
    if isinstance(request.data, DataSpec):
        return {}
    try:
        return about(request.data).classes
    except PlaygroundError:
        return {}


def started_titles(names: Mapping[str, tuple[str, datetime]]) -> dict[str, str]:
    """Titles by id: a name and a start, as the clock of this browser shows it.

    Equal ones get numbers, the oldest first: a select box needs different ones.
    """
    titles: dict[str, str] = {}
    for id, (name, created) in sorted(names.items(), key=lambda one: one[1][1]):
        local = created - timedelta(minutes=st.context.timezone_offset or 0)
        title = f"{name} · {local.day} {local:%b, %H:%M}"
        titles[id] = free_name(title, set(titles.values()), " · ")
    return {id: titles[id] for id in names}
