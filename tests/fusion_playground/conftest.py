"""A race without training, for tests of the function `pays`."""

from __future__ import annotations

import pytest

from components.experiments.queue.store import Store
from components.experiments.races.plan import RacePlan, plan_race
from components.experiments.races.setup import Race
from components.experiments.training.events import Outcome
from sample_data.core.dataset import Dataset
from sample_data.loading.sources import load
from tests.experiments.races.support import outcome

DATASETS: dict[str, Dataset] = {}
"""Data of each race, loaded while its file exists."""


@pytest.fixture
def raced(monkeypatch: pytest.MonkeyPatch) -> list[Race]:
    """Return the requested races; a fusion in them reaches 25 points more than the best single
    input.
    """
    races: list[Race] = []

    def trained(race: Race, _: Store) -> tuple[RacePlan, dict[str, Outcome]]:
        races.append(race)
        DATASETS[race.digest] = load(race.architecture, race.data[0])
        plan = plan_race(race)
        known = {
            run.digest: outcome((0.7 if run.entry.kind == "alone" else 0.95) + run.seed / 500)
            for run in plan.runs
        }
        return plan, known

    monkeypatch.setattr("components.experiments.races.train_race.train_race", trained)
    return races
