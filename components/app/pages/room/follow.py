"""Follow me: a teacher's page, model and selected layer, and their copy in a learner's tab."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from components.app.pages.room import tab as room_tab
from components.app.pages.room.tab import Following, RoomTab
from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import draft_tab, open_lesson, page_frame
from components.app.parts.lesson.opening import HANDLED
from components.app.parts.widgets import projector
from components.base.errors import PlaygroundError
from components.base.pages import page_file, pages
from components.experiments.training.requests import Settings
from components.sharing.links.link import PARAMETER, parse_link, share
from components.teaching.rooms.content import LedView
from sample_data.loading.sources import Data

_EDITOR, _TRAIN = "editor", "train_state"


# The teacher's tab


def view_of(page: str) -> LedView:
    """Return the view of this tab. Raises `LinkError` if the model is too large to be sent."""
    editor, train = page_frame.editor(), train_state.of_session()
    parts: tuple[Data, Settings] | tuple[()] = ()
    if train.source != "own":
        parts = train.chosen_data(editor.valid), Settings(**train.settings)
    return LedView(page=page, token=share(editor.valid, *parts), layer=editor.selected or "")


def send_view(tab: RoomTab, page: str) -> None:
    """Send the view of this tab to the class, if the class follows and the view is new.

    A tab on a projector does not lead, nor does the page of the class room.
    """
    room = room_tab.rooms().teacher(tab.teacher)
    with suppress(PlaygroundError):
        led = room.content().led
        if led is None or projector.on() or page not in pages():
            tab.led = led
        elif (view := view_of(page)) != tab.led:
            tab.led = view
            room.lead(view)


# A learner's tab


def begin(tab: RoomTab, page: str) -> None:
    """Show the teacher's view, or the learner's own again, before the page is drawn.

    A learner who goes to another page, opens something or changes the model stops following.
    """
    led = _led(tab)
    if led is None:
        stop_following(tab)
        tab.left = False
        return
    following = tab.following
    if following and page_frame.editor().draft is not following.model:
        keep_shown_model(tab)
    elif following and ((following.arrived and page != following.led.page) or _opens_something()):
        leave(tab)
    if tab.left or led.page not in pages():
        return
    if tab.following is None or tab.following.led != led:
        _show(tab, led)
    if tab.following and page != led.page:
        st.switch_page(page_file(led.page))
    elif tab.following:
        tab.following.arrived = True


def is_behind(tab: RoomTab, led: LedView | None) -> bool:
    """Return `True` if the page must be drawn again, for the teacher's view or the own one."""
    following, wanted = tab.following, None if tab.left else led
    if following is None:
        return wanted is not None
    return following.led != wanted or page_frame.editor().draft is not following.model


def stop_following(tab: RoomTab) -> None:
    """Show the learner's own model, data and settings again."""
    following, tab.following = tab.following, None
    if following is None:
        return
    st.session_state[_EDITOR] = following.own
    st.session_state[_TRAIN] = following.own_train or TrainState()
    draft_tab.of_session().paused = False


def leave(tab: RoomTab) -> None:
    """Stop following, until the learner comes back or the teacher starts again."""
    tab.left = True
    stop_following(tab)


def keep_shown_model(tab: RoomTab) -> None:
    """Replace the learner's model by the shown one. *Undo* restores the learner's."""
    model = page_frame.editor().draft
    leave(tab)
    page_frame.editor().open_draft(model)


def controls(tab: RoomTab, key: str) -> None:
    """Draw the learner's controls of following, in the note over the page and in their panel."""
    if tab.following is None:
        st.markdown("Your teacher shows a page.")
        if page_frame.pressed("Follow", key=f"room_follow_{key}", icon=":material/cast:"):
            tab.left = False
            st.rerun()
        return
    st.markdown("You follow your teacher.")
    if page_frame.pressed(
        "Take this model",
        key=f"room_take_{key}",
        icon=":material/download_done:",
        help="It becomes yours. Undo on the Build page brings your own back.",
    ):
        keep_shown_model(tab)
        st.rerun()
    if page_frame.pressed("Stop", key=f"room_unfollow_{key}", icon=":material/close:"):
        leave(tab)
        st.rerun()


def _led(tab: RoomTab) -> LedView | None:
    """Return the teacher's present view; the last known one while the store can't be read."""
    if not tab.learner:
        return None
    try:
        view = room_tab.rooms().learner(tab.learner).view()
    except PlaygroundError:
        return tab.following.led if tab.following else None
    return view.led if view else None


def _opens_something() -> bool:
    """Return `True` if this run of the page opens a link or a lesson."""
    link = st.query_params.get(PARAMETER, draft_tab.of_session().link)
    lesson = st.query_params.get(open_lesson.PARAMETER)
    new = bool(lesson) and lesson not in st.session_state.get(HANDLED, ())
    wanted = open_lesson.WANTED in st.session_state or open_lesson.STEP in st.query_params
    return new or wanted or link != draft_tab.of_session().link


def _show(tab: RoomTab, led: LedView) -> None:
    """Show the teacher's view in place of the learner's, which is kept unchanged."""
    content, following = parse_link(led.token), tab.following
    own = following.own if following else page_frame.editor()
    own_train = following.own_train if following else st.session_state.get(_TRAIN)
    editor, train = ModelEditor.of(content.architecture), TrainState()
    if following and following.led.token == led.token:
        editor = page_frame.editor()
    else:
        st.session_state[_EDITOR], st.session_state[_TRAIN] = editor, train
        train.use_content(content)
    editor.select(led.layer)
    draft_tab.of_session().paused = True
    tab.following = Following(led, editor.draft, own, own_train)
