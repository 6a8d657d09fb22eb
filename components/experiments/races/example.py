"""The shipped example: a finished race of two vectors on *Xor*, and the inspection of its winner.

`make generate ARGS=example` trains it anew and writes its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pydantic import TypeAdapter

from components.experiments.inspection.basis.results import Inspection, parse_inspection
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.atlas.values import FOLDER
from components.experiments.races.entries import FIRST, parse_entry
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import Race
from components.experiments.training.events import Outcome
from sample_data.ceilings import Ceilings, ceilings
from sample_data.loading.synthetic import DataSpec, parse_data

FILE = FOLDER.parent / "example" / "race.json"
INSPECTED = ("multiply", 0)
"""Entry and seed of the run that is inspected."""
RUN = "example"
"""Name of that run in the address of Inspect."""
OUTCOMES = TypeAdapter(dict[str, Outcome])
"""Reader and writer of the file: the outcomes of all runs by digest."""


def example_race() -> Race:
    """Return the race: the strategies of a first race, with the atlas's model and settings."""
    part = two_vectors()
    return make_race(
        architecture=part.architecture,
        entries=tuple(map(parse_entry, FIRST)),
        data=(data(),),
        settings=part.settings,
    )


def data() -> DataSpec:
    """Return the data of the race."""
    return DataSpec(relation=parse_data("xor"), samples=two_vectors().samples)


@lru_cache(maxsize=1)
def outcomes() -> dict[str, Outcome]:
    """Read the outcomes of all runs."""
    return OUTCOMES.validate_json(FILE.read_bytes())


@lru_cache(maxsize=1)
def result() -> RaceResult:
    """Return the result of the race, which is complete."""
    return evaluate(plan_race(example_race()), outcomes())


def inspected() -> Outcome:
    """Return the outcome of the run of `INSPECTED`, the only one that is inspected."""
    return next(outcome for outcome in outcomes().values() if outcome.inspection)


@lru_cache(maxsize=1)
def inspection() -> Inspection:
    """Return the inspection of the model of `INSPECTED`."""
    return parse_inspection(inspected().inspection)


@lru_cache(maxsize=1)
def limits() -> Mapping[str, Ceilings]:
    """Return the ceilings of the data by head."""
    return ceilings(two_vectors().architecture, data())
