"""The request of a stored run, the names of its classes, and its title in a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache

import streamlit as st

from components.base.errors import PlaygroundError
from components.base.text import free_name
from components.experiments.queue.run import Run
from components.experiments.training.requests import RunRequest, parse_request
from sample_data.loading.sources import about
from sample_data.loading.synthetic import DataSpec

_parsed = lru_cache(maxsize=1024)(parse_request)


def run_request(run: Run) -> RunRequest:
    """Return the run's request. Raises `PlaygroundError` if this version can't read it."""
    return _parsed(run.request_json)


def is_readable(run: Run) -> bool:
    """Return `True` if this version can read the run's request."""
    try:
        run_request(run)
    except PlaygroundError:
        return False
    return True


def data_title(run: Run) -> str:
    """Return the name of a run's data; empty if this version can't read it."""
    try:
        return about(run_request(run).data).title
    except PlaygroundError:
        return ""


def run_names(runs: Iterable[Run]) -> list[str]:
    """Return the names of runs; equal names get the values that differ, as in `add · seed 1`."""
    listed = [(run, conditions(run)) for run in runs]
    seen: dict[str, set[tuple[str, str]]] = {}
    for run, values in listed:
        seen.setdefault(run.name, set()).update(values.items())
    varied = {name: Counter(key for key, _ in pairs) for name, pairs in seen.items()}

    def parts(run: Run, values: Mapping[str, str]) -> Iterator[str]:
        yield run.name
        for key, text in values.items():
            if varied[run.name][key] > 1:
                yield f"{key} {text}"

    return [" · ".join(parts(run, values)) for run, values in listed]


def conditions(run: Run) -> dict[str, str]:
    """Return the training conditions of a run by name: seed, other settings, and data."""
    values = {"seed": run.settings.get("seed"), **run.settings}
    with suppress(PlaygroundError):  # This version can't read its request.
        data = run_request(run).data
        values["data"] = about(data).title
        if isinstance(data, DataSpec):
            drawn = data.model_dump(exclude={"relation": {"kind"}})
            values |= {"data seed": drawn.pop("seed"), **drawn.pop("relation"), **drawn}
    return {key.replace("_", " "): str(value).replace("_", " ") for key, value in values.items()}


def class_names(request: RunRequest) -> Mapping[str, tuple[str, ...]]:
    """Return the names of classes by head, if the data has any that can be read."""
    if isinstance(request.data, DataSpec):
        return {}
    try:
        return about(request.data).classes
    except PlaygroundError:
        return {}


def started_titles(names: Mapping[str, tuple[str, datetime]]) -> dict[str, str]:
    """Return titles by id: the name and the start, in the time zone of this browser.

    Equal titles get numbers, the oldest first, because a select box needs different ones.
    """
    titles: dict[str, str] = {}
    for id, (name, created) in sorted(names.items(), key=lambda one: one[1][1]):
        local = created - timedelta(minutes=st.context.timezone_offset or 0)
        title = f"{name} · {local.day} {local:%b, %H:%M}"
        titles[id] = free_name(title, set(titles.values()), " · ")
    return {id: titles[id] for id in names}
