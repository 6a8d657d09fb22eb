"""Quality of a head at rates of missing inputs, and the rates in training."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from components.base.text import join_names
from components.experiments.inspection.basis.results import HeadInspection
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture

RATES = tuple(step / 10 for step in range(10))
"""Rates of missing inputs in use."""


def quality_at(head: HeadInspection, fillable: Collection[str], rate: float) -> float | None:
    """Return the quality if each input that may be missing is missing independently at `rate`.

    It is the mean over all sets of present inputs, weighted by probability. `None` if no such input
    is connected to the head, or if not all sets were measured.
    """
    values = {frozenset(one.inputs): one.value for one in head.coalitions}
    players = frozenset[str]().union(*values)
    lacking = sorted(players & {*fillable})
    if not lacking or len(values) < 1 << len(players):
        return None
    return sum(
        rate**count * (1 - rate) ** (len(lacking) - count) * values[players - {*gone}]
        for count in range(len(lacking) + 1)
        for gone in combinations(lacking, count)
    )


def trained_rates(architecture: Architecture) -> str:
    """Return the rates of missing inputs in training, one for each; `30 %` if all are equal."""
    rates = [
        f"{100 * branch.missing_rate:g} %"
        for branch in architecture.data_inputs
        if branch.missing != "never"
    ]
    return join_names(rates if len({*rates}) > 1 else rates[:1])


def apart_from_rates(request: RunRequest) -> RunRequest:
    """Return the request without its rates of missing inputs and its training seed."""
    architecture = request.architecture
    inputs = tuple(one.model_copy(update={"missing_rate": 0.0}) for one in architecture.inputs)
    return request.model_copy(
        update={
            "architecture": architecture.model_copy(update={"inputs": inputs}),
            "settings": request.settings.model_copy(update={"seed": 0}),
            "inspect": False,
        }
    )
