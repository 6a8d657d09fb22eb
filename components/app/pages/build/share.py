"""Share links: open the link in the address, and create one for the model on the page."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import draft_tab
from components.app.parts.frame.network import show_address, show_network_address
from components.app.parts.frame.sharing import page_link
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.sharing.links.link import PARAMETER, LinkContent, share
from components.teaching.lessons.hand_in import parse_work

_REFUSED = "link_refused"
"""Session key of the link that was refused: its token, the reason, and the model on screen then."""


@lru_cache(maxsize=64)
def _content(token: str) -> LinkContent | str:
    """Return the content of a link, or the reason why it can't be opened."""
    try:
        return parse_work(token).content
    except PlaygroundError as error:
        return str(error)


def open_link(editor: ModelEditor, train: TrainState) -> None:
    """Open the link in the address, once a session; undo restores the model before it.

    A link that can't be opened leaves the model unchanged. Call this before the draft is checked.
    """
    token, tab = st.query_params[PARAMETER], draft_tab.of_session()
    refused, *_ = st.session_state.get(_REFUSED, (None,))
    if token in (tab.link or None, refused):
        return
    content = _content(token)
    if isinstance(content, LinkContent):
        tab.link = token
        editor.open(content.architecture)
        train.use_content(content)
    else:
        st.session_state[_REFUSED] = token, content, editor.marked(editor.valid)


def check_link(editor: ModelEditor) -> None:
    """Show why a link was not opened; remove it from the address if the model has changed.

    The error disappears as soon as the model changes. Call this after the draft is checked.
    """
    model = editor.marked(editor.shown)
    _, why, model_then = st.session_state.get(_REFUSED, ("", "", None))
    if model == model_then:
        st.error(message_markdown(why), icon=":material/link_off:")
        return
    st.session_state.pop(_REFUSED, None)
    content = _content(st.query_params[PARAMETER])
    if not isinstance(content, LinkContent) or content.architecture != model:
        del st.query_params[PARAMETER]


def back_to_link(editor: ModelEditor) -> None:
    """Show a button that restores the model of the tab's link, if the model was changed."""
    token = draft_tab.of_session().link
    content = _content(token) if token else None
    if not isinstance(content, LinkContent) or content.architecture == editor.marked(editor.shown):
        return

    def back() -> None:
        editor.open(content.architecture)
        train_state.of_session().use_content(content)

    st.button(
        "Back to the link's model",
        key="back_to_link",
        icon=":material/link:",
        type="tertiary",
        help="You edit a copy of the model that a link opened. Undo brings your copy back.",
        on_click=back,
    )


def share_link(editor: ModelEditor, train: TrainState) -> None:
    """Show the link to the model on the page, with data and settings on request."""
    own = train.source == "own"
    included = st.checkbox(
        "Include data and settings",
        key="share_along",
        disabled=own,
        help="Adds the data and settings of the Train page: a run from the link gives the same "
        "numbers. Your own data files are never included.",
        persist_state="session",
    )
    try:
        token = _token(editor.marked(editor.shown), train, included and not own)
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/link_off:")
        return
    show_address(page_link("Build", f"{PARAMETER}={token}"))
    show_network_address()
    st.caption("The link contains the whole model. Nothing is stored on a server.")


def _token(model: Architecture, train: TrainState, included: bool) -> str:
    if not included:
        return share(model)
    data = train.chosen_data(model)
    return share(model, None if isinstance(data, str) else data, Settings(**train.settings))
