"""How strategies bear less data, more noise and absent inputs: a further race along one dial."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.race.plan import Race, title_of
from components.race.robustness import TITLES, Dial, defaults, dials, lines, robust
from components.race.tables import csv_of
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.service import Service
from components.ui.compare import charts, state, stored_race
from components.ui.compare.state import CompareState
from components.ui.compare.stored_race import StoredRace
from components.ui.kit import chart_download, forms, page_frame

HEIGHT = 330


def robust_view(
    race: Race, contest: CompareState, runs: Service, theme: Theme, form: ImageFormat
) -> None:
    """The chart of one dial, as far as its runs are known, and the button that trains the rest."""
    known = dials(race.data[0])
    if not known:
        st.info(
            "A file has no dials that could be turned: race on a relation or a real set.",
            icon=":material/tune:",
        )
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        dial = _dial(known, contest)
    try:
        further = robust(race, dial)
    except PlaygroundError as error:
        st.warning(str(error), icon=":material/error:")
        return
    if state.cells.get(further) is None:
        st.caption("Made ready …")
        return
    found = contest.look(further, runs.store).result
    with right:
        _start(further, contest, runs, found.done + found.failed, found.total)
    values = ", ".join(f"{value:g}" for value in defaults(race.data[0], dial))
    st.caption(
        f"On {title_of(race.data[0])}, with {TITLES[dial].lower()} at {values}. "
        f"{found.done} of {found.total} runs are done."
    )
    if not found.done:
        return
    drawn = lines(further, found, dial)
    option = charts.along(drawn, dial, found.measure, theme)
    chart_download.chart(
        option,
        f"{race.architecture.name} {dial}",
        form,
        theme,
        key=f"race.robust.{dial}",
        height=HEIGHT,
        alt=f"{found.measure.title} of each strategy along {TITLES[dial].lower()}",
    )
    st.download_button(
        "CSV",
        lambda: csv_of(found),
        f"{race.architecture.name}_{dial}.csv",
        "text/csv",
        key=f"race.robust.{dial}.csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def pending(race: Race, contest: CompareState) -> bool:
    """Whether the runs of the dial that is looked at are still being made out."""
    known = dials(race.data[0])
    if not known:
        return False
    try:
        dial = contest.dial if contest.dial in known else known[0]
        return state.cells.get(robust(race, dial)) is None
    except PlaygroundError:
        return False


def _dial(known: tuple[Dial, ...], contest: CompareState) -> Dial:
    shown: Dial = contest.dial if contest.dial in known else known[0]
    widget = forms.widget_key("race.dial", shown)
    st.selectbox(
        "What is varied",
        list(known),
        index=known.index(shown),
        format_func=TITLES.__getitem__,
        key=widget,
        on_change=forms.when_changed("race.dial", widget, partial(setattr, contest, "dial")),
    )
    return shown


def _start(race: Race, contest: CompareState, runs: Service, ended: int, total: int) -> None:
    running = bool(contest.aside) and runs.store.sweeps.get(contest.aside).state == "running"

    def start() -> None:
        try:
            contest.error = None
            name = f"robustness: {stored_race.name(race)}"[: stored_race.NAME]
            contest.aside = runs.submit_sweep(
                race.groups(), StoredRace(race).text(), page_frame.owner(), name
            )
        except PlaygroundError as error:
            contest.error = str(error)

    def stop() -> None:
        try:
            runs.end(contest.aside)
        except PlaygroundError as error:
            contest.error = str(error)

    if running:
        st.button(
            f"Stop · {ended} of {total}",
            icon=":material/stop:",
            key="race.robust.stop",
            on_click=stop,
            width="stretch",
        )
        return
    told = f"Train the other {total - ended}" if ended else f"Train {total} runs"
    st.button(
        told if ended < total else f"All {total} runs are there",
        icon=":material/flag:",
        key="race.robust.start",
        on_click=start,
        width="stretch",
        disabled=ended == total,
        help="The same strategies and seeds on each value; what the store has is not trained "
        "again.",
    )
