"""The Inspect page in projector mode: the shares of the inputs, with the ceilings of the data."""

from __future__ import annotations

from components.inspection.explanation import quality_name
from components.inspection.results import Inspection
from components.render.palette import Theme
from components.runs.run import Run
from components.training.requests import RunRequest
from components.ui.inspect.results import ceilings_of, chosen_head
from components.ui.inspect.waterfall import waterfall, waterfall_text
from components.ui.kit import forms, present


def show_presented(
    run: Run, request: RunRequest | None, inspection: Inspection, theme: Theme
) -> None:
    """The waterfall of one head."""
    present.heading(run.name)
    name = chosen_head(run, inspection)
    head = inspection.heads[name]
    title = f"{forms.humanize(name)}: shares of {quality_name(head)}"
    option = waterfall(head, ceilings_of(request, name), theme, title)
    present.chart(option, waterfall_text(head))
