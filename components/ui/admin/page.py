"""The teacher's view: people, runs and processes of this server, and buttons that stop runs."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import escape_markdown, message_markdown
from components.core.paths import ROOT
from components.core.text import byte_size, duration
from components.render.html_table import html_table
from components.runs.run_service import Service, service
from components.ui.admin.access import CHECK, admin_token
from components.ui.admin.overview import Overview, Work, overview, stop, stop_all
from components.ui.kit import html_parts, layout
from components.ui.kit.network import show_network_address
from components.ui.kit.people import PEOPLE, OpenSession

POLL_SECONDS = 2.0
LISTED = 30
"""Runs and races shown with a button at most."""
_OPEN, _ERROR = "admin_open", "admin_error"


def admin_page() -> None:
    """The view for whoever has typed the token. Without a token of the server, there is no page."""
    token = admin_token()
    if token is None:
        st.switch_page(ROOT / "app.py")
    if not st.session_state.get(_OPEN):
        _ask(token)
        return
    with st.sidebar:
        st.button("Close the view", icon=":material/logout:", on_click=_close)
        show_network_address()
    _view(service())


def _ask(token: str) -> None:
    """Ask for the token. It is sent once, and kept nowhere."""
    st.caption("People, queue and processes of this server, for whoever knows its admin token.")
    with st.form("admin_form", clear_on_submit=True, width=420):
        typed = st.text_input("Token", type="password", autocomplete="off", key="admin_token")
        if st.form_submit_button("Open the teacher's view", icon=":material/lock_open:"):
            try:
                CHECK.require(typed, token, str(st.context.ip_address))
            except PlaygroundError as error:
                st.error(message_markdown(str(error)), icon=":material/error:")
            else:
                st.session_state[_OPEN] = True
                st.rerun()


def _close() -> None:
    st.session_state[_OPEN] = False


@st.fragment(run_every=POLL_SECONDS)
def _view(runs: Service) -> None:
    now = overview(runs)
    st.html(html_parts.figures(_figures(now)))
    if error := st.session_state.get(_ERROR):
        st.error(message_markdown(error), icon=":material/error:")
    _work(now, runs)
    left, right = st.columns(2, gap="medium")
    with left:
        layout.heading("People")
        st.html(_people(now))
    with right:
        layout.heading("Processes")
        st.html(_processes(now))


def _figures(now: Overview) -> list[html_parts.Figure]:
    memory = sum(process.memory for process in now.processes)
    waiting = sum(work.state.startswith("waits") for work in now.work)
    cpu = sum(process.cpu for process in now.processes)
    return [
        html_parts.Figure("People", str(len(now.owners))),
        html_parts.Figure("Open tabs", str(len(now.sessions))),
        html_parts.Figure("Runs and races", str(len(now.work))),
        html_parts.Figure("Waiting runs", str(waiting)),
        html_parts.Figure("Memory", byte_size(memory), "Memory that processes share counts twice."),
        html_parts.Figure("CPU", f"{cpu:.0f} %", "100 % is one core."),
        html_parts.Figure("Database", byte_size(now.database)),
    ]


def _work(now: Overview, runs: Service) -> None:
    """Each run and race with a button, and one for all of them, which asks first."""
    with layout.row("admin_work", spread=True):
        layout.heading("Runs and races")
        with st.popover("Stop all", icon=":material/stop_circle:", disabled=not now.work):
            st.markdown("Stop all runs and races of everybody? Epochs that are done are kept.")
            st.button(
                f"Stop {len(now.work)} now",
                type="primary",
                key="admin_stop_all",
                on_click=partial(_try, partial(stop_all, runs)),
            )
    if not now.work:
        st.caption("Nothing is trained or waits.")
    for work in now.work[:LISTED]:
        with layout.row(f"admin_{work.id}", spread=True, wrap=False):
            st.markdown(_line(work), width="stretch")
            st.button(
                "Stop",
                icon=":material/stop:",
                key=f"admin_stop_{work.id}",
                help=f"Stop this {work.kind}.",
                on_click=partial(_try, partial(stop, runs, work)),
            )
    if len(now.work) > LISTED:
        st.caption(f"And {len(now.work) - LISTED} more.")


def _try(act: partial[None]) -> None:
    """Do what a button says, and keep its error for the page."""
    st.session_state.pop(_ERROR, None)
    try:
        act()
    except PlaygroundError as error:
        st.session_state[_ERROR] = str(error)


def _line(work: Work) -> str:
    ago = duration(max(0.0, time.time() - work.since))
    return (
        f"**{escape_markdown(work.name)}** of person {PEOPLE.number(work.owner)} · {work.state} · "
        f"submitted {ago} ago"
    )


def _people(now: Overview) -> str:
    tabs, work = Counter(s.owner for s in now.sessions), Counter(w.owner for w in now.work)
    rows = []
    for owner in sorted(now.owners, key=PEOPLE.number):
        latest = max((s for s in now.sessions if s.owner == owner), key=_used, default=None)
        seen = f"{latest.page}, {duration(time.time() - latest.used)} ago" if latest else "–"
        rows.append((PEOPLE.number(owner), tabs[owner], seen, work[owner]))
    return html_table(rows, ("Person", "Open tabs", "Last page", "Runs and races"), "fields")


def _used(session: OpenSession) -> float:
    return session.used


def _processes(now: Overview) -> str:
    rows = [(p.role, p.pid, byte_size(p.memory), f"{p.cpu:.0f} %") for p in now.processes]
    return html_table(rows, ("Process", "Id", "Memory", "CPU"), "fields")
