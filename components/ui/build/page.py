"""The Build page: figures, then diagram, graph, summary or code, and what to take away."""

from __future__ import annotations

import streamlit as st

from components.render.palette import Theme
from components.ui.build import toolbar, views
from components.ui.build.layer_card import card
from components.ui.build.sidebar import sidebar
from components.ui.build.summary_view import figures, summary_view
from components.ui.kit import engine, page_frame
from components.ui.kit.model_editor import ModelEditor

VIEWS = ("Diagram", "Interactive", "Summary", "Code")
HEIGHT = 560
"""Pixels of the picture: with the row of figures above, all is seen at 1280 × 800."""
MOST_ADVICE = 2
"""Hints that are shown at once, the gravest first."""


def build_page() -> None:
    """The whole page, from this session's model editor."""
    editor, theme = page_frame.editor(), page_frame.theme()
    ready = engine.engine().ready
    linked = len(st.query_params) > 0
    if linked:
        _follow(editor)
    editor.check(engine.blueprint if ready else None)
    with st.container():
        if linked:
            _followed(editor)
    page_frame.await_engine("the model appears here", lambda: _model(editor, theme))
    editor.suggest(engine.blueprint if ready else None)
    with st.sidebar:
        page_frame.navigation()
        sidebar(editor, theme)


def _follow(editor: ModelEditor) -> None:
    from components.ui.build import share
    from components.ui.kit import train_state

    share.follow(editor, train_state.of_session())


def _followed(editor: ModelEditor) -> None:
    from components.ui.build import share

    share.followed(editor)


def _model(editor: ModelEditor, theme: Theme) -> None:
    spec = editor.shown
    made, costs = engine.drawn(spec), engine.costs_of(spec)
    head = st.container()
    controls = st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="xsmall",
        key="controls",
    )
    with st.container(key="picture_row"):
        picture, beside = st.columns([7, 3], gap="small")
    view, look = st.session_state.get("view", VIEWS[0]), toolbar.look(theme)
    with picture:
        if view == "Interactive":
            views.graph_view(editor, spec, made.graph, costs, look, HEIGHT)
        elif view == "Summary":
            summary_view(spec, made.graph, costs, HEIGHT)
        elif view == "Code":
            views.script_view(editor, spec, made.graph, HEIGHT)
        else:
            views.diagram_view(editor, spec, made.graph, look, HEIGHT)
    page_frame.send_drawn()
    editor.suggest(engine.blueprint)
    with head:
        figures(made, costs)
    with controls:
        _views()
        with st.container(horizontal=True, gap="xsmall", width="content", key="tools"):
            toolbar.toolbar(editor, spec, made.graph, costs, look)
    with beside:
        if view == "Code":
            views.small_view(editor, spec, made.graph, look)
        _wrong(editor)
        card(spec, made.graph, costs, editor.selected, theme)
        _advice(editor)


def _wrong(editor: ModelEditor) -> None:
    """What does not fit, and the fixes that were tried and work."""
    error = editor.error
    if error is None:
        return
    with st.container(border=True, gap="small", key="wrong"):
        st.markdown(":red[:material/error:] **This does not fit yet**")
        st.markdown(f"{error.rule} Received `{error.received}`. {error.fix}")
        if editor.unfit is None:
            st.caption("The picture shows the last model that could be built.")
        for number, fix in enumerate(editor.fixes):
            st.button(
                fix.label,
                key=f"wrong.fix.{number}",
                icon=":material/build:",
                width="stretch",
                on_click=editor.apply,
                args=(fix,),
            )


def _advice(editor: ModelEditor) -> None:
    """What is worth knowing of a model that can be built."""
    if editor.error is not None:
        return
    said = engine.advice_on(editor.valid)
    for advice in said[:MOST_ADVICE]:
        with st.container(border=True, gap=None):
            st.markdown(f":orange[:material/lightbulb:] **{advice.title}**")
            st.caption(advice.text)


def _views() -> None:
    st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="view",
        label_visibility="collapsed",
        persist_state="session",
    )
