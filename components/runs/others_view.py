"""What others see of somebody's runs and races: no owner, no samples, no path of a data file."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from components.runs.run import Run
from components.runs.sweeps import Sweep
from components.training.events import Report

HIDDEN_FILE = "own data.npz"
"""What others see in place of the path of someone's data file. There is no such file."""
HIDDEN_MESSAGE = "The message may name data of its owner, so only the owner can read it."
_PATH = re.compile(r'(?<=")[^"]*\.npz(?=\\*")')
"""The path of a data file in JSON, which may be a text in other JSON."""


def has_file(run: Run) -> bool:
    """Whether the run's data is a file."""
    return HIDDEN_FILE in _without_paths(run.request_json)


def run_of_another(run: Run) -> Run:
    """A run without its owner's secret name and file. A name that was not shared is left out."""
    request = _without_paths(run.request_json)
    return replace(
        run,
        owner="",
        name=run.name if run.shared else str(run.architecture.get("name", "run")),
        pinned=False,
        request_json=request,
        message=HIDDEN_MESSAGE if run.message and HIDDEN_FILE in request else run.message,
    )


def sweep_of_another(sweep: Sweep) -> Sweep:
    """A race without its owner's secret name and file."""
    plan = _without_paths(sweep.plan)
    return replace(sweep, owner="", plan=plan, name="" if HIDDEN_FILE in plan else sweep.name)


@lru_cache(maxsize=256)
def _without_paths(text: str) -> str:
    return _PATH.sub(HIDDEN_FILE, text)


def without_samples(report: Report) -> Report:
    """A report without the samples that it shows."""
    bare = {"points": (), "worst": ()}
    heads = {name: head.model_copy(update=bare) for name, head in report.heads.items()}
    return report.model_copy(update={"heads": heads})
