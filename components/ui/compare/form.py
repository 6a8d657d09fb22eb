"""The sidebar: strategies, data, seeds and settings of the next race."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.analysis.reference import TRAITS
from components.core.errors import PlaygroundError
from components.merges import MERGES
from components.model.spec import Architecture
from components.race.candidates import Candidate
from components.race.entries import parse_entry
from components.race.plan import MOST_SEEDS, Race
from components.training.requests import Settings
from components.ui.compare import state
from components.ui.compare.form_relations import left_out, relations
from components.ui.compare.state import FIRST, MLP, CompareState
from components.ui.kit import forms
from components.ui.kit.data_panel import data_panel, put
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState

AS_IS, MATCHED = "As is", "Matched parameters"
SETS = {words.capitalize(): trait for trait, words in TRAITS.items()}
"""Sets of strategies by what is in them."""
ALL, SIX = "All that fit", "Six to begin with"


def form(editor: ModelEditor, train: TrainState, contest: CompareState) -> Race | None:
    """Draw it. The race it describes; nothing, and a sentence, where there is none."""
    architecture = editor.valid
    with st.container(gap="xsmall"):
        _places(architecture, contest)
    found = state.candidates.get((architecture, contest.merge))
    fitting = _fitting(found)
    _strategies(contest, found, fitting)
    with st.container():
        data_panel(editor, train, partial(relations, contest))
    with st.container():
        _comparison(contest, train)
    with st.container():
        if found is None:
            return None
        entries = [text for text in contest.chosen if fits(text, found)]
        try:
            return state.race_of(contest, train, architecture, entries)
        except PlaygroundError as error:
            st.error(str(error), icon=":material/error:")
            return None


def fits(text: str, found: Mapping[str, Candidate]) -> bool:
    """Whether an entry's strategy fits the model."""
    candidate = found.get(text.partition(":")[0])
    return candidate is not None and candidate.architecture is not None


def _fitting(found: Mapping[str, Candidate] | None) -> list[str]:
    """Entries that can be chosen; all while it is not known which fit."""
    kinds = [kind for kind in MERGES if found is None or fits(kind, found)]
    if "concatenate" in kinds:
        kinds.insert(kinds.index("concatenate") + 1, MLP)
    return kinds


def _places(architecture: Architecture, contest: CompareState) -> None:
    """Which merge is replaced and which head compared, where there are several."""
    merges = [merge.name for merge in architecture.merges]
    heads = [head.name for head in architecture.heads]
    if contest.merge not in merges[:-1]:
        contest.merge = ""
    if contest.head not in heads[1:]:
        contest.head = ""
    if len(merges) > 1:
        _one_of(contest, "merge", "Merge that is replaced", [*reversed(merges)])
    if len(heads) > 1:
        _one_of(contest, "head", "Head that is compared", heads)


def _one_of(contest: CompareState, field: str, label: str, names: list[str]) -> None:
    """A select whose first name stands for the default."""
    shown = getattr(contest, field) or names[0]
    key = f"race.{field}"
    widget = forms.widget_key(key, shown)

    def changed(name: str) -> None:
        setattr(contest, field, "" if name == names[0] else name)

    st.selectbox(
        label,
        names,
        index=names.index(shown),
        key=widget,
        on_change=forms.when_changed(key, widget, changed),
    )


def _strategies(
    contest: CompareState, found: Mapping[str, Candidate] | None, fitting: list[str]
) -> None:
    shown = [text for text in contest.chosen if found is None or fits(text, found)]
    widget = forms.widget_key("race.strategies", shown)

    def changed(taken: list[str]) -> None:
        texts, contest.error = [], None
        for text in taken:
            try:
                texts.append(parse_entry(text).text)
            except PlaygroundError as error:
                contest.error = str(error)
        contest.chosen = tuple(dict.fromkeys(texts))

    st.multiselect(
        "Strategies",
        list(dict.fromkeys([*fitting, *shown])),
        default=shown,
        format_func=state.title_of,
        key=widget,
        accept_new_options=True,
        placeholder="Choose, or write gated:units=8",
        help="What races in place of one merge of the model on the Build page. Fields of a "
        "strategy can be written out, as in `gated:units=8` or `concatenate:then=dense`.",
        on_change=forms.when_changed("race.strategies", widget, changed),
    )
    _sets(contest, found)


def _sets(contest: CompareState, found: Mapping[str, Candidate] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="race_sets"):
        if found is None:
            st.caption("Strategies are tried on your model …")
            return
        chosen = st.menu_button("Sets", [SIX, ALL, *SETS], key="race.sets", icon=":material/tune:")
        if chosen is not None:
            contest.chosen = _set(chosen, found)
            st.rerun()
        missing = {kind: one for kind, one in found.items() if one.architecture is None}
        if missing:
            told = {MERGES[kind].title: str(one.why or "") for kind, one in missing.items()}
            left_out(told, "race.unfit")


def _set(name: str, found: Mapping[str, Candidate]) -> tuple[str, ...]:
    if name == SIX:
        return FIRST
    kinds = [kind for kind in found if fits(kind, found)]
    if name == ALL:
        return tuple(kinds)
    return tuple(kind for kind in kinds if SETS[name] in MERGES[kind].traits)


def _comparison(contest: CompareState, train: TrainState) -> None:
    st.markdown("**Comparison**")
    how = MATCHED if contest.matched else AS_IS
    widget = forms.widget_key("race.matched", how)
    st.segmented_control(
        "Comparison",
        (AS_IS, MATCHED),
        default=how,
        required=True,
        key=widget,
        label_visibility="collapsed",
        width="stretch",
        help="Matched: widths are fitted so that all have as many parameters, within 2 %.",
        on_change=forms.when_changed(
            "race.matched", widget, lambda how: setattr(contest, "matched", how == MATCHED)
        ),
    )
    left, right = st.columns(2, gap="small")
    with left:
        _seeds(contest)
    change: Any = partial(put, train.settings)
    with right:
        forms.show(Settings, train.settings, "settings", change, only=("epochs",))
    with st.expander("More settings", icon=":material/tune:", key="race.settings"):
        forms.show(Settings, train.settings, "settings", change, skip=("epochs", "seed"))


def _seeds(contest: CompareState) -> None:
    widget = forms.widget_key("race.seeds", contest.seeds)
    st.number_input(
        "Seeds",
        min_value=1,
        max_value=MOST_SEEDS,
        value=contest.seeds,
        step=1,
        key=widget,
        help="Runs of each strategy on each data, each with other weights, other samples and "
        "another order. Verdicts take two or more.",
        on_change=forms.when_changed("race.seeds", widget, partial(setattr, contest, "seeds")),
    )
