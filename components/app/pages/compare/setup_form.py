"""The form in the sidebar: strategies, data, seeds and settings of the next race."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.app.pages.compare import state
from components.app.pages.compare.state import CompareState
from components.app.parts.data.data_panel import data_panel, put
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.widgets import forms, layout
from components.base.errors import DataError, PlaygroundError
from components.base.markup import message_markdown
from components.experiments.races.entries import FIRST, MLP, parse_entry
from components.experiments.races.fitted import Fitted
from components.experiments.races.setup import MOST_SEEDS, Race
from components.experiments.training.requests import Settings
from components.models.analysis.reference import TRAITS
from components.models.architecture.architecture import Architecture
from components.models.merges import MERGES
from sample_data.loading.synthetic import DataSpec, nbytes
from sample_data.relations import RELATIONS

AS_IS, MATCHED = "As is", "Matched parameters"
SETS = {words.capitalize(): trait for trait, words in TRAITS.items()}
"""Sets of strategies that share a trait."""
ALL, SIX = "All that fit", "Six to start with"


def setup_form(editor: ModelEditor, train: TrainState, session: CompareState) -> Race | None:
    """Draw the form and return its race.

    If it describes no valid race, show the error and return `None`.
    """
    architecture = editor.valid
    with st.container(gap="xsmall"):
        _merge_and_head(architecture, session)
    candidates = state.candidates.get((architecture, session.merge))
    _strategies(session, candidates)
    with st.container():
        data_panel(editor, train, partial(relations, session))
    with st.container():
        _comparison(session, train)
    with st.container():
        if candidates is None:
            return None
        entries = [text for text in session.chosen if fits(text, candidates)]
        try:
            return state.race_of(session, train, architecture, entries)
        except PlaygroundError as error:
            layout.show_error(str(error))
            return None


def fits(text: str, candidates: Mapping[str, Fitted]) -> bool:
    """Return `True` if the strategy of an entry fits the model."""
    candidate = candidates.get(text) or candidates.get(text.partition(":")[0])
    return candidate is not None and candidate.architecture is not None


def _merge_and_head(architecture: Architecture, session: CompareState) -> None:
    """Show the choice of the replaced merge and of the compared head, if there are several."""
    merges = [merge.name for merge in architecture.merges]
    heads = [head.name for head in architecture.heads]
    if session.merge not in merges[:-1]:
        session.merge = ""
    if session.head not in heads[1:]:
        session.head = ""
    if len(merges) > 1:
        _select_part(session, "merge", "Replaced merge", [*reversed(merges)])
    if len(heads) > 1:
        _select_part(session, "head", "Compared head", heads)


def _select_part(session: CompareState, field: str, label: str, names: list[str]) -> None:
    """Show a select box whose first option is the default."""
    shown = getattr(session, field) or names[0]

    def changed(name: str) -> None:
        setattr(session, field, "" if name == names[0] else name)

    forms.select(label, dict(zip(names, names, strict=True)), shown, f"race.{field}", changed)


def _strategies(session: CompareState, candidates: Mapping[str, Fitted] | None) -> None:
    """Show the choice of strategies: those that fit, or all until that is known."""

    def fitting(entries: Iterable[str]) -> list[str]:
        return [text for text in entries if candidates is None or fits(text, candidates)]

    shown, options = fitting(session.chosen), fitting(MERGES)
    if "concatenate" in options and fitting([MLP]):
        options.insert(options.index("concatenate") + 1, MLP)

    def changed(taken: list[str]) -> None:
        texts, session.error = [], None
        for text in taken:
            try:
                texts.append(parse_entry(text).text)
            except PlaygroundError as error:
                session.error = str(error)
        session.chosen = tuple(dict.fromkeys(texts))

    st.multiselect(
        "Strategies",
        list(dict.fromkeys([*options, *shown])),
        default=shown,
        format_func=state.title_of,
        accept_new_options=True,
        placeholder="Choose, or type gated:units=8",
        help="Each strategy replaces one merge of the model. You can set its fields, as in "
        "`gated:units=8` or `concatenate:then=dense`.",
        **forms.linked("race.strategies", shown, changed),
    )
    _sets(session, candidates)


def _sets(session: CompareState, candidates: Mapping[str, Fitted] | None) -> None:
    if candidates is None:
        st.caption("Trying the strategies on your model …")
        return
    key = "race.sets"

    def choose(name: str) -> None:
        session.chosen = _set(name, candidates)
        st.session_state[key] = False

    with st.popover("Sets", icon=":material/tune:", key=key, on_change="rerun"):
        with st.container(gap=None):
            for name in (SIX, ALL, *SETS):
                st.button(
                    name, key=f"{key}.{name}", type="tertiary", on_click=partial(choose, name)
                )
        missing = {text: one for text, one in candidates.items() if one.architecture is None}
        left_out({state.title_of(text): str(one.why or "") for text, one in missing.items()})


def _set(name: str, candidates: Mapping[str, Fitted]) -> tuple[str, ...]:
    if name == SIX:
        return FIRST
    kinds = [kind for kind in MERGES if fits(kind, candidates)]
    if name == ALL:
        return tuple(kinds)
    return tuple(kind for kind in kinds if SETS[name] in MERGES[kind].traits)


def _comparison(session: CompareState, train: TrainState) -> None:
    layout.heading("Comparison")
    how = MATCHED if session.matched else AS_IS

    def changed(how: str) -> None:
        session.matched = how == MATCHED

    st.segmented_control(
        "Comparison",
        (AS_IS, MATCHED),
        default=how,
        required=True,
        label_visibility="collapsed",
        width="stretch",
        help="Matched parameters: widths are changed so that all strategies have the same number "
        "of parameters, within 2 %.",
        **forms.linked("race.matched", how, changed),
    )
    left, right = st.columns(2, gap="small")
    with left:
        _seeds(session)
    change: Any = partial(put, train.settings)
    with right:
        forms.draw_settings(Settings, train.settings, "settings", change, only=("epochs",))
    skipped: tuple[str, ...] = ("epochs", "seed")
    if train.source == "own":
        skipped = (*skipped, "validation_share")
    with st.expander("More settings", icon=":material/tune:", key="race.settings"):
        forms.draw_settings(Settings, train.settings, "settings", change, skip=skipped)


def _seeds(session: CompareState) -> None:
    st.number_input(
        "Seeds",
        min_value=1,
        max_value=MOST_SEEDS,
        value=session.seeds,
        step=1,
        help="Trainings per strategy and dataset, each with new weights and order, and new "
        "samples of a relation; the held-out rows of your own file stay the same. A "
        "verdict needs at least 3, and 4 where some trainings fail to learn. Choose their number "
        "before you look: adding seeds because of a result makes chance findings more likely.",
        **forms.linked("race.seeds", session.seeds, partial(setattr, session, "seeds")),
    )


def relations(session: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Show the choice of several relations, and the settings of one of them."""
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
    with st.popover("Settings", icon=":material/tune:", key="race.relation_settings"):
        _relation_settings(session, train, shown)
        left_out({RELATIONS[kind].title: why for kind, why in wrong.items()})


