"""Share links: opening the one in the address, and giving one for the present model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import message_markdown
from components.export.link import PARAMETER, LinkContent, share
from components.lessons.hand_in import parse_work
from components.model.spec import Architecture
from components.training.requests import Settings
from components.ui.editor import train_state
from components.ui.editor.model_editor import ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import draft_tab
from components.ui.frame.network import show_address, show_network_address
from components.ui.frame.sharing import page_link

_REFUSED, _REASON = "link_refused", "link_reason"
"""The token that was not opened; and why, with the model that was on screen."""


def opened(query_params: Mapping[str, str]) -> LinkContent | str | None:
    """The content of the address's link, or why it can't be opened; `None` without a link."""
    token = query_params.get(PARAMETER)
    return None if token is None else _content(token)


@lru_cache(maxsize=64)
def _content(token: str) -> LinkContent | str:
    try:
        return parse_work(token).content
    except PlaygroundError as error:
        return str(error)


def open_link(editor: ModelEditor, train: TrainState) -> None:
    """Open the address's link, once a session; undo brings the model before it back.

    A link that can't be opened leaves the model as it is. Call it before the draft is checked.
    """
    content, tab = opened(st.query_params), draft_tab.of_session()
    token = st.query_params.get(PARAMETER)
    if content is None or token in (tab.link or None, st.session_state.get(_REFUSED)):
        return
    if isinstance(content, LinkContent):
        tab.link = str(token)
        editor.open(content.architecture)
        train.use_content(content)
    else:
        st.session_state[_REFUSED] = token
        st.session_state[_REASON] = (content, editor.marked(editor.valid))


def check_link(editor: ModelEditor) -> None:
    """Show why a link was not opened, and remove a link that is no longer the model on screen.

    The error goes as soon as the model changes. Call it after the draft is checked.
    """
    model = editor.marked(editor.shown)
    refused, model_then = st.session_state.get(_REASON, (None, None))
    if refused is not None and model == model_then:
        st.error(message_markdown(refused), icon=":material/link_off:")
        return
    st.session_state.pop(_REASON, None)
    content = opened(st.query_params)
    if content is not None and not (
        isinstance(content, LinkContent) and content.architecture == model
    ):
        del st.query_params[PARAMETER]


def back_to_link(editor: ModelEditor) -> None:
    """A button that brings the model of the tab's link back, once it was changed."""
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
    """The link to the present model, with data and settings if wanted."""
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
    data = train.spec(model)
    return share(model, None if isinstance(data, str) else data, Settings(**train.settings))
