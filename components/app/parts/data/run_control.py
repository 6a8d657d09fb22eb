"""The run on the Train page and in the strip on Build: its size, start, stop and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from components.app.parts.data.run_request import is_readable, run_request
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import EPOCHS, SAMPLES, TrainState
from components.app.parts.frame import engine, page_frame
from components.base.errors import PlaygroundError
from components.base.text import duration, ordinal, plural
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import stored_race_of
from components.experiments.training.events import OPEN, Epoch
from components.experiments.training.pace import MeasuredRun, RunSize, TrainingPace, measured_pace
from components.experiments.training.requests import Settings
from components.models.analysis import model_view
from components.models.architecture.architecture import Architecture

LATEST = 5
"""Number of earlier runs that measure the pace of this machine."""
STEP = 10
"""Percentage of a run between two reports of its progress to screen readers."""
NOT_MINE = "Only its owner can pause or stop this run."


def propose_size(architecture: Architecture, train: TrainState) -> None:
    """Set the numbers of samples and epochs that the user has not set.

    They suit the cost of the model and the pace of this machine.
    """
    if train.source != "relation":
        train.propose()
        return
    settings = Settings(**{**train.settings, "epochs": EPOCHS})
    size = run_size(architecture, SAMPLES, settings).proposed(engine.engine().slowness)
    train.propose(size.samples, size.epochs)


def run_size(architecture: Architecture, samples: int, settings: Settings) -> RunSize:
    """Return the size of a run of a model that can be built."""
    return RunSize.of(model_view.built_view(architecture).costs.total.flops, samples, settings)


def machine_pace(
    architecture: Architecture, runs: VisitorRuns, race: Race | None = None
) -> TrainingPace:
    """Return the pace of this machine, including the time of a run outside its epochs.

    It is measured on the latest run of this model, otherwise on the latest runs of all models, both
    finished and stopped. For a race, the latest finished race comes before single runs. Without any
    runs, the pace measured at the start of the app is used.
    """
    raced = [] if race is None else list(_latest_race_runs(runs))
    ended = runs.list(limit=LATEST, statuses=("finished", "stopped"))
    single = list(_measured(ended, runs, inspected=race is None))
    own = [run for model, run in raced if model == architecture]
    latest = [run for model, run in single if model == architecture][:1]
    measured = own or latest or [run for _, run in raced or single]
    return replace(measured_pace(measured, engine.engine().slowness), at_a_time=runs.at_a_time)


def _latest_race_runs(runs: VisitorRuns) -> Iterator[tuple[Architecture, MeasuredRun]]:
    """Yield the model and time of the first run of each process in the latest finished race."""
    sweep = next((one for one in runs.sweeps(LATEST) if one.state == "finished"), None)
    if sweep is None:
        return
    firsts = runs.latest(group[0] for group in sweep.groups[:LATEST]).values()
    ended = [run for run in firsts if run.sweep == sweep.id and run.status == "finished"]
    at_a_time = min(runs.at_a_time, len(sweep.groups))
    with suppress(PlaygroundError):  # This version can't read it.
        race = stored_race_of(sweep).race
        for _, run in _measured(ended, runs, inspected=False, at_a_time=at_a_time):
            yield race.architecture, run


def _measured(
    ended: Iterable[Run], runs: VisitorRuns, inspected: bool, at_a_time: int = 1
) -> Iterator[tuple[Architecture, MeasuredRun]]:
    """Yield the models of runs and their measured times.

    With `inspected`, the times include the inspection; otherwise they are those of the report.
    """
    reports = runs.reports(run.id for run in ended)
    for run in ended:
        if report := reports.get(run.id):
            with suppress(PlaygroundError):  # This version can't read or build it.
                request = run_request(run)
                flops = model_view.built_view(request.architecture).costs.total.flops
                seconds = run.seconds if inspected else report.seconds
                measured = MeasuredRun.of(flops, request, report, seconds, at_a_time)
                yield request.architecture, measured


def find_run(train: TrainState, runs: VisitorRuns) -> None:
    """Find a run to show if there is none, or if the visitor may no longer read it.

    If this version can't read the run, the reason is shown instead.
    """
    if train.run is None or not runs.can_read(train.run):
        train.run = _current_run(train, runs)
    if train.run is not None and not is_readable(run := runs.run(train.run)):
        train.run = None
        st.query_params.pop("run", None)
        page_frame.attempt(train, run_request, run)


def _current_run(train: TrainState, runs: VisitorRuns) -> str | None:
    """Return the run in the page's address, otherwise this browser's run that has not ended."""
    run_id = st.query_params.get("run")
    if run_id:
        with page_frame.keeping_error(train):
            return runs.run(run_id).id
        del st.query_params["run"]
    running = runs.list(limit=1, statuses=OPEN)
    return running[0].id if running else None


def start_run(
    editor: ModelEditor, train: TrainState, runs: VisitorRuns, pause_after: int | None = None
) -> None:
    """Queue a run of the model with the data and settings of the session.

    A model with an error is only trained if the page already showed the error.
    """
    has_said = editor.error is not None
    page_frame.catch_up()
    with page_frame.keeping_error(train):
        if editor.error is not None and not has_said:
            raise editor.error
        propose_size(editor.valid, train)
        train.run = runs.submit(train.request(editor), train.run_name(editor), pause_after)
        train.overlaid = ()
        st.query_params["run"] = train.run


def epochs_done(run: Run, points: Sequence[Epoch]) -> float:
    """Return the progress of a run in epochs."""
    return len(points) + (run.progress.fraction if run.progress else 0.0)


def status(run: Run, points: Sequence[Epoch], runs: VisitorRuns) -> str:
    """Return the state of a run as text: its place in the queue, its progress, or its end."""
    done = epochs_done(run, points)
    position = runs.queue_position(run) if run.status == "queued" else None
    if run.stopping:
        return "stopping …"
    if position is not None:
        wait = duration(position.seconds)
        return f"{ordinal(position.number)} in the queue, about {wait}"
    if run.status == "queued":
        return "preparing data and model"
    if run.status == "running" and not done:
        return "compiling the first step"
    if run.status == "running" and not points:
        return f"first epoch of {run.epochs:,}, {done:.0%}"
    if run.status == "paused":
        return f"paused after epoch {len(points):,} of {run.epochs:,}. Resume within a day."
    if run.status == "running":
        pace = sum(point.seconds for point in points) / len(points)
        left = f"{duration(max(0.0, run.epochs - done) * pace)} left"
        then = "pauses after this epoch" if run.pausing else left
        return f"epoch {len(points):,} of {run.epochs:,} · {then}"
    took = f" in {duration(run.seconds)}" if run.seconds else ""
    return f"{run.status} after {plural(len(points), 'epoch')}{took}"


def news(run: Run, points: Sequence[Epoch], done: float) -> str:
    """Return the text for screen readers: start of a run, every `STEP` percent, and its end."""
    if run.stopping:
        return "Training is stopping."
    if run.ended:
        return f"Training {run.status}: {plural(len(points), 'epoch')}.{_loss(points)}"
    if run.status == "paused":
        return f"Training is paused after epoch {len(points):,}.{_loss(points)}"
    percent = int(100 * done / run.epochs) // STEP * STEP
    if not percent:
        return "Training starts."
    return f"{percent} % of the training is done."


def _loss(points: Sequence[Epoch]) -> str:
    for key, name in (("val_loss", "Validation loss"), ("loss", "Training loss")):
        if points and key in points[-1].logs:
            return f" {name}: {points[-1].logs[key]:.3f}."
    return ""
