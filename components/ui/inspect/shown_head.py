"""The head of an inspection that is shown, and how its charts are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.core.errors import PlaygroundError
from components.inspection.basis.results import HeadInspection, Inspection
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.run import Run
from components.training.requests import RunRequest
from components.ui.kit import chart_download
from components.ui.kit.charts import Option
from sample_data.sources import about
from sample_data.synthetic import DataSpec


@dataclass(frozen=True)
class ShownHead:
    """One head of an inspection, with the theme and the format of its charts."""

    run: Run
    request: RunRequest | None
    inspection: Inspection
    name: str
    theme: Theme
    form: ImageFormat

    @property
    def head(self) -> HeadInspection:
        """Its measures."""
        return self.inspection.heads[self.name]

    @property
    def classes(self) -> Sequence[str]:
        """The names of its classes, if the data has any."""
        if self.request is None or isinstance(self.request.data, DataSpec):
            return ()
        try:
            return about(self.request.data).classes.get(self.name, ())
        except PlaygroundError:
            return ()

    def chart(self, option: Option, title: str, height: int, alt: str) -> None:
        """Draw a chart, which is saved under the run's name and a title."""
        chart_download.chart(
            option,
            f"{self.run.name} {self.name} {title}",
            self.form,
            self.theme,
            key=f"inspected.{self.name}.{title}",
            height=height,
            alt=alt,
        )
