"""The Compare page: the setup of a race and the atlas, then the race and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from components.app.pages.compare import state
from components.app.pages.compare.example import example_panel
from components.app.pages.compare.pays import ask_pays, pays_pending
from components.app.pages.compare.results import results, robustness_pending, view
from components.app.pages.compare.setup_form import setup_form
from components.app.pages.compare.start import (
    full_race,
    open_lesson_race,
    open_link,
    other_model,
    pending,
    setup_link,
    share_setup,
    show_stored,
    start,
)
from components.app.pages.compare.state import (
    BET,
    STATES,
    CompareState,
    ShownRace,
    StateName,
    badge,
    leave_page,
    open_run,
    state_of,
)
from components.app.pages.compare.tables import atlas_panel, grid, verdicts
from components.app.parts.data import stored_race
from components.app.parts.data.run_request import started_titles
from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import engine, page_frame
from components.app.parts.frame.sharing import share
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import bets, html_parts, layout
from components.app.parts.widgets.announcer import announce
from components.app.parts.widgets.clickable import clickable
from components.app.parts.widgets.html_parts import Figure, coded
from components.app.parts.widgets.viewer import small_diagram
from components.app.streamlit_edge import dom
from components.base.errors import PlaygroundError
from components.base.markup import escape_markdown, message_markdown
from components.base.text import duration
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.fitted import replaced_name
from components.experiments.races.results import DatasetResult
from components.experiments.races.setup import Race, data_title
from components.experiments.races.stored_race import race_name, stored_race_of
from components.experiments.races.text import ResultLine
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import Theme

POLL_SECONDS, WAIT_SECONDS = 0.5, 0.3
_SIDEBAR = {"light": "#F8F8F7", "dark": "#1A1E27"}
"""Background of the sidebar, behind the start button, which stays visible."""
_CSS = dom.read(Path(__file__).with_name("compare.css"))
LISTED = 30
MODEL = 180
"""Height in pixels of the picture of the model."""


def compare_page() -> None:
    """Draw the whole page. It only reads the store, so a reload or restart shows the same race."""
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
    train = train_state.of_session()
    _find_race(session, editor, train, runs)
    open_link(session, editor, train)
    open_lesson_race(session)
    raced, settings = session.other or (editor, train)
    settings.propose()

    def content() -> None:
        with sidebar:
            other_model(session)
            race = setup_form(raced, settings, session)
            start(race, settings, session, runs)

        def waiting() -> bool:
            untried = state.candidates.get((raced.valid, session.merge)) is None
            return untried or pending(race) or pays_pending(race)

        with st.container(key="race_before" if session.shown is None else "race_shown"):
            if session.shown is None:
                page_frame.polled(waiting, bool, lambda _: None, WAIT_SECONDS)
                _before_race(race, session, editor, runs, theme)
            else:
                _race(session.shown, waiting, editor, session, runs, theme)

    page_frame.await_engine("strategies race on your model", content)


def _find_race(
    session: CompareState, editor: ModelEditor, train: TrainState, runs: VisitorRuns
) -> None:
    """Show the race in the address with its setup, else this browser's latest if it is not over.

    Do so once, and again after a link within the app or a step in the browser's history.
    """
    wanted = st.query_params.get("race", "")
    if session.searched and wanted in ("", session.shown):
        return
    session.searched = True
    if wanted:
        with page_frame.keeping_error(session.in_page):
            sweep = runs.sweep(wanted)
            session.show(sweep.id)
            with suppress(PlaygroundError):  # The race itself shows why it can't be read.
                stored = stored_race_of(sweep)
                show_stored(stored.full or stored.race, session, editor, train)
            return
        del st.query_params["race"]
        return
    latest = runs.sweeps(limit=1)
    if latest and latest[0].state in ("running", "paused"):
        session.show(latest[0].id)


def _before_race(
    race: Race | None,
    session: CompareState,
    editor: ModelEditor,
    runs: VisitorRuns,
    theme: Theme,
) -> None:
    layout.show_error(session.in_page.error)
    raced_before = bool(runs.sweeps(limit=1))
    with layout.row("race_head", spread=True):
        st.markdown(
            f"{badge('not started')} **Which strategy wins, and why?** Set up a race, predict the "
            "winner, start.",
            width="content",
        )
        with layout.row("race_buttons", gap="small", width="content"):
            if race is not None:
                share_setup(race)
            if raced_before:
                earlier(session, runs)
    layout.opens_sidebar("Set up the race")
    if race is not None:
        ask_bet(race, session)
        ask_pays(race, session, runs)
    if session.other is None and not raced_before:
        example_panel(
            theme,
            lambda shown: show_stored(shown, session, editor, train_state.of_session()),
        )
    if race is not None:
        _model(race, theme)
    with page_frame.guarded():
        atlas_panel(theme)


def _model(race: Race, theme: Theme) -> None:
    """Draw the model, with a note on the place of each strategy in it."""
    layout.heading("The model")
    merge = escape_markdown(replaced_name(race.architecture, race.merge))
    replaces = f"takes the place of the merge *{merge}*"
    st.caption(f"Each strategy {replaces if race.architecture.merges else 'joins all branches'}.")
    options = DiagramOptions(theme=theme.name, level="blocks")
    small_diagram(race.architecture, options, key="race_model", height=MODEL)


def _race(
    sweep_id: str,
    waiting: Callable[[], bool],
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
    theme: Theme,
) -> None:
    """Draw the race, and redraw it twice a second while something can change.

    `waiting` returns `True` while the sidebar waits for a result. The page has only one fragment
    that reruns: with two, switching to another page from one of them can fail in the browser.
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
        layout.show_error(str(error))
        st.button("New race", icon=":material/add:", on_click=partial(session.show, None))


