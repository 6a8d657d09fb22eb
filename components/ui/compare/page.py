"""The Compare page: before a race its setup and the atlas, then the race and its result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import message_markdown
from components.race.setup import Race
from components.race.stored_race import stored_race_of
from components.render.palette import Theme
from components.runs.visitor_runs import VisitorRuns
from components.ui.compare import state
from components.ui.compare.head import (
    ask_bet,
    earlier,
    head,
    how_to_read,
    progress,
    verdict_panel,
)
from components.ui.compare.results import results, robustness_pending, view
from components.ui.compare.setup_form import setup_form
from components.ui.compare.start import (
    open_lesson_race,
    open_link,
    pending,
    share_setup,
    show_setup,
    start,
)
from components.ui.compare.state import CompareState, ShownRace, badge, leave_page, open_run
from components.ui.compare.tables import atlas_panel, grid
from components.ui.data import stored_race
from components.ui.editor import train_state
from components.ui.editor.model_editor import ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import engine, page_frame
from components.ui.frame.visitor import visitor_runs
from components.ui.widgets import layout
from components.ui.widgets.clickable import clickable

POLL_SECONDS, WAIT_SECONDS = 0.5, 0.3
_SIDEBAR = {"light": "#F8F8F7", "dark": "#1A1E27"}
"""The background of the sidebar, behind the start button that stays in sight."""
_CSS = Path(__file__).with_name("compare.css").read_text(encoding="utf-8")


def compare_page() -> None:
    """The whole page. It only reads the store: after a reload or restart it shows the same race."""
    editor, session, theme = page_frame.editor(), state.of_session(), page_frame.theme()
    runs = visitor_runs()
    runs.warm_up()
    editor.check(engine.builder())
    background = _SIDEBAR.get(theme.name, "inherit")
    st.html(f"<style>{_CSS} :root {{ --sidebar: {background}; }}</style>")
    with st.sidebar:
        sidebar = st.container()
    if leave_page(session):
        return
    page_frame.notice(runs.notice)
    train = train_state.of_session()
    _find_race(session, editor, train, runs)
    open_link(session, editor, train)
    open_lesson_race(session, train)
    train.propose()

    def content() -> None:
        with sidebar:
            race = setup_form(editor, train, session)
            start(race, editor, session, runs)

        def waiting() -> bool:
            untried = state.candidates.get((editor.valid, session.merge)) is None
            return untried or pending(race)

        with st.container(key="race_before" if session.shown is None else "race_shown"):
            if session.shown is None:
                page_frame.polled(waiting, lambda one: (one,), lambda _: None, WAIT_SECONDS)
                _before_race(race, session, runs, theme)
            else:
                _race(session.shown, waiting, editor, session, runs, theme)

    page_frame.await_engine("strategies race on your model", content)


def _find_race(
    session: CompareState, editor: ModelEditor, train: TrainState, runs: VisitorRuns
) -> None:
    """Show the race in the address with its setup, else the latest of this browser if it is not
    over; once, and again for a link within the app."""
    wanted = st.query_params.get("race", "")
    if session.searched and wanted in ("", session.shown, session.address):
        return
    session.searched, session.address = True, wanted
    if wanted:
        with page_frame.keeping_error(session):
            sweep = runs.sweep(wanted)
            session.show(sweep.id)
            with suppress(PlaygroundError):  # The race itself says why it can't be read.
                show_setup(stored_race_of(sweep).race, session, editor, train)
            return
        del st.query_params["race"]
        return
    latest = runs.sweeps(limit=1)
    if latest and latest[0].state in ("running", "paused"):
        session.show(latest[0].id)


def _before_race(race: Race | None, session: CompareState, runs: VisitorRuns, theme: Theme) -> None:
    with layout.row("race_head", spread=True):
        st.markdown(
            f"{badge('not started')} **Which strategy wins, and why?** Set up a race, predict the "
            "winner, start.",
            width="content",
        )
        with st.container(horizontal=True, gap="small", width="content", key="race_buttons"):
            if race is not None:
                share_setup(race)
            earlier(session, runs)
    layout.opens_sidebar("Set up the race")
    if race is not None:
        ask_bet(race, session)
    with page_frame.guarded():
        atlas_panel(theme)


def _race(
    sweep_id: str,
    waiting: Callable[[], bool],
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
    theme: Theme,
) -> None:
    """The race, drawn again twice a second while something can change.

    `waiting` tells whether the sidebar waits for something. The page has one fragment that reruns:
    with two, going to another page from one of them can fail in the browser.
    """

    def read() -> ShownRace:
        sweep = runs.sweep(sweep_id)
        stored = stored_race_of(sweep)
        evaluated = stored_race.evaluated(stored.plan, runs, session.evaluated)
        return ShownRace(sweep, stored, evaluated, editor, session, runs, theme)

    def draw(shown: ShownRace) -> None:
        with st.container(key="race_live"):
            _show(shown)

    try:
        page_frame.polled(read, partial(_awaited, waiting), draw, POLL_SECONDS)
    except PlaygroundError as error:
        st.error(message_markdown(str(error)), icon=":material/error:")
        st.button("New race", icon=":material/add:", on_click=partial(session.show, None))


def _show(shown: ShownRace) -> None:
    """From a race with its result to tables and charts."""
    over = shown.sweep.state in ("finished", "failed")
    head(shown)
    progress(shown)
    verdict_panel(shown)
    squares = partial(
        clickable,
        grid(shown.evaluated, shown.theme),
        key="race_grid",
        on_pick=partial(open_run, shown.session),
    )
    if not over:
        squares()
    results(shown)
    how_to_read(shown.result, shown.table)
    if over:
        layout.heading("All runs")
        squares()


def _awaited(waiting: Callable[[], bool], shown: ShownRace) -> tuple[bool, ...]:
    """What can still change: the race, a run in training after it was paused, its robustness race
    and the plan of that, the sidebar. Leaving the race or the page is such a change, too."""
    state, session, extra = shown.sweep.state, shown.session, shown.session.robustness_race
    outcomes = shown.evaluated.outcomes.values()
    return (
        state == "running",
        state != "running" and any(outcome.status == "running" for outcome in outcomes),
        bool(extra) and shown.runs.sweep(extra).state == "running",
        view() == "Robustness" and robustness_pending(shown.race, session),
        waiting(),
        session.shown != shown.sweep.id or bool(session.next_page),
    )
