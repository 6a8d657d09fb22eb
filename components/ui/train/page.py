"""The Train page: data and settings, samples, the run with its live curves, earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import streamlit as st

from components.analysis import model_view
from components.core.errors import PlaygroundError
from components.core.markup import escape_markdown, message_markdown
from components.core.text import byte_size, duration, ordinal, plural
from components.model.spec import Architecture
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.training.events import UNFINISHED, Epoch
from components.training.queue_store import QueuePosition
from components.training.requests import RunRequest, Settings, parse_request
from components.training.runs import Run
from components.training.visitor_runs import VisitorRuns
from components.ui.kit import engine, forms, layout, page_frame
from components.ui.kit.data_panel import data_panel, put
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.sharing import share
from components.ui.kit.train_state import TrainState, of_session
from components.ui.kit.viewer import small_diagram
from components.ui.kit.visitor import visitor_runs
from components.ui.train import ceilings_panel, report_panel
from components.ui.train.data_view import ceilings_view, data_view, mapping_view
from components.ui.train.run_charts import charts, curve
from components.ui.train.runs_table import overlaid, runs_table
from components.ui.train.time_needed import time_needed
from sample_data.synthetic import DataSpec

POLL_SECONDS = 0.3
_parsed = lru_cache(maxsize=64)(parse_request)
FIRST = (("epochs", "batch_size"), ("optimizer", "learning_rate"), ("validation_share", "seed"))
"""Settings that are always shown, side by side; the others are in an expander."""


def train_page() -> None:
    """The whole page. It only reads the store, so a reload or a second tab shows the run."""
    editor, train, theme = page_frame.editor(), of_session(), page_frame.theme()
    runs = visitor_runs()
    runs.warm_up()
    editor.check(engine.builder())
    with st.sidebar:
        _sidebar(editor, train)
    page_frame.notice(runs.notice)
    if train.run is None or not runs.can_read(train.run):
        train.run = _current_run(train, runs)
    page_frame.await_engine("models can be trained", partial(_model_and_data, editor, train, theme))
    _run_view(editor, train, runs, theme)
    runs_table(editor, train, runs)


def _current_run(train: TrainState, runs: VisitorRuns) -> str | None:
    """The run in the page's address, or else this browser's own run that has not ended."""
    run_id = st.query_params.get("run")
    if run_id:
        with page_frame.keeping_error(train):
            return runs.run(run_id).id
        del st.query_params["run"]
    running = runs.list(limit=1, statuses=UNFINISHED)
    return running[0].id if running else None


def _sidebar(editor: ModelEditor, train: TrainState) -> None:
    data_panel(editor, train)
    st.markdown("**Training**")
    change = partial(put, train.settings)
    forms.rows(Settings, train.settings, "settings", change, *FIRST)
    with st.expander("Schedule, stopping, weights", icon=":material/tune:", key="more_settings"):
        shown = tuple(name for names in FIRST for name in names)
        forms.show(Settings, train.settings, "settings", change, skip=shown)
    if st.button("Reset", icon=":material/restart_alt:", type="tertiary", key="reset_lab"):
        train.reset()
        st.rerun()


def _model_and_data(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    spec = editor.valid
    total = model_view.built_view(spec).costs.total
    merges = " then ".join(merge.title.lower() for merge in spec.merges) or "not merged"
    st.markdown(
        f"**{forms.humanize(spec.name)}** · {plural(len(spec.data_inputs), 'input')}, {merges} · "
        f"{total.parameters:,} parameters · {byte_size(total.weight_bytes)}"
    )
    if editor.error is not None:
        st.warning(
            "This is the last model without an error. Fix the current one on the Build page.",
            icon=":material/history:",
        )
    left, right = st.columns([2, 5], gap="small", vertical_alignment="center")
    with left:
        small_diagram(spec, DiagramOptions(theme=theme.name), key="miniature", height=230)
    with right, page_frame.guarded():
        data_view(editor, train, theme)
    with page_frame.guarded():
        mapping_view(editor, train)
    with page_frame.guarded():
        ceilings_view(spec, train, theme)


def _run_view(editor: ModelEditor, train: TrainState, runs: VisitorRuns, theme: Theme) -> None:
    """The buttons, curves and report. During a run, only this part of the page is updated."""
    active = _is_active(train, runs)
    pending = not active and _ceilings_pending(train, runs)

    @st.fragment(run_every=POLL_SECONDS if active or pending else None)
    @page_frame.guarded()
    def live() -> None:
        if _is_active(train, runs) != active or (pending and not _ceilings_pending(train, runs)):
            st.rerun()
        run = runs.run(train.run) if train.run else None
        points = runs.points(run) if run else ()
        _run_row(editor, train, runs, run, points)
        if train.error:
            st.error(message_markdown(train.error), icon=":material/error:")
        if run is None:
            st.caption("Press Train. The curves appear here while the model learns.")
            return
        _message(run)
        _notes(editor.valid, run, runs)
        overlays = [curve(r, runs.points(r)) for r in overlaid(runs, train)]
        request = _request(run)
        form = charts(run, request, [curve(run, points), *overlays], runs, theme)
        if run.ended:
            report_panel.show(run, request, runs, theme, form)

    live()


def _is_active(train: TrainState, runs: VisitorRuns) -> bool:
    run_id = train.run
    return run_id is not None and runs.can_read(run_id) and not runs.run(run_id).ended


def _ceilings_pending(train: TrainState, runs: VisitorRuns) -> bool:
    """Whether the ceilings for the run's charts are still being computed."""
    request = _request(runs.run(train.run)) if train.run else None
    if request is None or not isinstance(request.data, DataSpec):
        return False
    return ceilings_panel.data_limits(request.architecture, request.data) is None


