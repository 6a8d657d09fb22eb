"""The Build page: figures, then diagram, graph, summary or code, and what to take away."""

from __future__ import annotations

import streamlit as st

from components.render.palette import Theme
from components.ui.build import toolbar, views
from components.ui.build.layer_card import card
from components.ui.build.sidebar import sidebar
from components.ui.build.summary_view import figures, summary_view
from components.ui.kit import engine, page_frame
from components.ui.kit.model_editor import Workbench

VIEWS = ("Diagram", "Interactive", "Summary", "Code")
HEIGHT = 560
"""Pixels of the picture: with the row of figures above, all is seen at 1280 × 800."""
MOST_ADVICE = 2
"""Hints that are shown at once, the gravest first."""


def build_page() -> None:
    """The whole page, from this session's workbench."""
    bench, theme = page_frame.bench(), page_frame.theme()
    ready = engine.engine().ready
    linked = len(st.query_params) > 0
    if linked:
        _follow(bench)
    bench.settle(engine.blueprint if ready else None)
    with st.container():
        if linked:
            _followed(bench)
    page_frame.await_engine("the model appears here", lambda: _model(bench, theme))
    bench.offer(engine.blueprint if ready else None)
    with st.sidebar:
        page_frame.navigation()
        sidebar(bench, theme)


def _follow(bench: Workbench) -> None:
    from components.ui.build import share
    from components.ui.kit import train_state

    share.follow(bench, train_state.of_session())


def _followed(bench: Workbench) -> None:
    from components.ui.build import share

    share.followed(bench)


def _model(bench: Workbench, theme: Theme) -> None:
    spec = bench.unfit or bench.valid
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
            views.graph_view(bench, spec, made.graph, costs, look, HEIGHT)
        elif view == "Summary":
            summary_view(spec, made.graph, costs, HEIGHT)
        elif view == "Code":
            views.script_view(bench, spec, made.graph, HEIGHT)
        else:
            views.diagram_view(bench, spec, made.graph, look, HEIGHT)
    page_frame.hand_over()
    bench.offer(engine.blueprint)
    with head:
        figures(made, costs)
    with controls:
        _views()
        with st.container(horizontal=True, gap="xsmall", width="content", key="tools"):
            toolbar.toolbar(bench, spec, made.graph, costs, look)
    with beside:
        if view == "Code":
            views.small_view(bench, spec, made.graph, look)
        _wrong(bench)
        card(spec, made.graph, costs, bench.selected, theme)
        _advice(bench)


def _wrong(bench: Workbench) -> None:
    """What does not fit, and the mends that were tried and work."""
    error = bench.error
    if error is None:
        return
    with st.container(border=True, gap="small", key="wrong"):
        st.markdown(":red[:material/error:] **This does not fit yet**")
        st.markdown(f"{error.rule} Received `{error.received}`. {error.fix}")
        if bench.unfit is None:
            st.caption("The picture shows the last model that could be built.")
        for place, mend in enumerate(bench.mends):
            st.button(
                mend.label,
                key=f"wrong.mend.{place}",
                icon=":material/build:",
                width="stretch",
                on_click=bench.mend,
                args=(mend,),
            )


def _advice(bench: Workbench) -> None:
    """What is worth knowing of a model that can be built."""
    if bench.error is not None:
        return
    said = engine.advice_on(bench.valid)
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
