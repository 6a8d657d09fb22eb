"""The Train page: data and settings, samples, the run with its live curves, earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.model.spec import Architecture
from components.render import diagram, formatting
from components.render.options import Look
from components.render.palette import Theme
from components.training.events import Epoch
from components.training.requests import RunRequest, Settings, parse_request
from components.training.service import Service, service
from components.training.store import Run, Store
from components.ui.kit import engine, forms, page_frame
from components.ui.kit.data_panel import data_panel, put
from components.ui.kit.model_editor import Workbench
from components.ui.kit.train_state import Lab, of_session
from components.ui.kit.viewer import viewer
from components.ui.train import ceilings_panel, report_panel
from components.ui.train.data_view import data_view, mapping_view, what_is_possible
from components.ui.train.run_charts import charts, curve
from components.ui.train.runs_table import overlaid, runs_table
from sample_data.dataset import DataSpec

POLL_SECONDS = 0.3
FIRST = (("epochs", "batch_size"), ("optimizer", "learning_rate"), ("validation_share", "seed"))
"""Settings that are always in sight, side by side; the others are folded."""


def train_page() -> None:
    """The whole page. It only reads the store: a reload or a second tab finds the run."""
    bench, lab, theme = page_frame.bench(), of_session(), page_frame.theme()
    runs = service()
    runs.warm()
    bench.settle(engine.blueprint if engine.engine().ready else None)
    with st.sidebar:
        page_frame.navigation()
        _controls(bench, lab)
    if lab.run is None:
        lab.run = _asked_for(runs.store)
    page_frame.await_engine("models can be trained", partial(_model, bench, lab, theme))
    _run(bench, lab, runs, theme)
    runs_table(bench, lab, runs)


def _asked_for(store: Store) -> str | None:
    """The run that the address names, if there is one; else this browser's own that still runs."""
    wanted = st.query_params.get("run")
    if wanted:
        try:
            return store.get(wanted).id
        except PlaygroundError:
            del st.query_params["run"]
    running = store.list(owner=page_frame.owner(), limit=1, statuses=("queued", "running"))
    return running[0].id if running else None


def _controls(bench: Workbench, lab: Lab) -> None:
    data_panel(bench, lab)
    st.markdown("**Training**")
    change = partial(put, lab.settings)
    forms.rows(Settings, lab.settings, "settings", change, *FIRST)
    with st.expander("Schedule, stopping, weights", icon=":material/tune:", key="more_settings"):
        shown = tuple(name for names in FIRST for name in names)
        forms.show(Settings, lab.settings, "settings", change, skip=shown)
    if st.button("Reset", icon=":material/restart_alt:", type="tertiary", key="reset_lab"):
        lab.reset()
        st.rerun()


def _model(bench: Workbench, lab: Lab, theme: Theme) -> None:
    spec = bench.valid
    graph, total = engine.blueprint(spec).graph, engine.costs_of(spec).total
    joined = " then ".join(merge.title.lower() for merge in spec.merges) or "not merged"
    st.markdown(
        f"**{forms.spoken(spec.name)}** · {len(spec.inputs)} "
        f"{'input' if len(spec.inputs) == 1 else 'inputs'}, {joined} · "
        f"{total.parameters:,} parameters · {formatting.memory(total.weight_bytes)}"
    )
    if bench.error is not None:
        st.warning(
            "This is the last model that could be built; the Build page says what to fix.",
            icon=":material/history:",
        )
    left, right = st.columns([2, 5], gap="small", vertical_alignment="center")
    with left:
        small = Look(
            "vertical", shapes=False, parameters=False, activations=False, theme=theme.name
        )
        viewer(
            engine.svg_of(spec, small),
            diagram.caption(graph),
            None,
            lambda _: None,
            key="miniature",
            height=230,
            plain=True,
        )
    with right, page_frame.guarded():
        data_view(bench, lab, theme)
    with page_frame.guarded():
        mapping_view(bench, lab)
    with page_frame.guarded():
        what_is_possible(spec, lab, theme)