def _request(run: Run) -> RunRequest | None:
    """The run's request, or `None` if this version can't read it."""
    try:
        return _parsed(run.request_json)
    except PlaygroundError:
        return None


def _run_row(
    editor: ModelEditor,
    train: TrainState,
    runs: VisitorRuns,
    run: Run | None,
    points: Sequence[Epoch],
) -> None:
    active, mine = run is not None and not run.ended, run is None or runs.owns(run)
    with layout.row("run_row"):
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            disabled=active or not engine.engine().ready,
            on_click=partial(_start_run, editor, train, runs),
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key="stop",
            disabled=not active or not mine,
            help=None if mine else "Only its owner can stop this run.",
            on_click=partial(_stop_run, train, runs),
        )
        if run is None:
            time_needed(editor.valid, train, runs)
        else:
            if mine:
                share("run", run, partial(_share_run, train, runs))
            done = len(points) + (run.progress.fraction if run.progress else 0.0)
            position = runs.queue_position(run) if run.status == "queued" else None
            text = _status(run, points, done, position)
            st.progress(min(1.0, done / run.epochs), text=escape_markdown(text))


def _start_run(editor: ModelEditor, train: TrainState, runs: VisitorRuns) -> None:
    with page_frame.keeping_error(train):
        train.run = runs.submit(train.request(editor), train.run_name(editor))
        st.query_params["run"] = train.run


def _stop_run(train: TrainState, runs: VisitorRuns) -> None:
    with page_frame.keeping_error(train):
        runs.stop(str(train.run))


def _share_run(train: TrainState, runs: VisitorRuns, shared: bool) -> None:
    with page_frame.keeping_error(train):
        runs.share(str(train.run), shared)


def _status(run: Run, points: Sequence[Epoch], done: float, position: QueuePosition | None) -> str:
    if position is not None:
        wait = duration(position.seconds)
        return f"{run.name}: {ordinal(position.number)} in the queue, about {wait}"
    if run.status == "queued":
        return f"{run.name}: preparing"
    if run.status == "running" and not points:
        return f"{run.name}: compiling the first epoch"
    if run.status == "running":
        pace = sum(point.seconds for point in points) / len(points)
        left = max(0.0, run.epochs - done) * pace
        return f"{run.name}: epoch {len(points)} of {run.epochs} · {duration(left)} left"
    took = f" in {duration(run.seconds)}" if run.seconds else ""
    return f"{run.name}: {run.status} after {len(points)} epochs{took}"


def _message(run: Run) -> None:
    if not run.message:
        return
    if run.status in ("failed", "interrupted"):
        st.error(message_markdown(run.message), icon=":material/error:")
    else:
        st.caption(message_markdown(run.message))


def _notes(architecture: Architecture, run: Run, runs: VisitorRuns) -> None:
    """Note whose run it is, and that it trained another model than the one above."""
    other = run.architecture != architecture.data()
    if not runs.owns(run):
        model = " It has another model than the one above." * other
        hidden = " Its data is their own: samples and labels are not shown."
        badge = ":gray-badge[:material/group: shared] This run belongs to another person."
        st.caption(badge + model + hidden * runs.hides_data(run))
    elif other:
        st.caption(
            ":orange-badge[:material/history: outdated] The model above has changed since this run."
        )
