"""The shipped example: its race is the present one, and its figures come from real training."""

import pytest

from components.experiments.queue.without_server import train_run
from components.experiments.races import example
from components.experiments.races.plan import plan_race, requests
from tests.experiments.races.test_atlas import NEAR
from tests.matrix import cases
from tests.trained_example import inspected_digest

AGAIN = "make generate ARGS=example"


def test_it_has_all_runs_of_the_race_as_it_is_planned_now() -> None:
    race = example.example_race()
    plan = plan_race(race)
    assert set(example.outcomes()) == {run.digest for run in plan.runs}, AGAIN
    assert example.inspected() is example.outcomes()[inspected_digest(plan)], AGAIN
    assert len(race.entries) == 6
    assert example.result().complete


@pytest.mark.parametrize("number", cases([(0,), (10,), (20,)], [(10,)]))
def test_a_model_trained_anew_reaches_the_figures_of_the_file(number: int) -> None:
    request = requests(example.example_race())[number]
    anew = train_run(request, lambda _: None)
    kept = example.outcomes()[request.digest]
    measured = kept.final["val_y/accuracy"]
    assert anew.final["val_y/accuracy"] == pytest.approx(measured, abs=NEAR)


def test_its_inspection_is_of_the_model_that_shares_the_lead() -> None:
    (table,) = example.result().tables
    kind, seed = example.INSPECTED
    assert table.row(kind).leads or table.row(kind).tied
    head = example.inspection().heads["y"]
    assert head.quality == pytest.approx(table.row(kind).scores[seed], abs=0.01)
    assert example.limits()["y"].chance.value == 0.5
