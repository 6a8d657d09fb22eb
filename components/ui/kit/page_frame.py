"""What every page shares: its set-up, the navigation, and what happens to an error."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.paths import ROOT
from components.render.palette import THEMES, Theme
from components.ui.kit.engine import engine
from components.ui.kit.model_editor import ModelEditor
from sample_data import presets

SIDEBAR = 350
"""Pixels of the sidebar: two columns of controls without a cut label."""
_CLICKS = Path(__file__).with_name("clicks.js").read_text(encoding="utf-8")
SEND_SECONDS = 0.03
VISITOR = "fusion_visitor"
log = logging.getLogger(__name__)

_CSS = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1.1rem 1.6rem 1.5rem; max-width: 1700px; }
[data-testid="stHeader"] { background: transparent; pointer-events: none; }
[data-testid="stHeader"] button, [data-testid="stHeader"] a { pointer-events: auto; }
[data-testid="stSidebarHeader"] { height: 2.2rem; padding-top: .4rem; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding: 0 1rem 2rem !important; }
[data-testid="stSidebarContent"] { padding: 0 .35rem !important; }
[data-testid="stSidebar"] [class*="_box_"] { padding: .5rem .6rem; }
[data-testid="stSidebar"] [class*="-menu"] [aria-hidden="true"]:not([translate]) { display: none; }
[data-testid="stSidebar"] [class*="-menu"] [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: .4rem; }
[data-testid="stSidebar"] [data-testid="stExpander"] summary { padding: .25rem .6rem; }
.figures { display: flex; flex-wrap: wrap; gap: .2rem 2.2rem; margin: 0 !important;
  padding: 0 !important; }
.figures div { display: flex; flex-direction: column; }
.figures dt { font-size: .78rem; opacity: .72; }
.figures dd, .figures dt { margin: 0 !important; padding: 0 !important; }
.figures dd { font-size: 1.3rem; font-weight: 600; line-height: 1.25;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 1000px) {
  .st-key-picture_row [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  .st-key-picture_row [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
    min-width: 100%; } }
.card { border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: 10px;
  padding: .8rem .95rem; font-size: .88rem; }
.card h4 { margin: 0 0 .1rem; padding: 0; font-size: 1.02rem; }
.card p { margin: .15rem 0 .5rem; opacity: .8; }
.card table { width: 100%; border-collapse: collapse; }
.card td { padding: .16rem 0; vertical-align: top; border: 0; }
.card td:first-child { opacity: .72; padding-right: .6rem; white-space: nowrap; }
.st-key-navigation { flex-wrap: nowrap; justify-content: space-between; }
.st-key-navigation > div { flex: 0 1 auto; width: auto; min-width: 0; }
.st-key-navigation a { padding: .1rem .38rem; }
.st-key-navigation p { font-size: .86rem; }
.card td:last-child { text-align: right; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.samples { overflow-x: auto; }
.samples table { border-collapse: collapse; }
.samples th { text-align: left; font-weight: 600; padding: .15rem .7rem .15rem 0;
  white-space: nowrap; border: 0; }
.samples td { padding: .15rem .45rem; text-align: center; border: 0; }
.samples img { border-radius: 4px; vertical-align: middle; }
.words { font-size: .74rem; line-height: 1.25; max-width: 150px; text-align: left; }
.samples .picture { image-rendering: pixelated; }
.balance { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; font-size: .84rem; }
.balance div { display: flex; align-items: baseline; gap: .65rem; }
.balance em { font-style: normal; opacity: .72; }
.balance b { font-weight: 600; font-variant-numeric: tabular-nums; }
.balance i { display: inline-block; width: 5px; margin-left: .15rem; border-radius: 1.5px;
  background: color-mix(in srgb, currentColor 45%, transparent); }
.possible { min-height: 3.1rem; margin: 0; }
p.possible { display: flex; align-items: center; opacity: .72; font-size: .88rem; }
.possible .figures { align-items: center; }
.possible .of { font-size: .84rem; opacity: .72; min-width: 9.2rem; }
.possible .figures dd { font-size: 1.02rem; }
.bits { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem 1rem; font-size: .78rem;
  margin-top: .25rem; }
.bits .stack { display: flex; width: 180px; height: 9px; border-radius: 5px; overflow: hidden;
  background: color-mix(in srgb, currentColor 12%, transparent); }
.bits .stack i { display: block; height: 100%; }
.report { display: flex; flex-wrap: wrap; gap: .6rem 2rem; align-items: flex-start; }
.report table { border-collapse: collapse; font-size: .82rem; }
.report td, .report th { padding: .18rem .55rem; border: 0; text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.report th { font-weight: 500; opacity: .78; }
.report caption { text-align: left; font-weight: 600; padding-bottom: .25rem; white-space: nowrap; }
.report .cell { text-align: center; min-width: 2.6rem; border-radius: 3px; }
.bar { height: 5px; border-radius: 3px; margin: .1rem 0 .5rem;
  background: color-mix(in srgb, currentColor 12%, transparent); }
.bar i { display: block; height: 100%; border-radius: 3px; min-width: 2px; }
.entry { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
.entry h3 { margin: 0 !important; padding: 0 !important; font-size: 1.12rem; }
.chips { display: flex; flex-wrap: wrap; gap: .3rem; font-size: .74rem; }
.chips span { padding: .02rem .5rem; border-radius: 99px; white-space: nowrap;
  border: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
.chips .now { font-weight: 600; background: color-mix(in srgb, currentColor 10%, transparent); }
.quiet { margin: .1rem 0 0 !important; opacity: .75; font-size: .88rem; }
.under { margin: 0 !important; font-size: 1.02rem; }
.mini { margin: 0; display: flex; flex-direction: column; align-items: center;
  justify-content: center; }
.mini img { max-width: 100%; height: auto; }
.mini figcaption { margin-top: .3rem; font-size: .76rem; opacity: .72; text-align: center; }
.figures.small { gap: .2rem 1.8rem; }
.figures.small dd { font-size: 1.02rem; }
.dot { display: inline-block; width: .62em; height: .62em; margin-right: .45em;
  border-radius: 50%; }
.dot.yes { background: #16A34A; }
.dot.fitted { background: #D97706; }
.dot.no { background: #DC2626; }
.why { font-size: .86rem; padding-left: .7rem; margin: .5rem 0 .2rem;
  border-left: 3px solid color-mix(in srgb, currentColor 25%, transparent); }
.why p { margin: .1rem 0 !important; font-size: inherit; }
.said { margin: 0 !important; padding: 0 !important; font-size: .88rem; }
.said div { display: flex; }
.said dt, .said dd { margin: 0 !important; padding: 0 !important; }
.said dt, .label { flex: 0 0 5.4rem; opacity: .72; font-size: .88rem; }
.label { display: inline-block; width: 5.4rem; }
.fields { width: 100%; border-collapse: collapse; font-size: .84rem; }
.fields th, .fields td { text-align: left; vertical-align: top; padding: .22rem .9rem .22rem 0;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.fields tbody th { font-weight: 600; white-space: nowrap; }
[class*="st-key-formula_"] { padding: .25rem 0 .45rem; }
.about { margin: .2rem 0 .3rem !important; font-size: .88rem; }
.why code, .about code { font-size: .9em; }
[class*="st-key-weights_"] [data-testid="stMarkdownContainer"] { font-size: .86rem; }
</style>
"""