def left_out(reasons: Mapping[str, str]) -> None:
    """List the options that can't be chosen now, with the reasons."""
    if reasons:
        st.markdown("**Does not fit the model**")
    for title, why in reasons.items():
        st.caption(f"**{title}**  \n{message_markdown(why)}")


def _unfit(architecture: Architecture) -> dict[str, str]:
    """Return the relations that do not fit the model, with the reasons."""
    wrong = {}
    for kind, relation in RELATIONS.items():
        try:
            nbytes(architecture, DataSpec(relation=relation(), samples=20))
        except DataError as error:
            wrong[kind] = str(error)
    return wrong


def _relation_settings(session: CompareState, train: TrainState, kinds: list[str]) -> None:
    forms.rows(DataSpec, train.data, "data", partial(put, train.data), ("samples", "difficulty"))
    if not kinds:
        return
    kind = session.settings_of if session.settings_of in kinds else kinds[0]
    if len(kinds) > 1:
        titles = {kind: RELATIONS[kind].title for kind in kinds}
        choose = partial(setattr, session, "settings_of")
        forms.select("Settings of", titles, kind, "race.settings_of", choose)
    values = train.relation_settings(kind)
    forms.draw_settings(RELATIONS[kind], values, f"setting.{kind}", partial(put, values))
