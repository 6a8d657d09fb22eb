"""State shared by the parts of the Inspect page: the choice and the shown head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import streamlit as st

from components.app.parts.charts import chart_download
from components.app.parts.data.run_request import class_names, run_request
from components.app.parts.editor.background import Background
from components.base.errors import PlaygroundError, RunError
from components.experiments.inspection.basis.results import (
    HeadInspection,
    Inspection,
    parse_inspection,
)
from components.experiments.inspection.trained import inspect_kept
from components.experiments.inspection.xray import xray_kept
from components.experiments.queue.artifacts import weights_in
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.requests import RunRequest
from components.models.drawing.charts import Option
from components.models.drawing.palette import Theme

KEY = "inspect_state"


@dataclass
class InspectState:
    """The chosen run, `None` for the latest finished one, and the error of the last action."""

    run: str | None = None
    error: str | None = None

    def choose(self, run_id: str) -> None:
        """Show another run, and put it into the page's address."""
        self.run, self.error = run_id, None
        st.query_params["run"] = run_id


def of_session() -> InspectState:
    """Return the state of this session."""
    state: InspectState = st.session_state.setdefault(KEY, InspectState())
    return state


@lru_cache(maxsize=64)
def read_inspection(text: str | None) -> Inspection | None:
    """Return a stored inspection; `None` if there is none that this version can read."""
    try:
        return parse_inspection(text) if text else None
    except RunError:
        return None


@dataclass(frozen=True)
class ShownHead:
    """One head of an inspection, with the theme of its charts."""

    run: Run
    inspection: Inspection
    name: str
    theme: Theme

    @property
    def request(self) -> RunRequest:
        """Request of the training."""
        return run_request(self.run)

    @property
    def head(self) -> HeadInspection:
        """Measures of the head."""
        return self.inspection.heads[self.name]

    @property
    def classes(self) -> Sequence[str]:
        """Class names of the head, if the data has any."""
        return class_names(self.request).get(self.name, ())

    def chart(self, option: Option, title: str, height: int, alt: str) -> None:
        """Draw a chart that downloads under the name of the run and the title."""
        chart_download.chart(
            option,
            f"{self.run.name} {self.name} {title}",
            self.theme,
            key=f"inspected.{self.name}.{title}",
            height=height,
            alt=alt,
        )


# Computed from a kept model when it is opened


@dataclass(frozen=True)
class KeptModel:
    """A visitor's run with a stored model."""

    run_id: str
    runs: VisitorRuns = field(compare=False)


Work = Background[KeptModel, None]
"""Background computation whose results go to the store."""


def _inspect(kept: KeptModel) -> None:
    run = kept.runs.run(kept.run_id)
    text = inspect_kept(run.request_json, weights_in(kept.runs.keras_file(run)), run.seconds)
    kept.runs.keep_result(run.id, "inspection", text)


def _xray(kept: KeptModel) -> None:
    run = kept.runs.run(kept.run_id)
    report = kept.runs.report(run)
    epoch = report.epoch if report else run.epochs
    text = xray_kept(run.request_json, weights_in(kept.runs.keras_file(run)), epoch)
    kept.runs.keep_result(run.id, "xray", text)


INSPECTIONS: Work = Background(_inspect, "inspections")
XRAYS: Work = Background(_xray, "xrays")


def missing(runs: VisitorRuns, run: Run, work: Work) -> str | None:
    """Start an inspection. Return the reason if the run can't be inspected, else `None`."""
    if not runs.owns(run):
        if runs.hides_data(run):
            return "The data of this run is another person's file, so its inspection is not shown."
        return "This run belongs to another person: only they can inspect it."
    reason = runs.missing_model(run)
    if reason is not None:
        return str(reason)
    try:
        work.get(KeptModel(run.id, runs))
    except PlaygroundError as error:
        return str(error)
    return None
