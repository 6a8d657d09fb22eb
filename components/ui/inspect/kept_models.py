"""What Inspect computes from a kept model when it is opened: in the background, once."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.core.errors import PlaygroundError
from components.inspection.trained import inspect_kept
from components.inspection.xray import xray_kept
from components.runs.artifacts import weights_in
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.editor.background import Background


@dataclass(frozen=True)
class KeptModel:
    """A run of a visitor whose model was kept."""

    run_id: str
    runs: VisitorRuns = field(compare=False)


Work = Background[KeptModel, None]
"""Its results are in the store."""


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
    """Why the run can't be inspected; `None` if it is being inspected. It is started by this."""
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
