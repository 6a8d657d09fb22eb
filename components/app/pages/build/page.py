"""The Build page: the sidebar edits a draft, which is built and drawn after every change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from components.app.pages.build import share, toolbar, views
from components.app.pages.build.code_view import code_view
from components.app.pages.build.layer_card import card, selected_at
from components.app.pages.build.redraw import FIGURES, PICTURE
from components.app.pages.build.sidebar import sidebar
from components.app.pages.build.sidebar_blocks import fix_buttons
from components.app.pages.build.train_strip import train_strip
from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, page_frame
from components.app.parts.widgets import layout, projector
from components.app.parts.widgets.viewer import small_diagram, viewer
from components.base.markup import message_markdown
from components.models.analysis import model_view
from components.models.drawing import caption
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import DiagramOptions, Level
from components.models.drawing.palette import Theme
from components.sharing.links.link import PARAMETER as LINK

VIEWS = (toolbar.DIAGRAM, "Interactive", "Summary", "Code")
SMALL = 240
"""Height in pixels of the diagram beside the code. A click on a layer shows its line."""
FIXES_SECONDS = 0.25
"""Time in seconds between two checks for fixes."""
MOST_ADVICE = 2
"""Largest number of hints shown at once, the most serious first."""


def build_page() -> None:
    """Draw the page: sidebar -> draft -> architecture -> model -> picture."""
    editor, theme = page_frame.editor(), page_frame.theme()
    tab, linked = draft_tab.of_session(), LINK in st.query_params
    if linked:
        share.open_link(editor, train_state.of_session())
    editor.check(toolbar.builder(editor, theme))
    with st.container():
        if linked:
            share.check_link(editor)
        if problem := draft_tab.problem(tab):
            st.warning(message_markdown(problem), icon=":material/database:")
    page_frame.await_engine("the model appears here", lambda: _model(editor, theme))
    with st.sidebar:
        sidebar(editor, theme)


def _model(editor: ModelEditor, theme: Theme) -> None:
    """Draw the picture first, then the figures and controls around it."""
    head, controls = st.container(), layout.row("controls", spread=True, gap="xsmall")
    page_frame.part(PICTURE, partial(_picture_row, editor, theme))
    with head:
        layout.opens_sidebar("Change the model")
        page_frame.part(FIGURES, lambda: views.figures(model_view.model_view(editor.shown)))
    with controls:
        layout.switch("View", VIEWS, "view")
        view = model_view.model_view(editor.shown)
        options = toolbar.options(theme, view.graph, editor)
        with st.container(horizontal=True, gap="xsmall", width="content", key="tools"):
            toolbar.toolbar(editor, view, options)


def _picture_row(editor: ModelEditor, theme: Theme) -> None:
    """Draw the model in the chosen view; beside it training, errors, fixes and details."""
    architecture = editor.shown
    view = model_view.model_view(architecture)
    graph, costs = view.graph, view.costs
    options = toolbar.options(theme, graph, editor)
    shown = st.session_state.get("view", VIEWS[0])
    with st.container(key="picture_row"):
        texts = shown in ("Code", "Summary")  # these views use the full width of the page
        parts = (st.container(), st.container()) if texts else st.columns([7, 3], gap="small")
        picture, beside = parts
    with picture:
        if shown == "Interactive":
            views.plotly_view(editor, architecture, graph, costs, options)
        elif shown == "Summary":
            views.summary_view(architecture, view)
        elif shown == "Code":
            code_view(editor, architecture, graph, views.HEIGHT)
        else:
            _diagram(editor, options)
    page_frame.send_drawn()
    editor.suggest()
    with beside:
        train_strip(editor, theme)
        if shown == "Code":
            small_diagram(
                architecture,
                replace(options, level="layers"),
                key="small_diagram",
                height=SMALL,
                selected=editor.selected_in(graph),
                on_select=editor.select,
            )
        _removal(editor)
        _problem(editor)
        level = "layers" if shown in ("Summary", "Code") else options.level
        card(architecture, view, replace(options, level=level), editor, theme)
        _advice(editor)


def _diagram(editor: ModelEditor, options: DiagramOptions) -> None:
    """Draw the diagram from the draft, step by step. Each step is cached by its architecture."""
    architecture = editor.shown  # parsed from the draft by `architecture.parse`, in `editor.check`
    graph = model_view.model_view(architecture).graph  # recorded while `builder.build` made layers
    draw = partial(model_view.svg, architecture)  # `diagram.svg` draws the graph
    levels: tuple[Level, ...] = ("layers", "blocks")
    levels = ("volumes",) if options.level == "volumes" else levels
    svg = projector.draw_readable(draw, graph, options, levels=levels)
    height = views.HEIGHT - toolbar.level_note(graph, options)
    words = caption.text(emphasised(graph, options))
    selected = selected_at(editor.selected, graph, options.level)

    def select(layer: str) -> None:
        editor.select(layer)
        page_frame.redraw(PICTURE)

    viewer(svg, words, selected, select, key="diagram", height=height)


def _removal(editor: ModelEditor) -> None:
    """Show what the last change removed, with a button that undoes it."""
    if not editor.removal:
        return
    with st.container(border=True, gap="small", key="removal"):
        st.markdown(editor.removal)
        st.button(
            "Undo",
            key="removal.undo",
            icon=":material/undo:",
            on_click=editor.undo,
        )


def _problem(editor: ModelEditor) -> None:
    """Show the error of the draft, with fixes that were tested."""
    error = editor.error
    if error is None:
        return
    with st.container(border=True, gap="small", key="problem"):
        st.markdown(":red[:material/error:] **This model can't be built yet**")
        st.markdown(message_markdown(str(error)))
        if editor.unfit is None:
            st.caption("The picture shows the last model that could be built.")
        fix_buttons(editor, "problem.fix")
        if editor.searching:
            page_frame.drawn_until(
                partial(_search_is_over, editor),
                lambda: st.caption("Looking for fixes…"),
                FIXES_SECONDS,
            )


def _search_is_over(editor: ModelEditor) -> bool:
    """Look for fixes. Return `True` if the search is over."""
    editor.suggest()
    return not editor.searching


def _advice(editor: ModelEditor) -> None:
    """Show hints on a model that can be built."""
    if editor.error is not None:
        return
    for advice in model_view.model_view(editor.valid).advice[:MOST_ADVICE]:
        with st.container(border=True, gap=None):
            st.markdown(f":orange[:material/lightbulb:] **{advice.title}**")
            st.caption(advice.text)