@contextmanager
def page(title: str) -> Iterator[None]:
    """Set a page up, start the engine, draw the navigation, and keep the page up whatever fails.

    An error of ours is said in its own words; anything else is a bug: it is logged with its
    traceback, and the page says that it was.
    """
    st.set_page_config(
        page_title=f"{title} · Fusion Playground",
        page_icon="🧬",
        layout="wide",
        initial_sidebar_state=SIDEBAR,
        menu_items={},
    )
    st.html(_CSS)
    _introduce()
    with guarded():
        yield
    engine().start()


@contextmanager
def guarded() -> Iterator[None]:
    """Say an error instead of a traceback."""
    try:
        yield
    except PlaygroundError as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        log.exception("A page failed")
        st.error(
            "This should not have happened, and was logged. Your architecture is kept: "
            "undo the last change, or reload the page.",
            icon=":material/bug_report:",
        )


def navigation() -> None:
    """Links to all pages, found in `pages/`, in one row."""
    with st.container(horizontal=True, gap=None, key="navigation"):
        st.page_link(ROOT / "app.py", label="Build")
        for path in sorted((ROOT / "pages").glob("[0-9]*_*.py")):
            st.page_link(path, label=path.stem.partition("_")[2].replace("_", " "))


def editor() -> ModelEditor:
    """This session's model editor, which opens with the default preset."""
    found: ModelEditor | None = st.session_state.get("editor")
    if found is None:
        found = st.session_state["editor"] = ModelEditor.of(presets.load(presets.DEFAULT))
    return found


def send_drawn() -> None:
    """Let the browser have what is drawn so far, before the rest of the page is made.

    Streamlit sends from another thread of this interpreter, which else comes to it only at the end
    of the script: measured, a picture reached the page about 20 ms earlier so.
    """
    time.sleep(SEND_SECONDS)


def owner() -> str:
    """Who this browser is to the store: a random cookie of ours, the same in every tab.

    A browser that has none yet is given one; until its next visit the session remembers it.
    """
    known = str(st.context.cookies.get(VISITOR, ""))
    if re.fullmatch("[0-9a-f]{32}", known):
        return known
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = uuid.uuid4().hex
    token: str = st.session_state["visitor"]
    return token


def _introduce() -> None:
    """Give the browser its cookie and the script of clicks, and say that a run begins.

    Always the same two elements, so that nothing behind them moves.
    """
    st.html(
        f"<script>document.cookie = '{VISITOR}={owner()}; path=/; max-age=31536000; "
        f"samesite=strict';\n{_CLICKS}</script>",
        unsafe_allow_javascript=True,
    )
    begun = f"<script>window.fusionClicks?.next() // {uuid.uuid4().hex}</script>"
    st.html(begun, unsafe_allow_javascript=True)


def theme() -> Theme:
    """The theme of this browser."""
    return THEMES.get(str(st.context.theme.type), THEMES["light"])


def await_engine(what: str, draw: Callable[[], None]) -> None:
    """Call `draw` as soon as Keras is in; until then say what is waited for."""
    ready = engine()
    if ready.ready:
        draw()
        return
    if ready.failure:
        st.error(
            f"TensorFlow must be importable. Received `{ready.failure}`. Install the packages of "
            "requirements.txt and start again.",
            icon=":material/error:",
        )
        return
    _waiting(what)


@st.fragment(run_every=0.25)
def _waiting(what: str) -> None:
    if engine().ready or engine().failure:
        st.rerun()
    st.info(f"TensorFlow is being loaded, a few seconds once per server. Then {what}.", icon="⏳")
    st.skeleton(height=420)
