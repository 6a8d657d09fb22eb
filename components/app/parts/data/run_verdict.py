"""Verdicts on a stored run, once the ceilings of its data are known."""

from __future__ import annotations

from collections.abc import Sequence

from components.app.parts.data.data_limits import DataLimits, data_limits
from components.app.parts.data.run_request import class_names, run_request
from components.app.parts.frame import engine
from components.base.errors import PlaygroundError
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.queue.run import Run
from components.experiments.training.events import Epoch, Report
from components.experiments.verdicts.figures import figures_of
from components.experiments.verdicts.verdict import RunVerdict, verdicts
from sample_data.loading.synthetic import DataSpec


def known_verdicts(
    run: Run,
    points: Sequence[Epoch],
    report: Report | None,
    inspection: str | None,
    *,
    named: bool,
    seconds: float = 0.0,
) -> Sequence[RunVerdict] | None:
    """Return the verdicts on a run; `None` if its data's ceilings are not known after `seconds`.

    `None` also while the build workers start: a verdict reads the graph of the model. `inspection`
    is that of the run's model as JSON. Only if `named` are the classes called by their names.
    """
    if run.status == "queued":
        return ()
    if not engine.engine().ready:
        return None
    limits = DataLimits({}, None)
    try:
        request = run_request(run)
        inspected = parse_inspection(inspection) if inspection else None
    except PlaygroundError:
        return ()
    if isinstance(request.data, DataSpec):
        computed = data_limits(request.data_architecture, request.data, seconds)
        if computed is None:
            return None
        limits = computed
    return verdicts(
        figures_of(
            request,
            points,
            report,
            limits.ceilings,
            class_names(request) if named else {},
            ended=run.ended,
            message=run.message,
            inspection=inspected,
        )
    )
