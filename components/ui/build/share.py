"""Share links in the page: what an address opens, and the link that the page gives."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.registry import kind_of
from components.export.link import PARAMETER, LinkContent, parse_link, share
from components.model.spec import Architecture
from components.training.requests import Settings
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState
from sample_data.sources import CollectionSpec
from sample_data.synthetic import DataSpec

_FOLLOWED = "link_followed"
_REFUSED = "link_refused"


def opened(query_params: Mapping[str, str]) -> LinkContent | str | None:
    """What the address holds, or why it cannot be opened; nothing where it holds no link."""
    token = query_params.get(PARAMETER)
    if token is None:
        return None
    try:
        return parse_link(token)
    except PlaygroundError as error:
        return str(error)


def follow(editor: ModelEditor, train: TrainState) -> None:
    """Open what the address holds, once in a session; what was there can be had by undo.

    A link that cannot be opened leaves the model as it is. To be called before the editor
    settles.
    """
    found = opened(st.query_params)
    if found is None or st.session_state.get(_FOLLOWED) == st.query_params[PARAMETER]:
        return
    st.session_state[_FOLLOWED] = st.query_params[PARAMETER]
    if isinstance(found, LinkContent):
        editor.open(found.architecture)
        take(train, found)
    else:
        st.session_state[_REFUSED] = (found, editor.valid)


def followed(editor: ModelEditor) -> None:
    """Say why a link was not opened, and keep the address true, once the editor has settled.

    Both end as soon as the model is another one: the sentence goes, and so does a parameter that
    holds what is no longer on screen.
    """
    model = editor.shown
    refused, then = st.session_state.get(_REFUSED, (None, None))
    if refused is not None and model == then:
        st.error(refused, icon=":material/link_off:")
        return
    st.session_state.pop(_REFUSED, None)
    found = opened(st.query_params)
    if found is not None and not (isinstance(found, LinkContent) and found.architecture == model):
        del st.query_params[PARAMETER]


def take(train: TrainState, shared: LinkContent) -> None:
    """Put the data and settings that ride along into the Train page's widgets."""
    data = shared.data
    if isinstance(data, DataSpec):
        train.source, train.relation = "relation", kind_of(type(data.relation))
        train.dials[train.relation] = data.relation.model_dump(exclude={"kind"})
        train.data = data.model_dump(exclude={"relation"})
    elif isinstance(data, CollectionSpec):
        train.source, train.collection = "collection", data.collection
        train.drawn = data.model_dump(exclude={"collection"})
    if shared.settings is not None:
        train.settings = shared.settings.model_dump()


def share_link(editor: ModelEditor, train: TrainState) -> None:
    """The link to the model at hand, with its data and settings where that is wanted."""
    own = train.source == "own"
    along = st.checkbox(
        "Take data and settings along",
        key="share_along",
        disabled=own,
        help="What the Train page is set to: the link then opens a run that gives the same "
        "numbers. A file of your own stays on this machine.",
        persist_state="session",
    )
    try:
        token = _token(editor.shown, train, along and not own)
    except PlaygroundError as error:
        st.warning(str(error), icon=":material/link_off:")
        return
    st.code(address(str(st.context.url or ""), token), language=None, wrap_lines=True)
    st.caption(
        "The link holds the whole model; nothing is kept on a server, and it opens the same "
        "model in any later version."
    )


def address(url: str, token: str) -> str:
    """The Build page's address, which may have other parameters, with the token."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", f"{PARAMETER}={token}", ""))


def _token(model: Architecture, train: TrainState, along: bool) -> str:
    if not along:
        return share(model)
    data = train.spec(model)
    return share(model, None if isinstance(data, str) else data, Settings(**train.settings))
