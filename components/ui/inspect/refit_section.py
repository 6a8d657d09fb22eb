"""Retrained without each input: started on a click, with its progress and its result."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import message_markdown, to_csv
from components.core.text import duration, plural
from components.inspection.basis.results import HeadRefit, InputRefit, Refit, head_quality
from components.inspection.refit import MOST_SEEDS, SEEDS, RefitPlan, refit_groups
from components.inspection.refit_text import LIMIT, loss_text, problems, verdict
from components.race.statistics import VERDICT_SEEDS
from components.render.html_table import html_table
from components.render.palette import Theme
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest
from components.ui.inspect.kept_refit import KeptRefit, RefitState, kept_refit, of_session, plans
from components.ui.inspect.refit_chart import chart_height, refit_chart, refit_text
from components.ui.kit import chart_download, forms, html_parts, layout, page_frame
from components.ui.kit.announcer import announce
from components.ui.kit.downloads import download
from components.ui.kit.run_request import run_request

POLL_SECONDS = 0.5
ABOUT = (
    "The measures above are of this model. This is another question: what is lost if a model is "
    "trained without an input? The whole model and one without each input are trained on the same "
    "data with several seeds, and their differences are paired. Nothing is trained before you ask."
)


def refit_section(runs: VisitorRuns, run_id: str) -> None:
    """The section. While refits are trained or planned, only this part of the page is updated."""
    run = runs.run(run_id)
    if run_request(run) is None or runs.hides_data(run):
        return
    polled = _is_awaited(runs, run)

    @st.fragment(run_every=POLL_SECONDS if polled else None)
    @page_frame.guarded()
    def live() -> None:
        run = runs.run(run_id)
        if _is_awaited(runs, run) != polled:
            st.rerun()
        request = run_request(run)
        if request is not None:
            _show(runs, run, request, page_frame.theme())

    live()


def _is_awaited(runs: VisitorRuns, run: Run) -> bool:
    """Whether refits are being trained, or what they need is being planned."""
    sweep, request = runs.refit(run), run_request(run)
    if sweep is not None and sweep.state == "running":
        return True
    return request is not None and runs.owns(run) and _plan_pending(request, _seeds(run))


def _show(runs: VisitorRuns, run: Run, request: RunRequest, theme: Theme) -> None:
    state, kept = of_session(), kept_refit(runs, run, request)
    mine = runs.owns(run)
    if kept is None and not mine:
        return
    layout.heading("Retrained without each input")
    st.caption(ABOUT)
    if mine:
        _controls(state, runs, run, request, kept)
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    if kept is not None:
        _result(run, request, kept, theme)


def _seeds(run: Run) -> int:
    """The number of seeds that is chosen."""
    chosen: int = st.session_state.get(f"refit_seeds.{run.id}") or SEEDS
    return chosen


def _controls(
    state: RefitState, runs: VisitorRuns, run: Run, request: RunRequest, kept: KeptRefit | None
) -> None:
    """The number of seeds, the button with what it costs; or the progress, and Stop."""
    active = kept is not None and kept.sweep.state == "running"
    announce(news(kept) if kept else "", "refit_news")
    with layout.row("refit_row", vertical_alignment="bottom"):
        if kept is not None and active:
            _progress(state, runs, kept)
            return
        st.number_input(
            "Seeds",
            VERDICT_SEEDS,
            MOST_SEEDS,
            SEEDS,
            key=f"refit_seeds.{run.id}",
            persist_state="session",
            width=120,
            help="Trainings of each model, each with new weights and order, and new samples if the "
            "data is of a relation. More seeds show smaller differences.",
        )
        plan, problem = _plan(request, _seeds(run))
        missing = 0 if plan is None else _missing(runs, plan)
        st.button(
            "Retrain without each input",
            icon=":material/model_training:",
            key="refit",
            disabled=plan is None or (kept is not None and not missing and kept.plan == plan),
            on_click=partial(_start, state, runs, run, request, plan),
        )
        text = problem or ("…" if plan is None else cost_text(plan, missing, run.seconds))
        st.caption(message_markdown(text), width="content")


def _plan(request: RunRequest, seeds: int) -> tuple[RefitPlan | None, str]:
    """The plan, if it is there; or why there is none."""
    try:
        return plans.get((request, seeds)), ""
    except PlaygroundError as error:
        return None, str(error)


def _plan_pending(request: RunRequest, seeds: int) -> bool:
    plan, problem = _plan(request, seeds)
    return plan is None and not problem


def _missing(runs: VisitorRuns, plan: RefitPlan) -> int:
    """How many runs have not finished yet."""
    finished = [run for run in runs.latest(plan.digests).values() if run.status == "finished"]
    return len(plan.digests) - len(finished)


def cost_text(plan: RefitPlan, missing: int, seconds: float) -> str:
    """How many trainings it takes, and how long, if each takes as long as the run did."""
    models = 1 + sum(not one.problem for one in plan.without)
    text = (
        f"{plural(models, 'model')} × {plan.seeds} seeds: {plural(len(plan.digests), 'training')}"
    )
    if known := len(plan.digests) - missing:
        text += f", {known:,} of them in the store"
    return f"{text}, up to {duration(seconds * missing)}" if missing else text


def _progress(state: RefitState, runs: VisitorRuns, kept: KeptRefit) -> None:
    st.button(
        "Stop",
        icon=":material/stop:",
        key="stop_refit",
        help="Finished trainings are kept.",
        on_click=partial(_stop, state, runs, kept),
    )
    refit = kept.refit
    ended = refit.done + refit.failed
    st.progress(ended / max(1, refit.total), text=f"{ended:,} of {refit.total:,} trainings ended")


def news(kept: KeptRefit) -> str:
    """What is read out of refits: their state, and every quarter of their runs."""
    refit, state = kept.refit, kept.sweep.state
    if state == "running":
        return f"Refits are being trained: {4 * refit.done // refit.total * 25} % are done."
    return f"Refits {state}: {refit.done:,} of {refit.total:,} trainings."


def _start(
    state: RefitState, runs: VisitorRuns, run: Run, request: RunRequest, plan: RefitPlan | None
) -> None:
    with page_frame.keeping_error(state):
        if plan is not None:
            groups = refit_groups(request, plan.seeds)
            runs.submit_refit(run.id, groups, plan.model_dump_json())


def _stop(state: RefitState, runs: VisitorRuns, kept: KeptRefit) -> None:
    with page_frame.keeping_error(state):
        runs.end(kept.sweep.id)


def _result(run: Run, request: RunRequest, kept: KeptRefit, theme: Theme) -> None:
    refit = kept.refit
    if kept.sweep.state in ("stopped", "paused"):
        st.caption(
            f"The refits were {kept.sweep.state}: {refit.done:,} of {refit.total:,} trainings are "
            "done. Start them again to train the others."
        )
    if refit.message:
        st.error(message_markdown(refit.message), icon=":material/error:")
    for problem in problems(refit):
        st.caption(message_markdown(problem))
    if not any(one.losses for head in refit.heads.values() for one in head.inputs):
        return
    for head in request.architecture.heads:
        _head_result(run, head.name, refit.heads[head.name], head_quality(head.target), theme)
    st.caption(f"It does not say: {LIMIT[0].lower()}{LIMIT[1:]}")
    download(
        "Refits as CSV",
        partial(refits_csv, refit),
        f"{run.name} refits.csv",
        key="refits_csv",
        kind="tertiary",
    )


def _head_result(run: Run, name: str, head: HeadRefit, quality: str, theme: Theme) -> None:
    title = f"{forms.humanize(name)}: {quality} lost without each input"
    st.markdown(message_markdown(verdict(head, quality)))
    with st.container(key=f"refit_result_{name}"):
        chart_download.chart(
            refit_chart(head, title, quality, theme),
            f"{run.name} {name} refits",
            chart_download.chosen_format(),
            theme,
            key=f"refits.{name}",
            height=chart_height(head),
            alt=refit_text(head, quality),
        )
        st.html(f'<div class="refits">{refit_table(head, quality)}</div>')


def refit_table(head: HeadRefit, quality: str) -> str:
    """The losses as an HTML table."""
    titles = ("Input", f"{quality.capitalize()} without it", "Lost (95 % interval)", "Seeds")
    return html_table([_cells(one) for one in head.inputs], titles, row_heads=True)


def _cells(one: InputRefit) -> tuple[object, ...]:
    left = "–" if one.quality is None else f"{one.quality:.3f}"
    return one.name, left, html_parts.coded(one.problem or loss_text(one)), len(one.losses) or "–"


def refits_csv(refit: Refit) -> str:
    """The loss of each input, head and seed, one a row, then the means with their intervals."""
    rows: list[tuple[object, ...]] = [("head", "input", "seed", "lost", "low", "high", "p", "tie")]
    for name, head in refit.heads.items():
        for one in head.inputs:
            rows += [
                (name, one.name, seed, loss, "", "", "", "") for seed, loss in one.losses.items()
            ]
            if one.loss is not None:
                rows.append((name, one.name, "mean", one.loss, one.low, one.high, one.p, one.tied))
    return to_csv(rows)
