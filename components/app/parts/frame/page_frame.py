"""Set-up, navigation and display of errors that all pages share."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

import streamlit as st

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import cookie, draft_tab, open_lesson
from components.app.parts.frame.engine import engine
from components.app.parts.frame.open_tabs import OPEN_TABS
from components.app.parts.frame.visitor import owner, sent_cookie
from components.app.parts.widgets import forms, layout, offered_files, projector
from components.app.streamlit_edge import dom
from components.app.streamlit_edge.script_run import parts_of_run, session_id
from components.base.errors import PlaygroundError, StoreError
from components.base.markup import message_markdown
from components.base.pages import pages
from components.base.text import DAY_SECONDS
from components.base.workers import needs_keras
from components.experiments.queue import run_service
from components.models.drawing.palette import THEMES, Theme

PRODUCT = "Fusion Playground"
FOREIGN_SERVER = (
    "This server lacks the playground's checks: it answers to every host name, and doesn't "
    "recognise a browser that comes back. Start it with `streamlit run app.py`."
)
"""Text of a page that is not served by `app.py`."""
SIDEBAR = 360
"""Width of the sidebar in pixels: two columns of controls, no label cut."""
_ENTER, _LEAVE = (
    f'<button type="button" class="present-button" aria-label="{name}" title="{name}: {key}">{text}'
    "</button>"
    for name, key, text in (("Projector mode", "P", ""), ("Leave projector mode", "Esc", "Leave"))
)
_WHOLE = "whole"
"""Key of the state: `True` if each run is one of the whole page."""
_LATE = "late"
"""Key of the mark of a change that a callback has taken late: the whole page must be drawn."""
_FOCUSED = "focused"
"""Key of the class of the widget that gets the focus."""
_PRESSED = "pressed"
"""Key of the buttons that were pressed, and that no run has reached since."""
_PAGE = "page"
"""Key of the title of the page that was drawn last."""
_BEGIN = "begin"
"""Part that tells the browser that a run begins."""
_ADDRESS = "address"
"""Key of the parts that the address of this tab names, by parameter."""
SEND_SECONDS = 0.03
LOAD_SECONDS = 0.25
"""Seconds between two checks whether models can be built."""
RETRY_SECONDS = 3.0
"""Seconds between two attempts at a page while the database can't be used."""
log = logging.getLogger(__name__)
T = TypeVar("T")
BarEnd = Callable[[dict[str, str] | None], None]
"""Function that draws the end of the bar, from the parameters that links to pages keep."""
LessonHooks = tuple[Callable[[], None], Callable[[str], None]]
"""Functions for lessons: at the start of a page, and beside the page of a label."""


def _read(*names: str) -> str:
    """Read files beside this one, one after another."""
    return dom.read(*map(Path(__file__).with_name, names))


_STYLE = f"<style>{_read('app.css', 'access.css')}</style>"
_SCRIPTS = _read("clicks.js", "frame.js", "printing.js", "names.js", "hints.js", "present.js")
_HELP = _read("shortcuts.html")


@contextmanager
def page(
    title: str,
    heading: str,
    bar_end: BarEnd,
    lessons: LessonHooks | None = None,
    whole: bool = False,
) -> Iterator[None]:
    """Set a page up and show its errors. The first page of a server starts the build workers.

    A `whole` page does something in each run, so none of its parts is drawn alone.
    """
    st.set_page_config(
        page_title=f"{title} · {PRODUCT}",
        page_icon="🧬",
        layout="wide",
        initial_sidebar_state=SIDEBAR,
        menu_items={},
    )
    st.html(_STYLE + projector.STYLE if projector.on() else _STYLE)
    if st.context.headers.get("host") and not cookie.server_sets_cookie:
        layout.show_error(FOREIGN_SERVER)
        st.stop()
    if st.session_state.get(_PAGE) != title:
        st.session_state[_PAGE], st.session_state[_PRESSED] = title, set()
    draft = draft_tab.of_session()
    with guarded():
        catch_up()
    st.session_state[_LATE], st.session_state[_WHOLE] = False, whole
    if lessons:
        with guarded():
            lessons[0]()
    scripts = _introduce()
    _top_bar(heading, bar_end)
    engine()
    needs_keras.session.set(session_id())
    OPEN_TABS.enter(session_id(), owner())
    with guarded():
        try:
            _notice()
            yield
            if lessons:
                with scripts:  # Whatever the page draws, the panel keeps its position.
                    lessons[1](title)
            _update_address()
        except StoreError:
            drawn_until(count().__next__, lambda: None, RETRY_SECONDS)  # over at the second look
            raise
        finally:
            draft_tab.keep(draft)


