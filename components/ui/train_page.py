"""The Train page: data and settings, samples, the run with its live curves, earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from components.errors import PlaygroundError
from components.render import diagram, words
from components.render.diagram import Look
from components.render.palette import Theme
from components.spec import Architecture, parse
from components.training.config import Settings
from components.training.events import Epoch
from components.training.service import Service, service
from components.training.store import Run, Store
from components.ui import curves, engine, forms, frame, samples
from components.ui.curves import Curve
from components.ui.lab import Lab
from components.ui.viewer import viewer
from components.ui.workbench import Workbench
from sample_data.dataset import DataSpec
from sample_data.relations import RELATIONS

POLL_SECONDS = 0.3
LISTED = 200
CHART = 330


def train_page() -> None:
    """The whole page. It only reads the store: a reload or a second tab finds the run."""
    bench, lab, theme = frame.bench(), _lab(), frame.theme()
    runs = service()
    runs.warm()
    bench.settle(engine.blueprint if engine.engine().ready else None)
    with st.sidebar:
        frame.navigation()
        _controls(lab)
    if lab.run is None:
        lab.run = _asked_for(runs.store)
    frame.await_engine("models can be trained", partial(_model, bench, lab, theme))
    _run(bench, lab, runs, theme)
    _earlier(bench, lab, runs)


def _lab() -> Lab:
    if "lab" not in st.session_state:
        st.session_state["lab"] = Lab()
    found: Lab = st.session_state["lab"]
    return found


def _asked_for(store: Store) -> str | None:
    """The run that the address names, if there is one; else this browser's own that still runs."""
    wanted = st.query_params.get("run")
    if wanted:
        try:
            return store.get(wanted).id
        except PlaygroundError:
            del st.query_params["run"]
    running = store.list(owner=frame.owner(), limit=1, statuses=("queued", "running"))
    return running[0].id if running else None


def _controls(lab: Lab) -> None:
    st.markdown("**Data**")
    titles = {kind: relation.title for kind, relation in RELATIONS.items()}
    widget = forms.keep("relation", lab.relation)
    relation = RELATIONS[lab.relation]
    st.selectbox(
        "Relation of inputs and label",
        list(titles),
        index=list(titles).index(lab.relation),
        key=widget,
        format_func=lambda kind: titles[kind],
        help=relation.teaches,
        on_change=lambda: setattr(lab, "relation", forms.taken("relation", widget)),
    )
    forms.show(
        relation, lab.dial_values(), f"dial.{lab.relation}", partial(_put, lab.dial_values())
    )
    forms.show(DataSpec, lab.data, "data", partial(_put, lab.data), only=("samples", "seed"))
    st.markdown("**Training**")
    forms.show(Settings, lab.settings, "settings", partial(_put, lab.settings))
    if st.button("Reset", icon=":material/restart_alt:", type="tertiary", key="reset_lab"):
        fresh = Lab()
        lab.relation, lab.dials, lab.data = fresh.relation, fresh.dials, fresh.data
        lab.settings = fresh.settings
        st.rerun()


def _put(values: dict[str, Any], field: str, value: Any) -> None:
    values[field] = value


def _model(bench: Workbench, lab: Lab, theme: Theme) -> None:
    spec = bench.valid
    graph, total = engine.blueprint(spec).graph, engine.costs_of(spec).total
    joined = " then ".join(merge.title.lower() for merge in spec.merges) or "not merged"
    st.markdown(
        f"**{forms.spoken(spec.name)}** · {len(spec.inputs)} "
        f"{'input' if len(spec.inputs) == 1 else 'inputs'}, {joined} · "
        f"{total.parameters:,} parameters · {words.memory(total.weight_bytes)}"
    )
    if bench.error is not None:
        st.warning(
            "This is the last model that could be built; the Build page says what to mend.",
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
    with right, frame.guarded():
        _samples(spec, lab, theme)


def _samples(spec: Architecture, lab: Lab, theme: Theme) -> None:
    data = lab.spec()
    shown = samples.samples(spec, data)
    relation = RELATIONS[lab.relation]
    st.latex(relation.formula)
    if shown is None:
        st.info("A sample of this model is too large to be drawn here.", icon=":material/image:")
        return
    st.html(samples.table(spec, shown, theme))


def _run(bench: Workbench, lab: Lab, runs: Service, theme: Theme) -> None:
    """The buttons and the curves; while a run is at work they alone are drawn anew."""
    active = _active(lab, runs)

    @st.fragment(run_every=POLL_SECONDS if active else None)
    def live() -> None:
        if _active(lab, runs) != active:
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
        others = _found(runs.store, lab.overlaid, run.id)
        drawn = [_curve(r, runs.store.points(r.id)) for r in others]
        _charts([_curve(run, points), *drawn], theme)

    live()


def _active(lab: Lab, runs: Service) -> bool:
    return lab.run is not None and not runs.store.get(lab.run).ended


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
            on_click=lambda: runs.stop(str(lab.run)),
        )
        if run is not None:
            done = len(points) + (run.progress.fraction if run.progress else 0.0)
            st.progress(min(1.0, done / run.epochs), text=_status(run, points, done))


def _start(bench: Workbench, lab: Lab, runs: Service) -> None:
    try:
        lab.error = None
        lab.run = runs.submit(lab.request(bench), frame.owner(), lab.run_name(bench))
        st.query_params["run"] = lab.run
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


def _curve(run: Run, points: Sequence[Epoch]) -> Curve:
    now = run.progress
    tip = (len(points) + now.fraction, now.loss) if now else None
    return Curve(run.id, run.name, points, run.epochs, curves.measured(run.architecture), tip)


