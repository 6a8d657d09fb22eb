"""The shipped example: a finished race of two vectors on *Xor*, and the inspection of its winner.

`make generate ARGS=example` trains it anew and writes its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter

from components.experiments.inspection.basis.results import Inspection, parse_inspection
from components.experiments.queue.store import Store
from components.experiments.queue.without_server import train_run
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.atlas.values import FOLDER
from components.experiments.races.entries import FIRST, parse_entry
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import plan_race, requests
from components.experiments.races.setup import Race
from components.experiments.races.train_race import train_race
from components.experiments.training.events import Outcome
from sample_data.ceilings import Ceilings, ceilings
from sample_data.loading.synthetic import DataSpec, parse_data

FILE = FOLDER.parent / "example" / "race.json"
INSPECTED = ("multiply", 0)
"""Entry and seed of the run that is inspected."""
_OUTCOMES = TypeAdapter(dict[str, Outcome])


def example_race() -> Race:
    """Return the race: the strategies of a first race, with the atlas's model and settings."""
    part = two_vectors()
    return make_race(
        architecture=part.architecture,
        entries=tuple(map(parse_entry, FIRST)),
        data=(DataSpec(relation=parse_data("xor"), samples=part.samples),),
        settings=part.settings,
    )


def make() -> dict[str, Outcome]:
    """Train all runs, inspect the model of one, and return their outcomes by digest."""
    race = example_race()
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store:
        plan, trained = train_race(race, store)
    digest, outcomes = _inspected(race), {run.digest: trained[run.digest] for run in plan.runs}
    asked = {run.digest: one for run, one in zip(plan.runs, requests(race), strict=True)}
    inspection = train_run(asked[digest].inspected(), lambda _: None).inspection
    outcomes[digest] = replace(outcomes[digest], inspection=inspection)
    return {digest: _shown(outcome) for digest, outcome in outcomes.items()}


def _shown(outcome: Outcome) -> Outcome:
    """Return an outcome without its place in a store and its logs of training samples."""
    history = tuple(
        epoch.model_copy(
            update={"logs": {key: log for key, log in epoch.logs.items() if key[:4] == "val_"}}
        )
        for epoch in outcome.history
    )
    return replace(outcome, run="", history=history)


def write(outcomes: Mapping[str, Outcome], path: Path = FILE) -> None:
    """Write the outcomes of all runs as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_OUTCOMES.dump_json(dict(outcomes)) + b"\n")


@lru_cache(maxsize=1)
def outcomes_of() -> dict[str, Outcome]:
    """Read the outcomes of all runs."""
    return _OUTCOMES.validate_json(FILE.read_bytes())


@lru_cache(maxsize=1)
def result() -> RaceResult:
    """Return the result of the race, which is complete."""
    return evaluate(plan_race(example_race()), outcomes_of())


@lru_cache(maxsize=1)
def inspection() -> Inspection:
    """Return the inspection of the model of `INSPECTED`."""
    return parse_inspection(outcomes_of()[_inspected(example_race())].inspection)


@lru_cache(maxsize=1)
def limits() -> Mapping[str, Ceilings]:
    """Return the ceilings of the data by head."""
    race = example_race()
    return ceilings(race.architecture, race.data[0]) if isinstance(race.data[0], DataSpec) else {}


def _inspected(race: Race) -> str:
    """Return the digest of the run that is inspected."""
    return next(
        run.digest for run in plan_race(race).runs if (run.entry.kind, run.seed) == INSPECTED
    )