def _show(shown: ShownRace) -> None:
    """Draw the race from its progress to tables and charts."""
    over = shown.sweep.state in ("finished", "failed")
    layout.show_error(shown.session.in_page.error)
    head(shown)
    progress(shown)
    verdict_panel(shown)
    full_race(shown)
    if not over:
        _squares(shown)
    results(shown)
    how_to_read(shown.result, shown.on_dataset)
    if over:
        _squares(shown, "All runs")


def _squares(shown: ShownRace, title: str = "") -> None:
    """Draw a square for each run, which opens the run; draw nothing for a very large race."""
    squares = grid(shown.evaluated, shown.theme)
    if squares and title:
        layout.heading(title)
    if squares:
        clickable(squares, key="race_grid", on_pick=partial(open_run, shown.session))


def _awaited(waiting: Callable[[], bool], shown: ShownRace) -> set[str]:
    """Return what can still change. Leaving the race or the page also counts as a change."""
    state, session, extra = shown.sweep.state, shown.session, shown.session.robustness_race
    outcomes = shown.evaluated.outcomes.values()
    changing = {
        "race": state == "running",
        "runs of a paused race": state != "running"
        and any(outcome.status == "running" for outcome in outcomes),
        "robustness race": bool(extra) and shown.runs.sweep(extra).state == "running",
        "plan of robustness": view() == "Robustness" and robustness_pending(shown.race, session),
        "sidebar": waiting(),
        "leaving": session.shown != shown.sweep.id or bool(session.next_page),
    }
    return {name for name, is_so in changing.items() if is_so}


# The head of a race, its progress, its verdict


def head(shown: ShownRace) -> None:
    """Draw one row with the name, the state and the buttons of the race."""
    race, sweep, session, runs = shown.race, shown.sweep, shown.session, shown.runs
    mine, state = shown.mine, state_of(sweep, shown.evaluated)
    name = race_name(race).removesuffix(", matched")
    how = "" if race.against_first else "matched parameters" if race.matched else "as is"
    model = race.architecture.name.replace("_", " ")
    words = " · ".join(filter(None, (f"**{escape_markdown(name)}**", how, escape_markdown(model))))
    others = "" if mine else " :gray-badge[:material/group: shared by another person]"

    with layout.row("race_head", spread=True):
        st.markdown(f"{badge(state)} {words}{others}", width="content")
        with layout.row("race_buttons", gap="small", width="content"):
            if mine:
                change = partial(page_frame.attempt, session.in_page, runs.share_sweep, sweep.id)
                share(
                    "race", sweep, change, None if race.against_first else partial(setup_link, race)
                )
            elif not race.against_first:
                share_setup(race)
            earlier(session, runs)
            st.button(
                "New race",
                icon=":material/add:",
                key="new_race",
                help="Go back to the atlas and the bet. This race stays under Races.",
                on_click=partial(session.show, None),
            )


def earlier(session: CompareState, runs: VisitorRuns) -> None:
    """Show the races of this browser, with a button that opens each."""
    listed = st.popover("Races", icon=":material/history:", key="races", on_change="rerun")
    if not listed.open:
        return
    with listed:
        sweeps = runs.sweeps(limit=LISTED)
        titles = started_titles({sweep.id: (sweep.name, sweep.created) for sweep in sweeps})
        if not sweeps:
            st.caption("No races yet.")
        for sweep in sweeps:
            st.button(
                f"{escape_markdown(titles[sweep.id])} · {sweep.state}",
                icon=f":material/{STATES[sweep.state].icon}:",
                key=f"race.{sweep.id}",
                width="stretch",
                type="tertiary",
                disabled=sweep.id == session.shown,
                on_click=partial(session.show, sweep.id),
            )


def progress(shown: ShownRace) -> None:
    """Show the progress, and buttons for the owner; show nothing after all runs have succeeded."""
    result, state = shown.result, state_of(shown.sweep, shown.evaluated)
    announce(news(state, result.done, result.total), "race_news")
    if state == "finished" and not result.failed:
        return
    with layout.row("race_progress"):
        if shown.mine:
            _controls(shown)
        ended = result.done + result.failed
        st.progress(ended / result.total, text=_progress_text(shown, state, ended))
    if result.failed:
        st.caption(f":material/error: {message_markdown(text.failure(result))}")


def news(state: StateName, done: int, total: int) -> str:
    """Return the text for screen readers: the state of the race, and each tenth of its runs."""
    if state == "running":
        return f"Race running: {10 * done // total * 10} % of the runs are done."
    return f"Race {state}: {done:,} of {total:,} runs."


