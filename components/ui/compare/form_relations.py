"""The sidebar's relations for a race, several at a time, with their dials."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from components.core.errors import DataError
from components.model.spec import Architecture
from components.ui.compare import state
from components.ui.compare.state import CompareState
from components.ui.kit import forms
from components.ui.kit.data_panel import put
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec, nbytes


def relations(contest: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Several relations, and the dials of one of them."""
    wrong = _unfit(editor.valid)
    options = [kind for kind in RELATIONS if kind not in wrong]
    shown = [kind for kind in contest.kinds(train) if kind in options]
    if contest.relations is not None:
        contest.relations = tuple(shown)
    widget = forms.widget_key("race.relations", shown)

    def changed(kinds: list[str]) -> None:
        contest.relations = tuple(kinds)
        if len(contest.relations) == 1:
            train.relation = contest.relations[0]

    st.multiselect(
        "Relations of inputs and label",
        options,
        default=shown,
        format_func=lambda kind: RELATIONS[kind].title,
        key=widget,
        placeholder="Choose one or more",
        help="Several make a winner map: which strategy wins where.",
        on_change=forms.when_changed("race.relations", widget, changed),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="race_data"):
        with st.popover("Dials", icon=":material/tune:", key="race.dials"):
            _dials(contest, train, shown)
        if wrong:
            told = {RELATIONS[kind].title: why for kind, why in wrong.items()}
            left_out(told, "race.unfit_data")


def left_out(told: Mapping[str, str], key: str) -> None:
    """What cannot be chosen now, and why."""
    label = "1 does not fit" if len(told) == 1 else f"{len(told)} do not fit"
    with st.popover(label, type="tertiary", key=key):
        for title, why in told.items():
            st.markdown(f"**{title}**  \n{why}")


def _unfit(architecture: Architecture) -> dict[str, str]:
    """Why relations do not fit the model."""
    wrong = {}
    for kind, relation in RELATIONS.items():
        try:
            nbytes(architecture, DataSpec(relation=relation(), samples=20))
        except DataError as error:
            wrong[kind] = str(error)
    return wrong


def _dials(contest: CompareState, train: TrainState, kinds: list[str]) -> None:
    forms.rows(DataSpec, train.data, "data", partial(put, train.data), ("samples", "difficulty"))
    if not kinds:
        return
    kind = contest.dials_of if contest.dials_of in kinds else kinds[0]
    if len(kinds) > 1:
        widget = forms.widget_key("race.dials_of", kind)
        st.selectbox(
            "Dials of",
            kinds,
            index=kinds.index(kind),
            format_func=lambda kind: RELATIONS[kind].title,
            key=widget,
            on_change=forms.when_changed(
                "race.dials_of", widget, partial(setattr, contest, "dials_of")
            ),
        )
    values = state.dials(train, kind)
    forms.show(RELATIONS[kind], values, f"dial.{kind}", partial(put, values))