def _found(store: Store, wanted: Sequence[str], but: str) -> list[Run]:
    return [run for run in store.list(limit=LISTED) if run.id in wanted and run.id != but]


def _message(run: Run) -> None:
    if not run.message:
        return
    if run.status in ("failed", "interrupted"):
        st.error(run.message, icon=":material/error:")
    else:
        st.caption(run.message)


def _charts(drawn: Sequence[Curve], theme: Theme) -> None:
    keys = curves.charts(drawn)
    if len(drawn) > 1:
        st.caption("Thick lines: validation. Thin lines: training.")
    for start in range(0, len(keys), 2):
        for column, key in zip(st.columns(2, gap="small"), keys[start : start + 2], strict=False):
            with column:
                st.echarts_chart(
                    dict(curves.option(key, drawn, theme)),
                    key=f"chart.{key}",
                    height=CHART,
                    theme=None,
                    alt=f"{curves.title(key)} over the epochs",
                )


def _earlier(bench: Workbench, lab: Lab, runs: Service) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown("**Earlier runs** · select some to lay their curves over each other")
    with right:
        whose = st.segmented_control(
            "Whose",
            ("Mine", "All"),
            default="Mine",
            required=True,
            key="whose",
            label_visibility="collapsed",
            persist_state="session",
        )
    listed = runs.store.list(owner=frame.owner() if whose == "Mine" else None, limit=LISTED)
    listed = tuple(run for run in listed if run.ended or run.id != lab.run)
    if not listed:
        st.caption("None yet.")
        return
    chosen = _table(listed, runs.store)
    if tuple(chosen) != lab.overlaid:
        lab.overlaid = tuple(chosen)
        st.rerun()
    if chosen:
        _actions(bench, lab, runs, [run for run in listed if run.id in chosen])


def _table(listed: Sequence[Run], store: Store) -> list[str]:
    finals = [(points[-1].logs if (points := store.points(r.id)) else {}) for r in listed]
    columns = st.column_config
    rows: dict[str, list[Any]] = {
        "Run": [run.name for run in listed],
        "Status": [run.status for run in listed],
        "Data": [_data(run) for run in listed],
        "Merge": [_merges(run) for run in listed],
        "Parameters": [run.parameters for run in listed],
        "Epochs": [run.epochs for run in listed],
        "Loss": [logs.get("val_loss", logs.get("loss")) for logs in finals],
        "Metrics": [_metrics(logs) for logs in finals],
        "Seconds": [run.seconds or None for run in listed],
        "Started": [run.created for run in listed],
    }
    picked = st.dataframe(
        rows,
        hide_index=True,
        key="runs",
        on_select="rerun",
        selection_mode="multi-row",
        height=min(38 + 35 * len(listed), 280),
        column_config={
            "Parameters": columns.NumberColumn(format="localized"),
            "Loss": columns.NumberColumn(format="%.4f", help="Of validation, where there is one."),
            "Seconds": columns.NumberColumn(format="%.1f"),
            "Started": columns.DatetimeColumn(format="distance"),
        },
    )
    return [listed[row].id for row in picked.selection.rows if row < len(listed)]


def _data(run: Run) -> str:
    try:
        data = run.request.data
    except PlaygroundError:
        return "of another version"
    return data if isinstance(data, str) else data.relation.title


def _merges(run: Run) -> str:
    return ", ".join(merge["kind"] for merge in run.architecture.get("merges", ())) or "none"


def _metrics(logs: dict[str, float]) -> str:
    shown = [key for key in logs if key.startswith("val_") and "/" in key and "loss" not in key]
    shown = shown or [key for key in logs if "/" in key and "loss" not in key]
    return ", ".join(f"{key.rpartition('/')[2]} {logs[key]:.3f}" for key in shown)


def _actions(bench: Workbench, lab: Lab, runs: Service, chosen: Sequence[Run]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="run_actions"):
        if len(chosen) == 1:
            run = chosen[0]
            widget = forms.keep(f"name.{run.id}", run.name)
            st.text_input(
                "Name",
                run.name,
                key=widget,
                max_chars=60,
                width=260,
                on_change=lambda: _rename(lab, runs, run.id, forms.taken(f"name.{run.id}", widget)),
            )
            st.download_button(
                "CSV",
                lambda: runs.store.csv(run.id),
                f"{run.name}.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
            st.button(
                "Look at",
                icon=":material/visibility:",
                on_click=partial(_look_at, lab, run.id),
                help="Show this run above.",
            )
            st.button(
                "Open model",
                icon=":material/account_tree:",
                on_click=partial(_open, bench, lab, run),
                help="Put the model of this run on the Build page; that can be undone there.",
            )
        ended = [run.id for run in chosen if run.ended]
        st.button(
            f"Delete {len(ended)}" if len(ended) > 1 else "Delete",
            icon=":material/delete:",
            disabled=not ended,
            on_click=partial(_delete, lab, runs, ended),
        )


def _rename(lab: Lab, runs: Service, run_id: str, name: str) -> None:
    try:
        runs.store.rename(run_id, name)
    except PlaygroundError as error:
        lab.error = str(error)


def _look_at(lab: Lab, run_id: str) -> None:
    lab.run, lab.error = run_id, None
    st.query_params["run"] = run_id


def _open(bench: Workbench, lab: Lab, run: Run) -> None:
    try:
        bench.open(parse(dict(run.architecture)))
    except PlaygroundError as error:
        lab.error = str(error)


def _delete(lab: Lab, runs: Service, ids: Sequence[str]) -> None:
    for run_id in ids:
        runs.store.delete(run_id)
        if lab.run == run_id:
            lab.run = None
            st.query_params.pop("run", None)
    lab.overlaid = ()
