"""What the parts of the Inspect page share: what is chosen, titles, and what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import streamlit as st

from components.core.errors import RunError
from components.core.text import free_name
from components.inspection.basis.results import HeadInspection, Inspection, parse_inspection
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.run import Run
from components.training.requests import RunRequest
from components.ui.charts import chart_download
from components.ui.charts.charts import Option
from components.ui.data.run_request import class_names

KEY = "inspect_state"


@dataclass
class InspectState:
    """The chosen run, `None` for the latest that has finished; and the last action's error."""

    run: str | None = None
    error: str | None = None

    def choose(self, run_id: str) -> None:
        """Show another run, also in the page's address."""
        self.run, self.error = run_id, None
        st.query_params["run"] = run_id


def of_session() -> InspectState:
    """The state of this session."""
    state: InspectState = st.session_state.setdefault(KEY, InspectState())
    return state


def started_titles(names: Mapping[str, tuple[str, datetime]]) -> dict[str, str]:
    """Titles by id: a name and a start, as the clock of this browser shows it.

    Equal ones get numbers, the oldest first: a select box needs different ones.
    """
    titles: dict[str, str] = {}
    for id, (name, created) in sorted(names.items(), key=lambda one: one[1][1]):
        local = created - timedelta(minutes=st.context.timezone_offset or 0)
        title = f"{name} · {local.day} {local:%b, %H:%M}"
        titles[id] = free_name(title, set(titles.values()), " · ")
    return {id: titles[id] for id in names}


@lru_cache(maxsize=64)
def read_inspection(text: str) -> Inspection | None:
    """A kept inspection; `None` if it can't be read here."""
    try:
        return parse_inspection(text)
    except RunError:
        return None


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
        return class_names(self.request).get(self.name, ())

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
