"""The head of a race: its name and state, the progress, the verdict and the answer to the bet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from html import escape

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.core.text import duration
from components.race import text
from components.race.evaluation import DatasetResult, RaceResult
from components.race.setup import Race, data_title
from components.race.text import ResultLine
from components.runs.visitor_runs import VisitorRuns
from components.ui.compare.start import share_setup
from components.ui.compare.state import (
    STATES,
    CompareState,
    ShownRace,
    StateName,
    badge,
    open_inspection,
    state_of,
)
from components.ui.compare.tables import verdicts
from components.ui.data import stored_race
from components.ui.frame import page_frame
from components.ui.frame.sharing import share
from components.ui.widgets import bets, html_parts, layout
from components.ui.widgets.announcer import announce
from components.ui.widgets.clickable import clickable
from components.ui.widgets.html_parts import Figure, coded

LISTED = 30


def head(shown: ShownRace) -> None:
    """One line with the name, the state and the buttons."""
    race, sweep, session, runs = shown.race, shown.sweep, shown.session, shown.runs
    mine, state = shown.mine, state_of(sweep, shown.evaluated)
    name = stored_race.name(race).removesuffix(", matched")
    how = "" if race.reduces else "matched parameters" if race.matched else "as is"
    model = race.architecture.name.replace("_", " ")
    words = " · ".join(filter(None, (f"**{escape_markdown(name)}**", how, escape_markdown(model))))
    others = "" if mine else " :gray-badge[:material/group: shared by another person]"

    with layout.row("race_head", spread=True):
        st.markdown(f"{badge(state)} {words}{others}", width="content")
        with st.container(horizontal=True, gap="small", width="content", key="race_buttons"):
            if mine:
                share("race", sweep, partial(_share, shown))
            if not race.reduces:
                share_setup(race)
            if shown.result.done and not race.reduces:
                st.button(
                    "Inspect its strategies",
                    icon=":material/search_insights:",
                    key="inspect_strategies",
                    help="What each strategy does with each input, on the Inspect page.",
                    on_click=partial(open_inspection, session, sweep.id),
                )
            earlier(session, runs)
            st.button(
                "New race",
                icon=":material/add:",
                key="new_race",
                help="Go back to the atlas and the bet. This race stays under Races.",
                on_click=partial(session.show, None),
            )


def _share(shown: ShownRace, on: bool) -> None:
    change = partial(shown.runs.share_sweep, shown.sweep.id, on)
    page_frame.attempt(shown.session, change)


def earlier(session: CompareState, runs: VisitorRuns) -> None:
    """The races of this browser, to open one."""
    listed = st.popover("Races", icon=":material/history:", key="races", on_change="rerun")
    if not listed.open:
        return
    with listed:
        sweeps = runs.sweeps(limit=LISTED)
        if not sweeps:
            st.caption("No races yet.")
        for sweep in sweeps:
            st.button(
                f"{escape_markdown(sweep.name)} · "
                f"{sweep.created.astimezone():%d %b, %H:%M} · {sweep.state}",
                icon=f":material/{STATES[sweep.state].icon}:",
                key=f"race.{sweep.id}",
                width="stretch",
                type="tertiary",
                disabled=sweep.id == session.shown,
                on_click=partial(session.show, sweep.id),
            )


def progress(shown: ShownRace) -> None:
    """The progress, and buttons for its owner; nothing once all runs have finished."""
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
    """What is read out of a race: its state, and every tenth of its runs."""
    if state == "running":
        return f"Race running: {10 * done // total * 10} % of the runs are done."
    return f"Race {state}: {done:,} of {total:,} runs."


def _controls(shown: ShownRace) -> None:
    """What the owner can do in this state."""
    runs, sweep = shown.runs, shown.sweep

    def button(
        label: str, icon: str, act: Callable[[str], object], help: str | None = None
    ) -> None:
        click = partial(page_frame.attempt, shown.session, partial(act, sweep.id))
        st.button(label, icon=f":material/{icon}:", key=f"race.{icon}", on_click=click, help=help)

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
    """The verdict, its figures, what explains it, and the answer to the bet."""
    result, table, bet = shown.result, shown.table, bet_line(shown)
    with st.container(key="race_verdict"):
        if len(result.tables) > 1:
            choose = partial(setattr, shown.session, "data")
            clickable(verdicts(result, table), key="race_verdicts", on_pick=choose)
        else:
            st.html(f'<h2 class="verdict">{escape(text.verdict(result, table))}</h2>')
    lines = [] if bet is None else [bet]
    if result.done:
        st.html(html_parts.figures(_figures(result, table)))
        lines = [*text.explain(result, table), *lines]
    if lines:
        rows = "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(sentence)}</dd></div>"
            for label, sentence in lines
        )
        st.html(f'<dl class="facts lines">{rows}</dl>')


def how_to_read(result: RaceResult, table: DatasetResult) -> None:
    """What the dataset teaches, how the figures are judged, and what limits the conclusions."""
    if not result.done:
        return
    about = (text.teaches(result, table), text.how_to_read(result), *text.notes(result))
    items = "".join(f"<li>{coded(sentence)}</li>" for sentence in about if sentence)
    st.html(f'<h2 class="subheading">How to read this</h2><ul class="notes">{items}</ul>')


def _figures(result: RaceResult, table: DatasetResult) -> Iterator[Figure]:
    """The best mean, its lead, what can be reached, and the number of runs."""
    measure, top = result.measure, table.rows[0]
    if top.mean is not None:
        yield Figure(top.title, measure.text(top.mean), f"The best mean {measure.title}.")
    for second in table.rows[1:2] if not result.setup.reduces else ():
        if second.tied is False and second.difference is not None:
            tip = "The difference of the two best means."
            yield Figure(f"ahead of {second.title}", measure.difference(-second.difference), tip)
    for kind, name in (("additive", "Trained additive model"), ("bayes", "Bayes optimum")):
        if kind in table.ceilings:
            yield Figure(name, measure.text(table.ceilings[kind]))
    yield Figure("Runs", f"{result.done + result.failed:,} of {result.total:,}")


def ask_bet(race: Race, session: CompareState) -> None:
    """Ask who wins; a race needs no bet."""
    titles = {entry.text: entry.title for entry in race.entries}
    with st.container(border=True, key="bet"):
        st.html(
            "<h2 class='subheading'>Predict first</h2><p class='quiet'>Who wins on "
            f"<b>{escape(data_title(race.data[0]))}</b>? The page answers after the race.</p>"
        )
        choice = session.bet if session.bet in titles else ""
        bets.bet(titles, choice, partial(setattr, session, "bet"), key="race.bet")


def bet_line(shown: ShownRace) -> ResultLine | None:
    """The bet, which is on the first dataset, and once the race has ended, its answer."""
    bet, result, table = shown.stored.bet, shown.result, shown.table
    if not bet or table is not result.tables[0]:
        return None
    label = "Your bet" if shown.mine else "The bet"
    if not result.complete:
        return ResultLine(label, f"{table.row(bet).title}.")
    reply = text.answer(bet, result, table, shown.mine)
    sign = {True: "✓ ", False: "✗ ", None: ""}[reply.right]
    return ResultLine(label, f"{sign}{reply.text}")
