"""The relations of a race in the sidebar, several at a time, with their settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from components.core.errors import DataError
from components.core.markup import message_markdown
from components.model.spec import Architecture
from components.ui.compare.state import CompareState
from components.ui.kit import forms, layout
from components.ui.kit.data_panel import put
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec, nbytes


def relations(session: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Several relations, and the settings of one of them."""
    wrong = _unfit(editor.valid)
    options = [kind for kind in RELATIONS if kind not in wrong]
    shown = [kind for kind in session.kinds(train) if kind in options]
    if session.relations is not None:
        session.relations = tuple(shown)

    def changed(kinds: list[str]) -> None:
        session.relations = tuple(kinds)
        if len(session.relations) == 1:
            train.relation = session.relations[0]

    st.multiselect(
        "Relations",
        options,
        default=shown,
        format_func=lambda kind: RELATIONS[kind].title,
        placeholder="Choose one or more",
        help="How the label depends on the inputs. Several relations give a winner map.",
        **forms.linked("race.relations", shown, changed),
    )
    with layout.row("race_data"):
        with st.popover("Settings", icon=":material/tune:", key="race.relation_settings"):
            _settings(session, train, shown)
        if wrong:
            reasons = {RELATIONS[kind].title: why for kind, why in wrong.items()}
            left_out(reasons, "race.unfit_data")


def left_out(reasons: Mapping[str, str], key: str) -> None:
    """What can't be chosen now, and why."""
    label = "1 does not fit" if len(reasons) == 1 else f"{len(reasons)} do not fit"
    with st.popover(label, type="tertiary", key=key):
        for title, why in reasons.items():
            st.markdown(f"**{title}**  \n{message_markdown(why)}")


def _unfit(architecture: Architecture) -> dict[str, str]:
    """The relations that do not fit the model, and why."""
    wrong = {}
    for kind, relation in RELATIONS.items():
        try:
            nbytes(architecture, DataSpec(relation=relation(), samples=20))
        except DataError as error:
            wrong[kind] = str(error)
    return wrong


def _settings(session: CompareState, train: TrainState, kinds: list[str]) -> None:
    forms.rows(DataSpec, train.data, "data", partial(put, train.data), ("samples", "difficulty"))
    if not kinds:
        return
    kind = session.settings_of if session.settings_of in kinds else kinds[0]
    if len(kinds) > 1:
        titles = {kind: RELATIONS[kind].title for kind in kinds}
        choose = partial(setattr, session, "settings_of")
        forms.select("Settings of", titles, kind, "race.settings_of", choose)
    values = train.relation_settings(kind)
    forms.show(RELATIONS[kind], values, f"setting.{kind}", partial(put, values))
