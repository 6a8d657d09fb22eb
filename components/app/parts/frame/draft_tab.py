"""Draft of this browser tab: found in the store when the tab opens, and written in the background.

The tab's address names its draft (`?d=`), and the visitor's cookie its owner: an address that
another person sent opens nothing of theirs. A draft that another open tab has is copied.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.draft_content import DraftContent, pack, title_of, unpack
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame.visitor import draft_store, owner, sender
from components.app.streamlit_edge.script_run import session_id
from components.app.streamlit_edge.sessions import is_connected
from components.base.errors import PlaygroundError, public_text
from components.sharing.links.link import PARAMETER as LINK
from components.teaching.people.draft_store import DraftChange, DraftStore, StoredDraft, new_id
from components.teaching.people.draft_writer import DraftWriter
from sample_data.content import presets

PARAMETER = "d"
"""Parameter of the address that names the draft."""
FIND_SECONDS = 5.0
"""Seconds that a tab waits for its draft when it opens."""
_ID = re.compile("[0-9a-f]{12}")


@dataclass
class DraftTab:
    """Draft that this tab writes, and its last written state."""

    owner: str
    holder: str
    sender: str
    id: str = field(default_factory=new_id)
    id_if_taken: str = field(default_factory=new_id)
    link: str = ""
    """Token of the share link whose model this tab opened."""
    problem: str = ""
    """Reason why the draft could not be opened."""
    draft: Draft | None = None
    form: dict[str, Any] | None = None
    paused: bool = False
    """`True` while the tab shows the model of another person, which is not written."""

    def written(self, draft_id: str) -> None:
        """Note the id of the stored draft: another one if another session has it."""
        if draft_id != self.id:
            self.id, self.id_if_taken = draft_id, new_id()


@dataclass(frozen=True)
class _TabState:
    """State of a tab's draft, which the writer's thread turns into bytes."""

    tab: DraftTab
    content: DraftContent

    def change(self) -> DraftChange:
        tab, title = self.tab, title_of(self.content.draft)
        return DraftChange(
            tab.owner, tab.id, tab.holder, title, pack(self.content), tab.id_if_taken, tab.sender
        )

    def written(self, draft_id: str) -> None:
        self.tab.written(draft_id)


def of_session() -> DraftTab:
    """Return the draft of this session. The first call opens its model, data and settings."""
    tab: DraftTab | None = st.session_state.get("draft_tab")
    if tab is None:
        tab = DraftTab(owner(), session_id(), sender())
        if "editor" not in st.session_state:
            st.session_state["editor"] = ModelEditor.of(presets.load(presets.DEFAULT))
            _open(tab)
        tab.draft = st.session_state["editor"].draft
        st.session_state["draft_tab"] = tab
    return tab


def keep(tab: DraftTab) -> None:
    """Have the draft written if it has changed. This takes some microseconds."""
    if tab.paused:
        return
    editor: ModelEditor = st.session_state["editor"]
    form = train_state.form_of_session()
    if tab.form is None:
        tab.form = form
    if editor.draft is tab.draft and form == tab.form:
        return
    tab.draft, tab.form, tab.problem = editor.draft, form, ""
    content = DraftContent(editor.draft, editor.valid, tuple(editor.past), tab.link, form)
    writer().put(tab.id, _TabState(tab, content))


def problem(tab: DraftTab) -> str:
    """Return a sentence for a page that shows the draft; empty if all is well."""
    failure = writer().failure
    if failure is None:
        return tab.problem if st.session_state["editor"].draft is tab.draft else ""
    return f"Your changes can't be kept now: a reload would lose them. {public_text(failure)}"


def _open(tab: DraftTab) -> None:
    """Open the draft of the address, otherwise the latest of this browser.

    A new visit to a share link or to the link of a race gets a draft of its own.
    """
    address = st.query_params.get(PARAMETER, "")
    wanted, link = address if _ID.fullmatch(address) else "", st.query_params.get(LINK, "")
    if (link or "race" in st.query_params) and not wanted:
        return
    try:
        # Only an answer in time changes the tab: a late one finds it at work on another draft.
        draft = writer().ask(partial(_find, tab, wanted, link), FIND_SECONDS)
        if draft is not None:
            tab.id, content = draft
            _restore(tab, content)
    except PlaygroundError as error:
        tab.problem = f"Your last draft could not be opened. {public_text(error)}"
    except TimeoutError:
        tab.problem = "Your last draft could not be opened: the database does not answer."


def _restore(tab: DraftTab, content: DraftContent) -> None:
    st.session_state["editor"] = content.editor()
    tab.link = content.link
    if content.form is not None and not train_state.of_session().restore(content.form):
        tab.problem = "Data and settings of your last draft can't be read by this version."


def _find(
    tab: DraftTab, wanted: str, link: str, store: DraftStore
) -> tuple[str, DraftContent] | None:
    """Return the id and content of the draft to open; the id is new if another tab has it open.

    A draft that can't be read is removed.
    """
    stored = store.find(tab.owner, wanted) if wanted else None
    if stored is None and not link:
        stored = store.latest(tab.owner)
    if stored is None:
        return None
    try:
        content = unpack(stored.content)
    except PlaygroundError:
        store.delete(tab.owner, stored.id)
        raise
    if link and content.link != link:
        return None
    if stored.name or _is_open_elsewhere(stored, tab):
        return tab.id, content
    store.hold(tab.owner, stored.id, tab.holder)
    return stored.id, content


def _is_open_elsewhere(draft: StoredDraft, tab: DraftTab) -> bool:
    """Return `True` if another tab that this server knows has the draft open."""
    return draft.holder != tab.holder and is_connected(draft.holder)


_writer: DraftWriter | None = None
_lock = threading.Lock()


def writer() -> DraftWriter:
    """Return the writer of this process, made at the first call and at the first after `close`."""
    global _writer
    with _lock:
        if _writer is None or _writer.closed:
            _writer = DraftWriter(draft_store)
        return _writer


def close() -> None:
    """Write the waiting states, and end the writer."""
    if _writer is not None:
        _writer.close()
