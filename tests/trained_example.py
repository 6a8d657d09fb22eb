"""The example of Compare and Inspect: its runs, trained as any other."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from components.experiments.queue.store import Store
from components.experiments.queue.without_server import train_run
from components.experiments.races.example import FILE, INSPECTED, OUTCOMES, example_race
from components.experiments.races.plan import RacePlan, requests
from components.experiments.races.train_race import train_race
from components.experiments.training.events import Outcome


def write(path: Path = FILE) -> None:
    """Train all runs of the race, inspect the model of one, and write their outcomes."""
    race = example_race()
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store:
        plan, trained = train_race(race, store)
    outcomes = {run.digest: shown(trained[run.digest]) for run in plan.runs}
    digest = inspected_digest(plan)
    asked = next(request for request in requests(race) if request.digest == digest)
    inspection = train_run(asked.inspected(), lambda _: None).inspection
    outcomes[digest] = replace(outcomes[digest], inspection=inspection)
    path.write_bytes(OUTCOMES.dump_json(outcomes) + b"\n")


def inspected_digest(plan: RacePlan) -> str:
    """Return the digest of the run that is inspected."""
    return next(run.digest for run in plan.runs if (run.entry.kind, run.seed) == INSPECTED)


def shown(outcome: Outcome) -> Outcome:
    """Return an outcome without its place in a store and its logs of training samples."""
    history = tuple(
        epoch.model_copy(
            update={"logs": {key: log for key, log in epoch.logs.items() if key.startswith("val_")}}
        )
        for epoch in outcome.history
    )
    return replace(outcome, run="", history=history)
