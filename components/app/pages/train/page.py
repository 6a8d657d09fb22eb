"""The Train page: data and settings, samples, the run with its live curves, earlier runs."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import streamlit as st

from components.app.pages.train import report_panel, run_charts
from components.app.pages.train.data_view import ceilings_view, data_view
from components.app.pages.train.run_row import run_row
from components.app.pages.train.runs_table import overlaid, runs_table
from components.app.pages.train.verdict_panel import POLL_SECONDS, JudgedRun, verdict_panel
from components.app.parts.data import drawn_run
from components.app.parts.data.data_panel import data_panel, put
from components.app.parts.data.drawn_run import DrawnRun
from components.app.parts.data.run_control import find_run, propose_size
from components.app.parts.data.run_request import run_names, run_request
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState, of_session
from components.app.parts.frame import engine, page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import forms, layout
from components.app.parts.widgets.viewer import small_diagram, viewer
from components.base.markup import escape_markdown, message_markdown
from components.base.pages import page_file
from components.base.text import byte_size, humanize, plural
from components.experiments.inspection.basis.xray_results import parse_xray
from components.experiments.inspection.xray_diagram import ModelXray, xray_svg
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.requests import Settings
from components.models.analysis import model_view
from components.models.architecture.architecture import Architecture
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import Theme

MINIATURE, XRAY = 170, 520
"""Heights of pictures in pixels."""
FIRST = (("epochs", "batch_size"), ("optimizer", "learning_rate"), ("validation_share", "seed"))
"""Settings that are always shown, one row each; the others are in an expander."""


def train_page() -> None:
    """Draw the page from the store only, so a reload or a second tab shows the same run."""
    editor, train, theme = page_frame.editor(), of_session(), page_frame.theme()
    runs = visitor_runs()
    runs.warm_up()
    editor.check(engine.builder())
    if engine.engine().ready:
        propose_size(editor.valid, train)
    with st.sidebar:
        _sidebar(editor, train)
    find_run(train, runs)
    with st.container(key="data_and_run"):
        layout.opens_sidebar("Choose data and settings")
        left, right = st.columns([8, 5], gap="medium")
        with left:
            _run_view(editor, train, runs, theme)
        with right:
            draw = partial(_data_and_model, editor, train, theme)
            page_frame.await_engine("models can be trained", draw)
    with st.container(key="runs"):
        runs_table(editor, train, runs)


def _sidebar(editor: ModelEditor, train: TrainState) -> None:
    data_panel(editor, train)
    layout.heading("Settings")
    change = partial(put, train.settings)
    first = FIRST[:-1] if train.source == "own" else FIRST
    forms.rows(Settings, train.settings, "settings", change, *first)
    if train.source == "own":
        forms.draw_settings(Settings, train.settings, "settings", change, only=("seed",))
    with st.expander("Schedule, stopping, weights", icon=":material/tune:", key="more_settings"):
        shown = tuple(name for names in FIRST for name in names)
        forms.draw_settings(Settings, train.settings, "settings", change, skip=shown)
    if page_frame.pressed("Reset", icon=":material/restart_alt:", type="tertiary", key="reset_lab"):
        train.reset()
        st.rerun()


def _data_and_model(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    """Draw the data, then the model."""
    layout.heading("Data")
    with page_frame.guarded():
        data_view(editor, train, theme)
    with page_frame.guarded():
        ceilings_view(editor.valid, train, theme)
    layout.heading("Model")
    _model(editor, theme)


def _model(editor: ModelEditor, theme: Theme) -> None:
    architecture = editor.valid
    total = model_view.built_view(architecture).costs.total
    merges = " then ".join(merge.title.lower() for merge in architecture.merges) or "not merged"
    st.markdown(
        f"**{humanize(architecture.name)}** · "
        f"{plural(len(architecture.data_inputs), 'input')}, {merges} · "
        f"{total.parameters:,} parameters · {byte_size(total.weight_bytes)}"
    )
    if editor.error is not None:
        st.warning(
            "This is the last model without an error. Fix the current one on the Build page.",
            icon=":material/history:",
        )
    small_diagram(
        architecture,
        DiagramOptions(theme=theme.name, level="blocks"),
        key="miniature",
        height=MINIATURE,
    )


def _run_view(editor: ModelEditor, train: TrainState, runs: VisitorRuns, theme: Theme) -> None:
    """Draw the buttons, curves and report, and update only this part of the page during a run."""

    def draw(shown: ShownRuns) -> None:
        run, drawn = shown
        points = drawn[0].curve.points
        run_row(editor, train, runs, run, points)
        layout.show_error(train.error)
        failed = run is not None and run.status in ("failed", "interrupted")
        if run is not None and failed:
            layout.show_error(run.message)
        is_empty = run is None and len(drawn) == 1
        with st.container(key="empty_curves" if is_empty else None):
            surface = runs.surface(run) if run else None
            judged = JudgedRun(run, points, runs.report(run)) if run else None
            verdict = partial(verdict_panel, editor, train, runs, judged)
            run_charts.draw_run(drawn, surface, theme, verdict)
            if run is not None:
                _notes(editor.valid, run, runs, "" if failed else run.message)
                if judged is not None and judged.report is not None:
                    report_panel.draw_report(run, judged.report, runs, theme)
                run_charts.show_numbers(drawn[0], theme)
                _xray_panel(run, runs, theme)
            if not is_empty:
                run_charts.foot(drawn)

    page_frame.polled(partial(_read, editor, train, runs), _awaited, draw, POLL_SECONDS)


class ShownRuns(NamedTuple):
    """The shown run, if any, and the drawn runs: it or the next run, then the overlaid ones."""

    run: Run | None
    drawn: list[DrawnRun]


def _read(editor: ModelEditor, train: TrainState, runs: VisitorRuns) -> ShownRuns:
    """Read the shown run, or else the next one, then the overlaid runs, the oldest first."""
    run = runs.run(train.run) if train.run else None
    shown = [] if run is None else [run]
    every = [*shown, *sorted(overlaid(runs, train), key=lambda run: run.created)]
    train.give_colors([run.id for run in every])
    drawn = [
        drawn_run.drawn(run, name, runs.points(run), train, runs.hides_data(run))
        for run, name in zip(every, run_names(every), strict=True)
    ]
    return ShownRuns(run, drawn if shown else [drawn_run.planned(editor.valid, train), *drawn])


def _awaited(shown: ShownRuns) -> set[str]:
    """Name what the page waits for: a pause or the end of the run, then ceilings being computed."""
    if shown.run is not None and not shown.run.ended:
        return {"going on" if shown.run.status == "paused" else "run"}
    return {"ceilings"} if any(one.pending for one in shown.drawn) else set()


def _notes(architecture: Architecture, run: Run, runs: VisitorRuns, end: str) -> None:
    """Say how the run ended, who owns it, and that its model differs from the one above."""
    if end:
        st.caption(message_markdown(end))
    other = run.architecture != architecture.data()
    if not runs.owns(run):
        text = ":gray-badge[:material/group: shared] This run belongs to another person."
        if other:
            text += " It has another model than the one above."
        if runs.hides_data(run):
            text += " Its data is their own: samples and labels are not shown."
        st.caption(text)
    elif other:
        st.caption(
            ":orange-badge[:material/history: outdated] The model above has changed since this run."
        )


def _xray_panel(run: Run, runs: VisitorRuns, theme: Theme) -> None:
    """Draw the latest X-ray of a run; read it only while the panel is open."""
    panel = st.expander("X-ray", icon=":material/visibility:", key="xray_panel", on_change="rerun")
    if not panel.open:
        return
    with panel:
        xray = parse_xray(runs.result(run, "xray"))
        if xray is None:
            st.caption("There is no X-ray of this run yet. Inspect makes one of a kept model.")
            return
        shown = ModelXray(model_view.model_view(run_request(run).architecture).graph, xray)
        words = f"{shown.title()}. {shown.explain()}"
        viewer(xray_svg(shown, theme), words, key="train_xray", height=XRAY)
        st.caption(escape_markdown(words))
        query = {"run": run.id, "view": "xray"}
        st.page_link(page_file("Inspect"), label="More on Inspect", query_params=query)
