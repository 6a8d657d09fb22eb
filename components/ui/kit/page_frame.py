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
_STYLE = Path(__file__).with_name("app.css")
_CLICKS = Path(__file__).with_name("clicks.js").read_text(encoding="utf-8")
SEND_SECONDS = 0.03
VISITOR = "fusion_visitor"
log = logging.getLogger(__name__)


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
    st.html(_STYLE)
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
    """Give the browser its cookie and the script of clicks, and tell it that a run begins.

    Always the same two elements, so that those below keep their position.
    """
    scripts = (
        f"document.cookie = '{VISITOR}={owner()}; path=/; max-age=31536000; samesite=strict';\n"
        + _CLICKS,
        f"window.fusionClicks?.next() // {uuid.uuid4().hex}",
    )
    with st.container(gap=None):
        for script in scripts:
            st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


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
