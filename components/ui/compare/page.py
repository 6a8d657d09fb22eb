"""The Compare page: a race of strategies, how it stands, and before it the atlas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.race.plan import Race
from components.render.palette import Theme
from components.training.service import Service, service
from components.training.store import Store
from components.training.sweeps import Sweep
from components.ui.compare import robust_view, state, stored_race
from components.ui.compare.atlas_panel import atlas_panel
from components.ui.compare.bet import ask
from components.ui.compare.clickable import clickable
from components.ui.compare.form import form
from components.ui.compare.grid import grid
from components.ui.compare.head import earlier, head, progress
from components.ui.compare.page_switch import leave_page, open_run
from components.ui.compare.results import results, view
from components.ui.compare.start import pending, start
from components.ui.compare.state import CompareState
from components.ui.kit import engine, page_frame, train_state
from components.ui.kit.model_editor import ModelEditor

POLL_SECONDS, WAIT_SECONDS = 0.5, 0.3
_SIDEBAR = {"light": "#F8F8F7", "dark": "#1A1E27"}
"""The sidebar's ground, over which the start button stands still."""
_CSS = """
<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-start_box) { position: sticky; bottom: 0;
  z-index: 5; padding: .5rem 0 .6rem; background: SIDEBAR; }
.st-key-race_live [data-stale="true"] { opacity: 1 !important; }
.verdict { font-size: 1.12rem; font-weight: 600; margin: 0 !important; }
.notes { margin: .1rem 0 0 !important; padding-left: 1.1rem; font-size: .86rem; }
.notes li { margin: 0 0 .1rem; font-size: inherit; }
</style>
"""


def compare_page() -> None:
    """The whole page. It only reads the store: a reload or a restart finds the race as it is."""
    editor, contest, theme = page_frame.editor(), state.of_session(), page_frame.theme()
    runs = service()
    runs.warm()
    editor.check(engine.builder())
    st.html(_CSS.replace("SIDEBAR", _SIDEBAR.get(theme.name, "inherit")))
    with st.sidebar:
        page_frame.navigation()
        sidebar = st.container()
    if leave_page(contest):
        return
    _find(contest, runs.store)

    def compared() -> None:
        with sidebar:
            race = form(editor, train_state.of_session(), contest)
            start(race, editor, contest, runs)

        def waits() -> bool:
            unknown = state.candidates.get((editor.valid, contest.merge)) is None
            return unknown or pending(race)

        with st.container(key="race_before" if contest.shown is None else "race_shown"):
            if contest.shown is None:
                _until(waits)
                _before(race, contest, runs, theme)
            else:
                _race(contest.shown, waits, editor, contest, runs, theme)

    page_frame.await_engine("strategies race on your model", compared)


def _find(contest: CompareState, store: Store) -> None:
    """The race that the address names, else this browser's own that is not at its end; once."""
    if contest.looked:
        return
    contest.looked = True
    wanted = st.query_params.get("race")
    if wanted:
        try:
            contest.show(store.sweeps.get(wanted).id)
            return
        except PlaygroundError:
            del st.query_params["race"]
    latest = store.sweeps.list(owner=page_frame.owner(), limit=1)
    if latest and latest[0].state in ("running", "paused"):
        contest.show(latest[0].id)


def _until(waits: Callable[[], bool]) -> None:
    """Draw the page again as soon as nothing is waited for any more."""
    begun = waits()

    @st.fragment(run_every=WAIT_SECONDS if begun else None)
    def waiting() -> None:
        if begun and not waits():
            st.rerun()

    waiting()


def _before(race: Race | None, contest: CompareState, runs: Service, theme: Theme) -> None:
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="race_head",
    ):
        st.markdown("**Which strategy wins, and why?** Choose on the left, predict, and race.")
        earlier(contest, runs)
    if race is not None:
        ask(race, contest)
    with page_frame.guarded():
        atlas_panel(theme)


def _race(
    sweep_id: str,
    waits: Callable[[], bool],
    editor: ModelEditor,
    contest: CompareState,
    runs: Service,
    theme: Theme,
) -> None:
    """The race; while it is at work it alone is drawn anew.

    `waits` tells whether the sidebar waits for something. The page has one fragment that draws
    itself anew: with two, going to another page from one of them can fail in the browser.
    """
    try:
        sweep = runs.store.sweeps.get(sweep_id)
        made = stored_race.of(sweep)
        expected = _expected(made.race, contest, waits)
    except PlaygroundError as error:
        st.error(str(error), icon=":material/error:")
        st.button("New race", icon=":material/add:", on_click=partial(contest.show, None))
        return
    aside = _aside(contest, runs.store)
    works = _works(sweep, made.race, contest, runs.store)
    busy = works or aside or any(expected)

    @st.fragment(run_every=POLL_SECONDS if busy else None)
    def live() -> None:
        now = runs.store.sweeps.get(sweep_id)
        changed = (now.state, _works(now, made.race, contest, runs.store)) != (sweep.state, works)
        changed = changed or _aside(contest, runs.store) != aside
        left = contest.shown != sweep_id or contest.leaves_for
        if changed or left or _expected(made.race, contest, waits) != expected:
            st.rerun()
        with st.container(key="race_live"):
            _drawn(now, made, editor, contest, runs, theme)

    live()


def _drawn(
    sweep: Sweep,
    made: stored_race.StoredRace,
    editor: ModelEditor,
    contest: CompareState,
    runs: Service,
    theme: Theme,
) -> None:
    race = made.race
    head(sweep, race, contest, runs)
    if state.cells.get(race) is None:
        st.caption("The race is read from the store …")
        return
    seen = contest.look(race, runs.store)
    progress(sweep, seen.result, contest, runs)
    squares = partial(
        clickable,
        grid(race, seen.result, seen.outcomes, theme),
        key="race_grid",
        on_pick=partial(open_run, contest),
    )
    if sweep.state != "finished":
        squares()
    results(made, seen, editor, contest, runs, theme)
    if sweep.state == "finished":
        st.markdown("**All runs**")
        squares()


def _works(sweep: Sweep, race: Race, contest: CompareState, store: Store) -> bool:
    """Whether something of the race can still end: also what goes on when it was paused."""
    if sweep.state == "running" or state.cells.get(race) is None:
        return True
    outcomes = contest.look(race, store).outcomes.values()
    return any(outcome.status in ("queued", "running") for outcome in outcomes)


def _aside(contest: CompareState, store: Store) -> bool:
    """Whether a robustness race of this session is at work."""
    return bool(contest.aside) and store.sweeps.get(contest.aside).state == "running"


def _expected(race: Race, contest: CompareState, waits: Callable[[], bool]) -> tuple[bool, ...]:
    """What is still waited for: the race's runs, those of its robustness, the sidebar."""
    aside = view() == "Robustness" and robust_view.pending(race, contest)
    return state.cells.get(race) is None, aside, waits()
