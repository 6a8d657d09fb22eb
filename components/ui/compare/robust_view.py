"""The Robustness view: how strategies cope with fewer samples, more noise or absent inputs."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import message_markdown
from components.core.text import plural
from components.race import text
from components.race.data_names import data_title
from components.race.plan import RacePlan
from components.race.result import RaceResult
from components.race.robustness import TITLES, Factor, defaults, factors, lines, robust
from components.race.setup import Race
from components.race.tables import csv_of
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.visitor_runs import VisitorRuns
from components.ui.compare import charts
from components.ui.compare.state import CompareState
from components.ui.kit import chart_download, forms, page_frame, stored_race
from components.ui.kit.downloads import download
from components.ui.kit.stored_race import StoredRace, plans

HEIGHT = 330


def robust_view(
    race: Race, session: CompareState, runs: VisitorRuns, theme: Theme, form: ImageFormat
) -> None:
    """The chart along one setting of the data, and the button that trains the missing runs."""
    known = factors(race.data[0])
    if not known:
        st.info(
            "A file has no settings to vary. Race on a relation or a real dataset.",
            icon=":material/tune:",
        )
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        factor = _factor(known, session)
    try:
        further = robust(race, factor)
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/error:")
        return
    plan = plans.get(further)
    if plan is None:
        st.caption("Preparing …")
        return
    result = stored_race.evaluated(plan, runs, session.evaluated).result
    with right:
        _start(plan, session, runs, result)
    values = ", ".join(f"{value:g}" for value in defaults(race.data[0], factor))
    st.caption(
        f"On {data_title(race.data[0])}, with {TITLES[factor].lower()} at {values}. "
        f"{result.done:,} of {plural(result.total, 'run')} done."
    )
    if result.failed:
        st.caption(message_markdown(text.failure(result)))
    if not result.done:
        return
    drawn = lines(result, factor)
    option = charts.along(drawn, factor, result.measure, theme)
    chart_download.chart(
        option,
        f"{race.architecture.name} {factor}",
        form,
        theme,
        key=f"race.robust.{factor}",
        height=HEIGHT,
        alt=f"{result.measure.title} of each {race.what} along {TITLES[factor].lower()}",
    )
    name, key = f"{race.architecture.name}_{factor}.csv", f"race.robust.{factor}.csv"
    download("CSV", lambda: csv_of(result), name, key=key, kind="tertiary")


def pending(race: Race, session: CompareState) -> bool:
    """Whether the runs along the chosen setting are still being planned."""
    known = factors(race.data[0])
    if not known:
        return False
    try:
        factor = session.factor if session.factor in known else known[0]
        return plans.get(robust(race, factor)) is None
    except PlaygroundError:
        return False


def _factor(known: tuple[Factor, ...], session: CompareState) -> Factor:
    shown: Factor = session.factor if session.factor in known else known[0]
    titles = {factor: TITLES[factor] for factor in known}
    forms.select(
        "What is varied", titles, shown, "race.factor", partial(setattr, session, "factor")
    )
    return shown


def _start(plan: RacePlan, session: CompareState, runs: VisitorRuns, result: RaceResult) -> None:
    race, ended, total = plan.race, result.done + result.failed, result.total
    sweep = session.robustness_race
    running = bool(sweep) and runs.sweep(sweep).state == "running"

    def start() -> None:
        with page_frame.keeping_error(session):
            name = f"robustness: {stored_race.name(race)}"[: stored_race.LONGEST_NAME]
            stored = StoredRace(race, stored_plan=plan)
            session.robustness_race = stored_race.submit(stored, plan, name, runs)

    def stop() -> None:
        with page_frame.keeping_error(session):
            runs.end(session.robustness_race)

    if running:
        st.button(
            f"Stop · {ended:,} of {total:,}",
            icon=":material/stop:",
            key="race.robust.stop",
            on_click=stop,
            width="stretch",
        )
        return
    label = f"Train the other {total - ended:,}" if ended else f"Train {plural(total, 'run')}"
    st.button(
        label if ended < total else f"All {total:,} runs are done",
        icon=":material/flag:",
        key="race.robust.start",
        on_click=start,
        width="stretch",
        disabled=ended == total,
        help="Trains the same models and seeds at each value. Finished runs are reused.",
    )