@contextmanager
def guarded() -> Iterator[None]:
    """Show a message instead of a traceback.

    A `PlaygroundError` has its own text. Anything else is a bug, and is logged with its traceback.
    """
    try:
        yield
    except StoreError as error:
        log.warning("%s", error)
        st.error(message_markdown(error.public), icon=":material/database:")
    except PlaygroundError as error:
        layout.show_error(str(error))
    except Exception:
        log.exception("A page failed")
        st.error(
            "This is a bug in the playground, and it was logged. Your model is kept: undo the last "
            "change or reload the page.",
            icon=":material/bug_report:",
        )


def _top_bar(heading: str, end: BarEnd) -> None:
    """Draw the bar. `frame.js` makes its links a landmark and marks the present page."""
    presented = projector.on()
    query = {projector.PARAMETER: "1"} if presented else None
    with st.container(horizontal=True, gap=None, key="top_bar", vertical_alignment="center"):
        st.html(f'<p class="product"><i></i><b>{PRODUCT}</b></p><h1>{escape(heading)}</h1>')
        with st.container(horizontal=True, gap=None, key="navigation"):
            for label, path in pages().items():
                st.page_link(path, label=label, query_params=query)
        end(query)
        st.html((_LEAVE if presented else _ENTER) + _HELP, width="content")


def _notice() -> None:
    """Show the server's notice about its database, if any."""
    if text := run_service.notice():
        st.warning(text, icon=":material/database:")


class ShowsError(Protocol):
    """State of a page that shows the error of its last action."""

    error: str | None


@contextmanager
def keeping_error(state: ShowsError) -> Iterator[None]:
    """Keep a `PlaygroundError` in the state, to be shown by the next run of the page."""
    state.error = None
    try:
        yield
    except StoreError as error:
        log.warning("%s", error)
        state.error = error.public
    except PlaygroundError as error:
        state.error = str(error)


def attempt(state: ShowsError, act: Callable[..., object], *what: object) -> None:
    """Run the action of a control in its callback; the next run shows its error."""
    with keeping_error(state):
        act(*what)


def action(
    state: ShowsError, label: str, icon: str, act: Callable[[], object], **more: Any
) -> None:
    """Draw a button with an action; the next run shows its error."""
    click = partial(attempt, state, act)
    st.button(label, icon=f":material/{icon}:", on_click=click, **more)


def editor() -> ModelEditor:
    """Return this session's model editor, which opens with its draft or the default preset."""
    draft_tab.of_session()
    session_editor: ModelEditor = st.session_state["editor"]
    return session_editor


def send_drawn() -> None:
    """Send what is drawn so far to the browser, before the rest of the page is made.

    Streamlit sends from another thread, which otherwise gets to run only at the end of the script:
    a picture reaches the page about 20 ms earlier.
    """
    time.sleep(SEND_SECONDS)


def _introduce() -> AbstractContextManager[Any]:
    """Give the browser its cookie and the scripts, and tell it that a run begins.

    The id of the draft and the name of the open lesson go into the address.

    Always the same two elements, so that those below keep their position.
    """
    container = st.container(gap=None, key="scripts")
    with container:
        _script(_SCRIPTS)
        # After a lost connection, Streamlit asks for a run only where a part draws itself in time.
        part(_BEGIN, _begin, DAY_SECONDS)
    return container


def _begin() -> None:
    """Tell the browser, and the parts that are drawn now, that a run begins."""
    st.session_state[_BEGIN] = parts_of_run()
    draft, lesson = draft_tab.of_session().id, open_lesson.address()
    named = address_script({draft_tab.PARAMETER: draft, open_lesson.PARAMETER: lesson})
    focused = st.session_state.pop(_FOCUSED, "")
    files = offered_files.of_session()
    files.visitor = sent_cookie() or ""
    offered = f"window.fusionClicks?.offer('{files.token}'); "
    focus = f"window.fusionFrame?.focusOn('{focused}'); " if focused else ""
    _script(f"window.fusionClicks?.next(); {offered}{focus}{named} // {uuid.uuid4().hex}")


def address_script(parts: dict[str, str]) -> str:
    """Return a script that makes the tab's address name these parts, without the empty ones.

    A reload finds them, and so does a new session: after a restart, or a long sleep.
    """
    st.session_state.setdefault(_ADDRESS, {}).update(parts)
    return f"window.fusionClicks?.keepAddress({json.dumps(parts)})"


