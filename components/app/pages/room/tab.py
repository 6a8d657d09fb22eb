"""Class room of a browser tab, its sign, and actions of buttons in its views."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial, wraps
from html import escape
from typing import TYPE_CHECKING, Any, ParamSpec

import streamlit as st

from components.app.parts.frame import draft_tab, page_frame
from components.app.parts.frame.network import only_here, qr_code
from components.app.parts.frame.sharing import page_link
from components.app.parts.frame.visitor import owner, rooms_of, sender
from components.app.parts.widgets import layout
from components.base.errors import PlaygroundError, public_text
from components.teaching.people.draft_store import DraftStore
from components.teaching.rooms.roles import Rooms

if TYPE_CHECKING:
    from components.app.parts.editor.drafts import Draft
    from components.app.parts.editor.model_editor import ModelEditor
    from components.app.parts.editor.train_state import TrainState
    from components.teaching.rooms.content import LedView

CODE, SECRET = "room", "teach"
"""Parameters of addresses that join a room, and that make a browser its teacher.

The address of a learner's tab keeps the code, so that after a reload the page can report that the
room was closed.
"""
POLL_SECONDS = 1.0
NO_ANSWER = "The database doesn't answer now, so the room can't be opened. Open the link again."
_STATE = "room_tab"
VIEW, ACTED = "room_view", "room_acted"
"""Keys of the session: the shown view, and the mark of an action since the last drawing."""
P = ParamSpec("P")


@dataclass
class Following:
    """Tab that shows the teacher's view, with its own view from before."""

    led: LedView
    model: Draft
    """Teacher's model as it was placed here: another draft is the learner's own change."""
    own: ModelEditor
    own_train: TrainState | None
    arrived: bool = False
    """`True` once the tab has drawn the teacher's page."""


@dataclass(frozen=True)
class ShownAnswers:
    """Result of a vote over the page: the number of its note, the page, and its time."""

    note: int
    page: str
    since: float


@dataclass
class RoomTab:
    """Class room of this tab."""

    learner: str = ""
    """Code of the room that the visitor learns in."""
    teacher: str = ""
    """Code of the room that the visitor teaches."""
    secret: str = ""
    """Secret of the teacher, while this session knows it."""
    asking: bool = False
    """`True` while the dialog that joins and opens rooms is open."""
    invited: str = ""
    """Code in the address of a visitor who has not joined yet."""
    notice: str = ""
    """Notice of the dialog."""
    error: str | None = None
    """Reason why the teacher's last action failed."""
    joined: bool = False
    """`True` if the learner has just joined; the next drawing shows that."""
    message: tuple[str, str] | None = None
    """Text and icon of a message to the learner, which the next drawing shows.

    A callback can't show it: in a part of the page it would take the place of the page's styles.
    """
    reading: ShownAnswers | None = None
    """Result of a vote that is shown now, or was last."""
    following: Following | None = None
    """Learner's view of the teacher, while they follow."""
    left: bool = False
    """`True` if the learner does not want to follow."""
    led: LedView | None = None
    """Last view of this tab of the teacher that the class saw."""


def of_session() -> RoomTab:
    """Return the room of this session. The first call looks into the address and the store."""
    tab: RoomTab | None = st.session_state.get(_STATE)
    if tab is None:
        tab = st.session_state[_STATE] = RoomTab()
        _arrive(tab)
    return tab


def rooms() -> Rooms:
    """Return the class rooms as this browser may use them."""
    return rooms_of(owner(), sender())


def join_code(code: str) -> str:
    """Return the code with which people join a room now; `code` while the room can't be read."""
    with suppress(PlaygroundError):
        return rooms().join_code(code) if code else ""
    return code


def open_room(tab: RoomTab, key: str, **more: Any) -> bool:
    """Draw a button that opens a room, or shows why it can't. Return `True` if it did."""
    if page_frame.pressed("Open a class room", key=key, icon=":material/add:", **more):
        with page_frame.guarded():
            tab.teacher, tab.secret = rooms().open()
            return True
    return False


def _arrive(tab: RoomTab) -> None:
    """Find the room of this browser, or of the address. Without a store, there is none."""
    if draft_tab.of_session().problem:
        return
    secret, code = str(st.query_params.pop(SECRET, "")), st.query_params.get(CODE, "")
    find = partial(_find, tab, owner(), secret, code)
    try:
        draft_tab.writer().ask(find, draft_tab.FIND_SECONDS)
        if tab.invited:
            rooms().open_code(tab.invited)
    except (PlaygroundError, TimeoutError) as error:
        if secret or code:
            tab.notice = NO_ANSWER if isinstance(error, TimeoutError) else public_text(error)
            tab.invited, tab.asking = code, True


def _find(tab: RoomTab, visitor: str, secret: str, code: str, _: DraftStore) -> None:
    """Find the room in the store's own thread."""
    if secret:
        tab.teacher, tab.secret = rooms_of(visitor).teach(secret), secret
        return
    mine = rooms_of(visitor).mine()
    wanted = [one for one in mine if code in (one.code, one.join_code) or not code]
    if not wanted:
        tab.invited, tab.asking = code, bool(code)
    elif wanted[0].teaches:
        tab.teacher = wanted[0].code
    else:
        tab.learner = wanted[0].code


def action(
    label: str, icon: str, act: Callable[[], object], *, key: str, view: str = "", **more: Any
) -> None:
    """Draw a button that acts, and then shows a view."""
    on_click = partial(attempt, act, view)
    st.button(label, key=key, icon=f":material/{icon}:", on_click=on_click, **more)


def attempt(act: Callable[[], object], view: str = "") -> None:
    """Run an action, then show a view; keep its error for the page."""
    st.session_state[ACTED] = True
    with page_frame.keeping_error(of_session()):
        act()
        if view:
            st.session_state[VIEW] = view


def show_tab_error() -> None:
    """Show why the teacher's last action failed, once."""
    tab = of_session()
    error, tab.error = tab.error, None
    layout.show_error(error)


def confirmed(
    label: str, icon: str, question: str, yes: str, key: str, act: Callable[[], object]
) -> None:
    """Draw a button that asks first, and acts when `yes` is pressed."""
    with st.popover(label, icon=f":material/{icon}:"):
        st.markdown(question)
        st.button(yes, key=key, type="primary", on_click=partial(attempt, act))


def live(draw: Callable[P, object]) -> Callable[P, None]:
    """Return a part of the teacher's page that draws itself each second.

    After an action, and once the room is closed, the whole page is drawn.
    """

    @wraps(draw)
    def part(*args: P.args, **more: P.kwargs) -> None:
        page_frame.drawn_until(_is_over, partial(draw, *args, **more), POLL_SECONDS)

    return part


def _is_over() -> bool:
    """Return `True` after an action since the last drawing, or if the room is closed."""
    return st.session_state.pop(ACTED, False) or not rooms().is_open(of_session().teacher)


def room_sign(code: str, admits: bool = True) -> None:
    """Draw the code in large letters, with a QR code, or a warning if no phone can reach it."""
    heading = "Join with the code" if admits else "No new learners now"
    link, warning = page_link("Build", f"{CODE}={code}"), only_here()
    spaced = " ".join((code[:3], code[3:]))
    with st.container(key="room_sign", gap="small"):
        st.html(
            f'<div class="room-sign"><img alt="QR code of {escape(link)}" src="{qr_code(link)}">'
            f'<div><p class="quiet">{heading}</p><p class="code">{spaced}</p>'
            f'<p class="quiet">or at <b>{escape(link)}</b></p></div></div>'
        )
        if warning:
            st.warning(warning, icon=":material/wifi_off:")
