"""The strategies of a race on the Inspect page: what each does with each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import escape_markdown, message_markdown
from components.core.text import duration, plural
from components.inspection.results import parse_inspection
from components.race.data_names import data_name, data_title
from components.race.plan import RacePlan
from components.runs.run import Run
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.ui.inspect.inspect_row import status
from components.ui.inspect.race_rows import (
    LIMIT,
    MEANS,
    NOT_INSPECTED,
    StrategyRow,
    race_csv,
    race_table,
)
from components.ui.inspect.state import InspectState
from components.ui.kit import layout, page_frame, stored_race
from components.ui.kit.announcer import announce
from components.ui.kit.downloads import download
from components.ui.kit.visitor import visitor_inspections

POLL_SECONDS = 1.0
INSPECTION_SECONDS = 4.0
"""About how long an inspection takes, without training."""
_parsed = lru_cache(maxsize=64)(parse_inspection)


def race_view(state: InspectState, runs: VisitorRuns, sweep_id: str) -> None:
    """The table of a race. While inspections wait or run, only this part is updated."""
    try:
        sweep = runs.sweep(sweep_id)
        plan = stored_race.of(sweep).plan
    except PlaygroundError as error:
        st.error(message_markdown(str(error)), icon=":material/error:")
        return
    if plan is None:
        st.caption("This race was saved without a plan: open it on the Compare page first.")
        return
    chosen = _choose_dataset(plan)
    polled = _read(runs, plan, chosen).active is not None

    @st.fragment(run_every=POLL_SECONDS if polled else None)
    @page_frame.guarded()
    def live() -> None:
        now = _read(runs, plan, chosen)
        if (now.active is not None) != polled:
            st.rerun()
        _show(state, runs, sweep, plan, now)

    live()


def _choose_dataset(plan: RacePlan) -> str:
    titles = {data_name(data): data_title(data) for data in plan.race.data}
    if len(titles) == 1:
        return next(iter(titles))
    return str(layout.switch("Dataset", titles, "inspected_data"))


@dataclass(frozen=True)
class _InspectedRuns:
    """The finished runs of seed 0 on a dataset, by the entry's text, and what inspects them."""

    finished: Mapping[str, Run]
    latest: Mapping[str, Run]
    """The latest inspection of each run, by the run's id."""

    @property
    def active(self) -> Run | None:
        """The inspection that waits or is under way."""
        return next((one for one in self.latest.values() if not one.ended), None)


def _read(runs: VisitorRuns, plan: RacePlan, chosen: str) -> _InspectedRuns:
    first = [run for run in plan.runs if run.seed == 0 and data_name(run.data) == chosen]
    latest = runs.latest(run.digest for run in first)
    finished = {
        one.entry.text: latest[one.digest]
        for one in first
        if one.digest in latest and latest[one.digest].status == "finished"
    }
    return _InspectedRuns(finished, visitor_inspections().latest(finished.values()))


def _show(
    state: InspectState, runs: VisitorRuns, sweep: Sweep, plan: RacePlan, now: _InspectedRuns
) -> None:
    rows, active = _rows(plan, now), now.active
    missing = [row.run for row in rows if row.head is None and row.run is not None]
    with layout.row("inspect_race_row"):
        if runs.owns(sweep):
            _buttons(state, runs, sweep, missing, active)
        if active is not None:
            _progress(runs, rows, active)
        download(
            "Table as CSV",
            partial(race_csv, rows),
            f"{sweep.name} inspections.csv",
            key="race_inspections_csv",
            kind="tertiary",
            disabled=all(row.head is None for row in rows),
        )
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    if missing and active is None and runs.owns(sweep):
        st.caption(_cost(runs, missing))
    elif not runs.owns(sweep):
        st.caption("This race belongs to another person: only they can inspect its strategies.")
    st.html(race_table(rows, page_frame.theme()))
    st.caption(f"{MEANS} {LIMIT}")


def _rows(plan: RacePlan, now: _InspectedRuns) -> list[StrategyRow]:
    """A row for each strategy, in the order of the race."""
    results, rows = visitor_inspections().results(now.finished.values()), []
    following = (now.active.then_inspects or "").split() if now.active else []
    for entry in plan.race.entries:
        run = now.finished.get(entry.text)
        if run is None:
            rows.append(StrategyRow(entry, None, None, "no finished run"))
            continue
        head = None
        try:
            if run.digest in results:
                head = _parsed(results[run.digest]).heads.get(plan.race.compared.name)
        except ValueError:
            head = None
        rows.append(
            StrategyRow(entry, run, head, _state(now.latest.get(run.id), run.id in following))
        )
    return rows


def _state(latest: Run | None, waits: bool) -> str:
    """What stands in a row without a result."""
    if waits:
        return "waits"
    if latest is None or latest.status == "finished":
        return NOT_INSPECTED
    return status(latest) if not latest.ended else f"{NOT_INSPECTED}: {latest.status}"


def _buttons(
    state: InspectState,
    runs: VisitorRuns,
    sweep: Sweep,
    missing: Sequence[Run],
    active: Run | None,
) -> None:
    def begin() -> None:
        with page_frame.keeping_error(state):
            visitor_inspections().submit(sweep.id, missing)

    def stop() -> None:
        with page_frame.keeping_error(state):
            if active is not None:
                runs.stop(active.id)

    st.button(
        "Inspect each strategy",
        type="primary",
        icon=":material/search_insights:",
        key="inspect_each",
        disabled=active is not None or not missing,
        on_click=begin,
    )
    st.button(
        "Stopping …" if active is not None and active.stopping else "Stop",
        icon=":material/stop:",
        key="stop_each",
        disabled=active is None or active.stopping,
        on_click=stop,
    )


def _progress(runs: VisitorRuns, rows: Sequence[StrategyRow], active: Run) -> None:
    done = sum(row.head is not None for row in rows)
    title = next(row.entry.title for row in rows if row.run and row.run.id == active.inspects)
    position = runs.queue_position(active) if active.status == "queued" else None
    text = f"{done} of {plural(len(rows), 'strategy', 'strategies')} inspected"
    fraction = active.progress.fraction if active.progress else 0.0
    shown = f"{text} · {title}: {status(active, position)}"
    st.progress((done + fraction) / (len(rows) + 1), text=escape_markdown(shown))
    announce(text, "race_inspection_news")


def _cost(runs: VisitorRuns, missing: Sequence[Run]) -> str:
    """How many models are trained again, and about how long all that takes."""
    again = [run for run in missing if runs.missing_model(run) is not None]
    seconds = sum(run.seconds for run in again) + INSPECTION_SECONDS * len(missing)
    return (
        f"Races keep no models: **Inspect each strategy** trains "
        f"{plural(len(again), 'model')} again, of seed 0, and then measures "
        f"{plural(len(missing), 'strategy', 'strategies')}: about {duration(seconds)}. "
        "They wait in one place of the queue, one after another, also if this page is closed."
    )