def _update_address() -> None:
    """Update the query that Streamlit knows from the address.

    A browser sends the query that Streamlit knows, from when the page was loaded or set last, and
    the address's own only if that is empty. So it came back to a restarted server with an earlier
    lesson. If the script has changed the address before, as usual at the end of a run, this adds no
    step to the browser's history.
    """
    sent, kept = st.query_params.to_dict(), dict(sorted(st.session_state[_ADDRESS].items()))
    others = {name: value for name, value in sent.items() if name not in kept}
    wanted = others | {name: value for name, value in kept.items() if value}
    if sent and sent != wanted:
        st.query_params.from_dict(wanted)


def _script(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def part(key: str, draw: Callable[[], object], seconds: float | None = None) -> None:
    """Draw a part of the page, which can be drawn alone by `redraw`, or every few `seconds`.

    Any other run that its widgets cause draws the whole page. A press of a button in it is known
    only to the button's callback.
    """

    @st.fragment(key=key, run_every=seconds)
    @guarded()
    def fragment() -> None:
        if key != _BEGIN and st.session_state[_BEGIN] is not parts_of_run():
            st.rerun()
        needs_keras.session.set(session_id())
        draw()

    fragment()


def pressed(label: str, *, key: str, draw: Callable[..., object] = st.button, **more: Any) -> bool:
    """Draw a button, and return `True` if it was pressed since its last drawing on this page.

    `draw` may draw the button of a form instead. Streamlit forgets a press if another click stops
    its run before the run reaches the button. A press no longer counts once the button is disabled.
    """
    waiting: set[str] = st.session_state.setdefault(_PRESSED, set())
    draw(label, key=key, on_click=waiting.add, args=(key,), **more)
    was_pressed = key in waiting
    waiting.discard(key)
    return was_pressed and not more.get("disabled")


def redraw(*parts: str) -> None:
    """End a callback by drawing only these parts of the page, if nothing else has to run."""
    whole = st.session_state.get(_WHOLE) or st.session_state.get(_LATE)
    if whole or open_lesson.current() or projector.on():
        return
    draft_tab.keep(draft_tab.of_session())
    st.rerun([_BEGIN, *parts])


def catch_up() -> None:
    """Take late inputs, and draw the whole page if there are any.

    Each page begins with this, and so does a button's callback that acts on inputs.
    """
    st.session_state[_LATE] = True  # A change that drew its parts again would end the callback.
    st.session_state[_LATE] = forms.catch_up()


def focus(key: str) -> None:
    """Give the focus to the input of a widget, by its key, once this run has drawn it."""
    st.session_state[_FOCUSED] = layout.key_class(key)


def theme() -> Theme:
    """Return the theme of this browser."""
    return THEMES.get(str(st.context.theme.type), THEMES["light"])


def await_engine(what: str, draw: Callable[[], None]) -> None:
    """Call `draw` once models can be built; until then show that `what` will be possible.

    If they can never be built, show the error instead.
    """
    ready = engine()
    if ready.ready:
        draw()
        return
    if ready.failure:
        layout.show_error(ready.failure)
        return
    drawn_until(lambda: ready.ready or ready.failure, partial(_loading, what), LOAD_SECONDS)


def polled(
    read: Callable[[], T],
    awaited: Callable[[T], bool | set[str]],
    draw: Callable[[T], object],
    seconds: float,
) -> None:
    """Draw a part of the page from a value that is read once per drawing.

    `awaited` returns `True` or a set of names while something is still awaited. Meanwhile only this
    part is drawn again every few `seconds`; once the answer changes, the whole page is.
    """
    value, drawn = read(), False
    before = awaited(value)

    @st.fragment(run_every=seconds if before else None)
    @guarded()
    def part() -> None:
        nonlocal value, drawn
        if drawn:
            value = read()
            if awaited(value) != before or st.session_state.get(_LATE):
                st.rerun()
        drawn = True
        draw(value)

    part()


def drawn_until(over: Callable[[], object], draw: Callable[[], object], seconds: float) -> None:
    """Draw a part of the page every few `seconds`, and the whole page once something is `over`.

    `over` may be true at the first drawing, although the page has just found it false.
    """

    def part(is_over: bool) -> None:
        if is_over:
            st.rerun()
        draw()

    polled(lambda: bool(over()), lambda is_over: not is_over, part, seconds)


def _loading(what: str) -> None:
    st.info(f"Loading TensorFlow: a few seconds, once per server. Then {what}.", icon="⏳")
    st.skeleton(height=420)
