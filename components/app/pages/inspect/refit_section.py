"""Retraining without each input: a race that a click starts here, its progress and its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from components.app.parts.data import stored_race
from components.app.parts.data.run_request import run_request
from components.app.parts.data.stored_race import EvaluatedRace, plans
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout
from components.app.parts.widgets.announcer import announce
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.pages import page_file
from components.base.text import duration, humanize, plural
from components.experiments.queue.run import Run
from components.experiments.queue.sweeps import Sweep
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.kinds.without import LIMIT, problems, race_without
from components.experiments.races.plan import RacePlan, check
from components.experiments.races.statistics import SEEDS, VERDICT_SEEDS
from components.experiments.races.stored_race import StoredRace, stored_race_of
from components.experiments.training.requests import RunRequest

POLL_SECONDS = 0.5
MOST_SEEDS = 20
KEY = "refit_state"
REFIT = ("Retrained without each input", "what a model reaches that never had it", "fold_refit")
ABOUT = (
    "What is lost if a model is trained without an input? Measures of one trained model don't "
    "answer that. The whole model and one without each input are trained on the same data with "
    "several seeds, and their differences are paired. Nothing is trained before you ask."
)


@dataclass
class RefitState:
    """A session's error of the last action, and the races it has read, by digest."""

    error: str | None = None
    known: dict[str, EvaluatedRace] = field(default_factory=dict)


def refit_section(runs: VisitorRuns, run: Run) -> None:
    """Draw the section, and update only this part while models are being trained or planned."""
    request = run_request(run)
    if runs.hides_data(run):
        return
    page_frame.polled(
        partial(runs.refit, run),
        lambda sweep: _is_awaited(runs, run, request, sweep),
        lambda sweep: _show(runs, run, request, sweep),
        POLL_SECONDS,
    )


def _is_awaited(runs: VisitorRuns, run: Run, request: RunRequest, sweep: Sweep | None) -> bool:
    """Return `True` while models are being trained or their plan is being made."""
    if sweep is not None and sweep.state == "running":
        return True
    return runs.owns(run) and _plan(request, _seeds(run)) == (None, "")


def _show(runs: VisitorRuns, run: Run, request: RunRequest, sweep: Sweep | None) -> None:
    state: RefitState = st.session_state.setdefault(KEY, RefitState())
    kept, mine = _evaluated(state, runs, sweep), runs.owns(run)
    if kept is None and not mine:
        return
    announce(news(sweep, kept.result) if mine and sweep and kept else "", "refit_news")

    def draw() -> None:
        st.caption(ABOUT)
        if mine:
            _controls(state, runs, run, request, sweep, kept)
        layout.show_error(state.error)
        if sweep is not None and kept is not None:
            _result(state, runs, run, sweep, kept)

    layout.fold(*REFIT, draw)


def _evaluated(state: RefitState, runs: VisitorRuns, sweep: Sweep | None) -> EvaluatedRace | None:
    """Return the run's latest race with its result; `None` if none can be read here."""
    if sweep is None:
        return None
    try:
        plan = stored_race_of(sweep).plan
    except PlaygroundError:
        return None
    return stored_race.evaluated(plan, runs, state.known)


def _seeds(run: Run) -> int:
    """Return the chosen number of seeds."""
    chosen: int = st.session_state.get(f"refit_seeds.{run.id}") or SEEDS
    return chosen


def _controls(
    state: RefitState,
    runs: VisitorRuns,
    run: Run,
    request: RunRequest,
    sweep: Sweep | None,
    kept: EvaluatedRace | None,
) -> None:
    """Draw the number of seeds and the start button with its cost, or the progress and Stop."""
    with layout.row("refit_row", vertical_alignment="bottom"):
        if sweep is not None and kept is not None and sweep.state == "running":
            stop, help = partial(runs.end, sweep.id), "Finished trainings are kept."
            page_frame.action(state, "Stop", "stop", stop, key="stop_refit", help=help)
            ended, total = kept.result.done + kept.result.failed, kept.result.total
            st.progress(ended / total, text=f"{ended:,} of {total:,} trainings ended")
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
        latest = runs.latest(plan.digests).values() if plan else ()
        finished = sum(one.status == "finished" for one in latest)
        missing = len(plan.digests) - finished if plan else 0
        same = kept is not None and plan is not None and kept.plan.digests == plan.digests
        page_frame.action(
            state,
            "Retrain without each input",
            "model_training",
            partial(_start, runs, run, plan),
            key="refit",
            disabled=plan is None or (same and not missing),
        )
        words = problem or ("…" if plan is None else cost_text(plan, missing, run.seconds))
        st.caption(message_markdown(words), width="content")


def _plan(request: RunRequest, seeds: int) -> tuple[RacePlan | None, str]:
    """Return the plan, or `None` with the reason; both are empty while it is being made."""
    try:
        return plans.get(race_without(request, seeds)), ""
    except PlaygroundError as error:
        return None, str(error)


def cost_text(plan: RacePlan, missing: int, seconds: float) -> str:
    """Return the number of trainings and their time, if each takes as long as the run did."""
    total, seeds = len(plan.digests), plan.race.seeds
    words = f"{plural(total // seeds, 'model')} × {seeds} seeds: {plural(total, 'training')}"
    if known := total - missing:
        words += f", {known:,} already trained"
    return f"{words}, up to {duration(seconds * missing)}" if missing else words


def news(sweep: Sweep, result: RaceResult) -> str:
    """Return the announcement for screen readers: the state of the trainings, at each quarter."""
    done, total = result.done, result.total
    if sweep.state == "running":
        return f"Models without an input are being trained: {4 * done // total * 25} % are done."
    return f"Trainings without an input {sweep.state}: {done:,} of {total:,}."


def _start(runs: VisitorRuns, run: Run, plan: RacePlan | None) -> None:
    latest = runs.refit(run)
    if plan is None or (latest is not None and latest.state == "running"):
        return
    check(plan.race)
    title = f"{run.name}: without each input × {plural(plan.race.seeds, 'seed')}"
    runs.submit_sweep(StoredRace(plan).order(title, run.id))


def _result(
    state: RefitState, runs: VisitorRuns, run: Run, sweep: Sweep, kept: EvaluatedRace
) -> None:
    """Draw the verdict on each head and the link to the race."""
    result = kept.result
    if sweep.state in ("stopped", "paused"):
        st.caption(
            f"The trainings were {sweep.state}: {result.done:,} of {result.total:,} are done. "
            "Start them again to train the others."
        )
    layout.show_error(result.message)
    heads = [head.name for head in kept.plan.race.architecture.heads]
    results = {
        head: stored_race.evaluated(kept.plan.of_head(head), runs, state.known).result
        for head in heads
    }
    for problem in dict.fromkeys(p for one in results.values() for p in problems(one.tables[0])):
        st.caption(message_markdown(problem))
    if result.done:
        for head, one in results.items():
            name = f"**{humanize(head)}**: " if len(heads) > 1 else ""
            st.markdown(name + message_markdown(text.verdict(one, one.tables[0])))
        st.caption(f"It does not say {LIMIT[0].lower()}{LIMIT[1:]}")
    if runs.owns(run) or sweep.shared:
        st.page_link(
            page_file("Compare"),
            label="Losses and tables on Compare",
            icon=":material/flag:",
            query_params={"race": sweep.id},
        )
