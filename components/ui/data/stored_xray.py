"""The X-ray that is stored with a run, as pages show it."""

from __future__ import annotations

from functools import lru_cache

from components.inspection.basis.xray_results import Xray, parse_xray
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns


def read_xray(runs: VisitorRuns, run: Run) -> Xray | None:
    """The X-ray that is kept with a run, if there is one that can be read here."""
    text = runs.xray(run)
    return parsed_xray(text) if text else None


@lru_cache(maxsize=32)
def parsed_xray(text: str) -> Xray | None:
    """An X-ray from its text; `None` if it can't be read here."""
    try:
        return parse_xray(text)
    except ValueError:
        return None
