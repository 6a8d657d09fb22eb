"""How long the next run will take, sizes that fit the model's cost, and a click to a quick run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import duration, plural
from components.model.spec import Architecture
from components.runs.visitor_runs import VisitorRuns
from components.training.pace import RunSize, slowness
from components.training.requests import Settings, parse_request
from components.ui.data.run_control import run_size
from components.ui.editor.train_state import EPOCHS, SAMPLES, TrainState
from components.ui.frame import engine

QUICK_SECONDS = 20.0
"""How long a quick run takes at most. A longer run gets the offer of one."""
LATEST = 5
"""Earlier runs that show how fast this machine is."""


def proposed_text(train: TrainState) -> str:
    """What was chosen for a costly model; empty if nothing was."""
    parts = [
        text
        for name, plain, text in (
            ("samples", SAMPLES, f"{train.data['samples']:,} samples"),
            ("epochs", EPOCHS, plural(train.settings["epochs"], "epoch")),
        )
        if train.proposed.get(name, plain) != plain
    ]
    return f"{' and '.join(parts)}, chosen for this model and this machine." if parts else ""


@dataclass(frozen=True)
class QuickRun:
    """The size of a quick run, and the seconds that it takes."""

    size: RunSize
    seconds: float


def time_needed(
    architecture: Architecture, train: TrainState, runs: VisitorRuns
) -> QuickRun | None:
    """A text on the next run's time; nothing where the number of samples is not known yet.

    Returns a quick run if the next one is not quick.
    """
    samples = train.samples
    if not samples:
        return None
    size = run_size(architecture, samples, Settings(**train.settings))
    factor = machine_slowness(architecture, runs)
    seconds = duration(size.seconds(factor))
    text = f"Next: about {seconds}" if train.run else f"About {seconds} on this machine"
    st.caption(text, width="content")
    if train.source != "relation" or size.seconds(factor) <= QUICK_SECONDS:
        return None
    quick = size.quicker(QUICK_SECONDS, factor)
    return QuickRun(quick, quick.seconds(factor)) if quick else None


def offer_quick(quick: QuickRun, train: TrainState) -> None:
    """A button that sets the size of a quick run."""
    size = quick.size
    st.button(
        f"Quick: {size.samples:,} samples, {plural(size.epochs, 'epoch')}",
        icon=":material/bolt:",
        type="tertiary",
        key="make_quick",
        help=f"Sets samples and epochs so that a run takes about {duration(quick.seconds)}.",
        on_click=partial(_make_quick, train, size),
    )


def machine_slowness(architecture: Architecture, runs: VisitorRuns) -> float:
    """How many times as slow this machine is as the one assumed.

    It is measured by the latest run of this model, or else by the latest runs of all models,
    whether they finished or were stopped. Without any, it is what was measured at the start.
    """
    measured = list(_epochs(runs))
    own = [(size, seconds) for model, size, seconds in measured if model == architecture]
    every = [(size, seconds) for _, size, seconds in measured]
    return slowness(own[:1] or every, engine.engine().slowness)


def _epochs(runs: VisitorRuns) -> Iterator[tuple[Architecture, RunSize, float]]:
    """The models and sizes of the latest runs, and the seconds that an epoch of theirs took."""
    ended = runs.list(limit=LATEST, statuses=("finished", "stopped"))
    reports = runs.reports(run.id for run in ended)
    for run in ended:
        report = reports.get(run.id)
        known = report and _measured(run.request_json, report.trained + report.held)
        if report and known:
            yield *known, report.epoch_seconds


def _make_quick(train: TrainState, quick: RunSize) -> None:
    train.data["samples"], train.settings["epochs"] = quick.samples, quick.epochs


@lru_cache(maxsize=256)
def _measured(request_json: str, samples: int) -> tuple[Architecture, RunSize] | None:
    """The model and size of an earlier run; `None` if this version can't read or build it."""
    try:
        request = parse_request(request_json)
        return request.architecture, run_size(request.architecture, samples, request.settings)
    except PlaygroundError:
        return None