def _run(bench: Workbench, lab: Lab, runs: Service, theme: Theme) -> None:
    """The buttons and the curves; while a run is at work they alone are drawn anew."""
    active = _active(lab, runs)
    pending = not active and _ceilings_pending(lab, runs)

    @st.fragment(run_every=POLL_SECONDS if active or pending else None)
    def live() -> None:
        if _active(lab, runs) != active or (pending and not _ceilings_pending(lab, runs)):
            st.rerun()
        run = runs.store.get(lab.run) if lab.run else None
        points = runs.store.points(run.id) if run else ()
        _row(bench, lab, runs, run, points)
        if lab.error:
            st.error(lab.error, icon=":material/error:")
        if run is None:
            st.caption("Press Train: the curves appear here as the model learns.")
            return
        _message(run)
        _stale(bench.valid, run)
        others = overlaid(runs.store, lab)
        drawn = [curve(r, runs.store.points(r.id)) for r in others]
        request = _request(run)
        form = charts(run, request, [curve(run, points), *drawn], runs.store, theme)
        if run.ended:
            report_panel.report(run, request, runs.store, theme, form)

    live()


def _active(lab: Lab, runs: Service) -> bool:
    return lab.run is not None and not runs.store.get(lab.run).ended


def _ceilings_pending(lab: Lab, runs: Service) -> bool:
    """Whether the levels for the run's charts are still being worked out."""
    request = _request(runs.store.get(lab.run)) if lab.run else None
    if request is None or not isinstance(request.data, DataSpec):
        return False
    return ceilings_panel.possible(request.architecture, request.data) is None


def _request(run: Run) -> RunRequest | None:
    """What was asked for; nothing where this version cannot read it."""
    try:
        return _parsed(run.request_json)
    except PlaygroundError:
        return None


@lru_cache(maxsize=64)
def _parsed(text: str) -> RunRequest:
    return parse_request(text)


def _row(
    bench: Workbench, lab: Lab, runs: Service, run: Run | None, points: Sequence[Epoch]
) -> None:
    active = run is not None and not run.ended
    with st.container(horizontal=True, vertical_alignment="center", key="run_row"):
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            disabled=active or not engine.engine().ready,
            on_click=partial(_start, bench, lab, runs),
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key="stop",
            disabled=not active,
            on_click=partial(_stop, lab, runs),
        )
        if run is not None:
            done = len(points) + (run.progress.fraction if run.progress else 0.0)
            st.progress(min(1.0, done / run.epochs), text=_status(run, points, done))


def _start(bench: Workbench, lab: Lab, runs: Service) -> None:
    try:
        lab.error = None
        lab.run = runs.submit(lab.request(bench), page_frame.owner(), lab.run_name(bench))
        st.query_params["run"] = lab.run
    except PlaygroundError as error:
        lab.error = str(error)


def _stop(lab: Lab, runs: Service) -> None:
    try:
        lab.error = None
        runs.stop(str(lab.run))
    except PlaygroundError as error:
        lab.error = str(error)


def _status(run: Run, points: Sequence[Epoch], done: float) -> str:
    if run.status == "queued":
        return f"{run.name}: waits for its turn"
    if run.status == "running" and not points:
        return f"{run.name}: the first epoch is being traced"
    if run.status == "running":
        pace = sum(point.seconds for point in points) / len(points)
        left = max(0.0, run.epochs - done) * pace
        return f"{run.name}: epoch {len(points)} of {run.epochs} · {_time(left)} left"
    took = f" in {_time(run.seconds)}" if run.seconds else ""
    return f"{run.name}: {run.status} after {len(points)} epochs{took}"


def _time(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _message(run: Run) -> None:
    if not run.message:
        return
    if run.status in ("failed", "interrupted"):
        st.error(run.message, icon=":material/error:")
    else:
        st.caption(run.message)


def _stale(architecture: Architecture, run: Run) -> None:
    """Say that the run is of another model than the one on screen."""
    if run.architecture != architecture.data():
        st.caption(
            ":orange-badge[:material/history: stale] This run is of another model than the one "
            "above, which has changed since."
        )