def _controls(shown: ShownRace) -> None:
    """Show the buttons that the owner has in this state."""
    runs, sweep = shown.runs, shown.sweep

    def button(
        label: str, icon: str, act: Callable[[str], object], help: str | None = None
    ) -> None:
        key, act = f"race.{icon}", partial(act, sweep.id)
        page_frame.action(shown.session.in_page, label, icon, act, key=key, help=help)

    if sweep.state == "running":
        button("Pause", "pause", runs.pause, "Runs in training finish; the others wait.")
    if sweep.state in ("paused", "stopped"):
        button("Resume", "play_arrow", runs.resume)
    if sweep.state in ("running", "paused"):
        button("Stop", "stop", runs.end, "Finished runs are kept.")
    if sweep.state in ("finished", "failed"):
        again = partial(runs.resume, retry_failed=True)
        button(f"Try {shown.result.failed:,} again", "replay", again)


def _progress_text(shown: ShownRace, state: StateName, ended: int) -> str:
    result, sweep = shown.result, shown.sweep
    line = f"{ended:,} of {result.total:,} runs done"
    if result.failed:
        line += f", {result.failed:,} of them failed"
    if state == "waiting":
        position = shown.runs.race_position(sweep)
        return f"{line} · {'next in line' if position == 1 else f'number {position:,} in line'}"
    left = shown.session.eta.seconds_left(f"{sweep.id} {sweep.state}", ended, result.total)
    if state == "running":
        return line + (f" · {duration(left)} left" if left is not None else " · starting")
    return line


def verdict_panel(shown: ShownRace) -> None:
    """Show the verdict, its figures, explanations, and the answer to the bet."""
    result, on_dataset, bet = shown.result, shown.on_dataset, bet_line(shown)
    with st.container(key="race_verdict"):
        if len(result.tables) > 1:
            choose = partial(setattr, shown.session, "data")
            clickable(verdicts(result, on_dataset), key="race_verdicts", on_pick=choose)
        else:
            st.html(f'<h2 class="verdict">{coded(text.verdict(result, on_dataset))}</h2>')
    lines = [] if bet is None else [bet]
    if result.done:
        st.html(html_parts.figures(_figures(result, on_dataset)))
        lines = [*text.explain(result, on_dataset), *lines]
    if lines:
        rows = "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(sentence)}</dd></div>"
            for label, sentence in lines
        )
        st.html(f'<dl class="facts lines">{rows}</dl>')


def how_to_read(result: RaceResult, on_dataset: DatasetResult) -> None:
    """Explain what the dataset teaches, how to judge figures, and the limits of conclusions."""
    if not result.done:
        return
    about = (text.teaches(result, on_dataset), text.how_to_read(result), *text.notes(result))
    items = "".join(f"<li>{coded(sentence)}</li>" for sentence in about if sentence)
    st.html(f'<h2 class="subheading">How to read this</h2><ul class="notes">{items}</ul>')


def _figures(result: RaceResult, on_dataset: DatasetResult) -> Iterator[Figure]:
    """Yield the best mean, its lead, the ceilings, and the number of runs."""
    measure, top = result.measure, on_dataset.rows[0]
    if top.mean is not None:
        yield Figure(top.title, measure.text(top.mean), f"The best mean {measure.title}.")
    for second in on_dataset.rows[1:2] if not result.setup.against_first else ():
        if second.tied is False and second.difference is not None:
            tip = "The difference of the two best means."
            yield Figure(f"ahead of {second.title}", measure.difference(-second.difference), tip)
    for kind, name in (("additive", "Trained additive model"), ("bayes", "Bayes optimum")):
        if kind in on_dataset.ceilings:
            yield Figure(name, measure.text(on_dataset.ceilings[kind]))
    yield Figure("Runs", f"{result.done + result.failed:,} of {result.total:,}")


def ask_bet(race: Race, session: CompareState) -> None:
    """Ask the visitor to predict the winner; a race also starts without a bet."""
    titles = {entry.text: entry.title for entry in race.entries}
    with st.container(border=True, key="bet"):
        st.html(
            "<h2 class='subheading'>Predict first</h2><p class='quiet'>Who wins on "
            f"<b>{escape(data_title(race.data[0]))}</b>? The page answers after the race.</p>"
        )
        choice = session.bet if session.bet in titles else ""
        bets.bet(titles, choice, partial(setattr, session, "bet"), key=BET)


def bet_line(shown: ShownRace) -> ResultLine | None:
    """Return the bet on the first dataset, with its answer after the race has ended.

    `None` without a bet, and for other datasets.
    """
    bet, result, on_dataset = shown.stored.bet, shown.result, shown.on_dataset
    if not bet or on_dataset is not result.tables[0]:
        return None
    label = "Your bet" if shown.mine else "The bet"
    if not result.complete:
        return ResultLine(label, f"{on_dataset.row(bet).title}.")
    reply = text.judge_bet(bet, result, on_dataset, shown.mine)
    sign = {True: "✓ ", False: "✗ ", None: ""}[reply.right]
    return ResultLine(label, f"{sign}{reply.text}")
