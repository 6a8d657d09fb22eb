"""My models: models saved under a name in this browser, and drafts of its other tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.draft_content import DraftContent, pack, title_of, unpack
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, page_frame
from components.app.parts.frame.visitor import draft_store, owner, sender
from components.app.parts.widgets import forms, layout, undo_row
from components.app.parts.widgets.downloads import download
from components.base import clock
from components.base.errors import PlaygroundError
from components.base.markup import escape_markdown
from components.base.text import humanize, plural
from components.experiments.queue.run import LONGEST_NAME
from components.sharing.code.archive import model_files
from components.teaching.people.draft_store import DraftInfo, DraftStore

LISTED = 30
"""Largest number of models or drafts in a list, the latest first."""
SEARCHED = 8
"""Number of models above which a search field is shown."""
UNDO_ROW = "my_models"


@dataclass
class MyModels:
    """The state of the lists in this session."""

    error: str | None = None
    renamed: str = ""
    """Id of the model whose name is being edited."""


def my_models(editor: ModelEditor) -> None:
    """Show the field that saves the model, the saved models, and the drafts."""
    state: MyModels = st.session_state.setdefault("my_models", MyModels())
    with page_frame.guarded():
        drafts, person = draft_store(), owner()
        saved = drafts.list(person, saved=True)
        st.markdown("**My models** · saved for this browser")
        _save(editor, state, drafts)
        layout.show_error(state.error)
        undo_row.undo_row(UNDO_ROW)
        models = _searched(saved)
        with st.container(gap=None, key="my_models_saved"):
            for model in models:
                _saved_model(editor, state, drafts, model)
        if not saved:
            st.caption("No saved models yet.")
        own = draft_tab.of_session().id
        others = [draft for draft in drafts.list(person, saved=False) if draft.id != own]
        if others:
            st.markdown("**Drafts** · saved automatically, from other tabs and earlier visits")
        with st.container(gap=None, key="my_models_drafts"):
            for draft in others[:LISTED]:
                _row(editor, state, drafts, draft, ("Delete",))
        if saved:
            download(
                f"Download {plural(len(saved), 'saved model')} as JSON",
                partial(_exported, drafts, person),
                "models.zip",
                key="my_models.export",
            )


def _save(editor: ModelEditor, state: MyModels, drafts: DraftStore) -> None:
    def save() -> None:
        page_frame.catch_up()
        form = train_state.form_of_session()
        content = pack(DraftContent(editor.draft, editor.marked(editor.valid), form=form))
        name = st.session_state["my_models.name"]
        with page_frame.keeping_error(state):
            replaced = drafts.save(owner(), name, title_of(editor.draft), content, sender())
            undo_row.withdraw_offer(UNDO_ROW)
            if replaced:
                _offer(drafts, replaced, "The model of that name was replaced.")

    with layout.row("my_models_save", vertical_alignment="bottom", wrap=False, gap="xsmall"):
        st.text_input(
            "Save this model as",
            humanize(editor.draft["name"]),
            max_chars=LONGEST_NAME,
            key="my_models.name",
            help="Saves the model with the data and settings of the Train page.",
        )
        st.button("Save", icon=":material/save:", key="my_models.save", on_click=save)


def _searched(saved: tuple[DraftInfo, ...]) -> list[DraftInfo]:
    """Return the models that match the search, the latest first."""
    if len(saved) <= SEARCHED:
        return list(saved)
    text = st.text_input(
        "Search",
        key="my_models.search",
        placeholder=f"Search {plural(len(saved), 'saved model')}",
        label_visibility="collapsed",
    )
    return [model for model in saved if text.lower() in model.name.lower()][:LISTED]


def _saved_model(
    editor: ModelEditor, state: MyModels, drafts: DraftStore, model: DraftInfo
) -> None:
    def rename(name: str) -> None:
        state.renamed = ""
        with page_frame.keeping_error(state):
            drafts.rename(owner(), model.id, name)

    if state.renamed == model.id:
        link = forms.linked(f"my_models.rename.{model.id}", model.name, rename)
        st.text_input("New name", model.name, max_chars=LONGEST_NAME, **link)
        return
    _row(editor, state, drafts, model, ("Rename", "Duplicate", "Delete"))


def _row(
    editor: ModelEditor,
    state: MyModels,
    drafts: DraftStore,
    item: DraftInfo,
    actions: tuple[str, ...],
) -> None:
    """Show a button that opens the model, the time of its last change, and a menu."""
    menu, name = f"my_models.menu.{item.id}", escape_markdown(item.name or item.title)

    def act() -> None:
        action = st.session_state[menu]
        with page_frame.keeping_error(state):
            if action == "Rename":
                state.renamed = item.id
            elif action == "Duplicate":
                drafts.duplicate(owner(), item.id, sender())
            elif action == "Delete":
                drafts.delete(owner(), item.id)
                _offer(drafts, item.id, f"{name} was deleted.")

    with layout.row(f"my_models_{item.id}", wrap=False, gap="xsmall"):
        st.button(
            name,
            key=f"my_models.open.{item.id}",
            type="tertiary",
            width="stretch",
            help="Open a copy. Undo brings your present model back.",
            on_click=partial(_open, editor, state, drafts, item.id),
        )
        st.caption(ago(item.changed), width="content")
        st.menu_button(
            f"Change {name}",
            actions,
            icon=":material/more_vert:",
            key=menu,
            type="tertiary",
            on_click=act,
        )


def _open(editor: ModelEditor, state: MyModels, drafts: DraftStore, draft_id: str) -> None:
    with page_frame.keeping_error(state):
        stored = drafts.find(owner(), draft_id)
        if stored is None:
            return
        content = unpack(stored.content)
        editor.open_draft(content.draft)
        draft_tab.of_session().link = content.link
        if content.form is not None:
            train = train_state.of_session()
            chosen = {name: getattr(train, name) for name in train_state.RUNS}
            train.restore({**content.form, **chosen})


def _offer(drafts: DraftStore, draft_id: str, text: str) -> None:
    undo_row.offer(UNDO_ROW, text, partial(drafts.restore, owner(), draft_id))


def _exported(drafts: DraftStore, person: str) -> bytes:
    """Return a zip with a JSON file for each saved model that can be read."""
    models = []
    for model in drafts.list(person, saved=True):
        stored = drafts.find(person, model.id)
        try:
            if stored is not None:
                models.append((model.name, unpack(stored.content).valid))
        except PlaygroundError:
            continue
    return model_files(models)


def ago(moment: datetime) -> str:
    """Return the time since `moment` in its largest unit, such as "2 hours ago"."""
    minutes = int((clock.utc_now() - moment).total_seconds() / 60)
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            return f"{plural(minutes // length, unit)} ago"
    return "just now"
