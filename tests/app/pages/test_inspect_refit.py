"""Training again without each input on the Inspect page: cost, states and results."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.compare.tables import losses_table
from components.app.pages.inspect.refit_section import cost_text
from components.app.parts.data.stored_race import plans
from components.experiments.queue.run_service import service
from components.experiments.queue.sweeps import Sweep
from components.experiments.races.evaluation import evaluate
from components.experiments.races.kinds.without import race_without
from components.experiments.races.plan import plan_race, run_groups
from components.experiments.races.tables import csv_of
from components.experiments.training.events import Failed
from components.experiments.training.requests import RunRequest, Settings
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.app.pages.desk import VISITOR, arrival, html, well
from tests.app.pages.stored import a_run, a_sweep
from tests.app.pages.test_inspect_page import opened, page
from tests.experiments.races.support import events, outcome
from tests.experiments.training.support import VECTORS

__all__ = ["page"]
BUTTON = "Retrain without each input"
VALUES = {"": (0.9, 0.92, 0.91), "left": (0.7, 0.71, 0.705), "right": (0.9, 0.92, 0.91)}
"""Scores of the runs without an input, by seed."""


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> RunRequest:
    """Return a request that no other test uses."""
    seed = sum(map(ord, request.node.name))
    data = DataSpec(relation=RELATIONS["xor"](), samples=40, seed=seed)
    return RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))


def trained(asked: RunRequest, owner: str = VISITOR) -> str:
    return a_run(asked, *events(0.9), owner=owner)


def planned(page: AppTest, asked: RunRequest, run: str, seeds: int = 5) -> AppTest:
    """Wait for the plan, then return the page."""
    plans.wait(race_without(asked, seeds))
    return opened(page, run)


def sweep_of(run: str) -> Sweep:
    sweep = service().store.sweeps.refit_of(run)
    assert sweep is not None
    return sweep


def test_it_shows_its_cost_and_trains_only_on_a_click(page: AppTest, asked: RunRequest) -> None:
    run = trained(asked)
    planned(page, asked, run)
    well(page)
    shown = [caption.value for caption in page.caption]
    assert "3 models × 5 seeds: 15 trainings, 1 already trained, up to 14 s" in shown
    assert service().store.sweeps.refit_of(run) is None
    plans.wait(race_without(asked, 3))
    page.number_input(key=f"refit_seeds.{run}").set_value(3).run()
    page.button(key="refit").click().run()
    well(page)
    sweep = sweep_of(run)
    assert (sweep.state, len(sweep.digests)) == ("running", 9)
    assert [bar.proto.text for bar in page.get("progress")] == ["1 of 9 trainings ended"]
    assert BUTTON not in [button.label for button in page.button]
    page.button(key="stop_refit").click().run()
    well(page)
    assert sweep_of(run).state == "stopped"
    assert any("The trainings were stopped: 1 of 9" in caption.value for caption in page.caption)
    assert not page.button(key="refit").disabled


def test_the_result_is_shown_with_its_verdict(page: AppTest, asked: RunRequest) -> None:
    run = trained(asked)
    sweep = finished(asked, run)
    planned(page, asked, run)
    well(page)
    links = [link.proto.query_string for link in page.get("page_link")]
    assert f"race={sweep}" in links
    verdict = "Trained without left, the model loses 20.5 points of accuracy."
    assert any(verdict in part.value for part in page.markdown)
    assert service().store.sweeps.get(sweep).state == "finished"


def test_compare_shows_the_loss_without_each_input(page: AppTest, asked: RunRequest) -> None:
    sweep = finished(asked, trained(asked))
    compare = arrival("pages/3_Compare.py", race=sweep).run()
    well(compare)
    assert "Lost (95 % interval)" in html(compare)
    assert "20.5 points (19.3 to 21.7)" in html(compare)
    assert "Losses as CSV" in [button.proto.label for button in compare.get("download_button")]


def finished(asked: RunRequest, run: str) -> str:
    """Store the finished race of a run, and return its id."""
    race = race_without(asked, 3)
    return a_sweep(race, lambda one: VALUES[one.entry.input][one.seed], refits=run)


def test_a_training_that_failed_says_why(page: AppTest, asked: RunRequest) -> None:
    run, plan = trained(asked), plan_race(race_without(asked, 3))
    sweep, digest = finished(asked, run), plan.digests[1]
    store = service().store
    store.remove([store.latest([digest])[digest].id])
    failure = Failed(message="A loss must stay a finite number.", seconds=1.0)
    a_run(run_groups(plan)[0][digest], failure, sweep=sweep)
    planned(page, asked, run)
    assert [error.value for error in page.error] == ["A loss must stay a finite number."]
    assert any("models with 3 seeds each" in part.value for part in page.markdown)


def test_readers_see_refits_of_a_shared_run_and_start_none(
    page: AppTest, asked: RunRequest
) -> None:
    run = trained(asked, "another person")
    service().store.share(run)
    opened(page, run)
    well(page)
    assert BUTTON not in [button.label for button in page.button]
    heading = "Retrained without each input"
    assert heading not in [one.value for one in page.subheader]
    finished(asked, run)
    opened(page, run)
    well(page)
    assert any("the model loses" in part.value for part in page.markdown)
    assert BUTTON not in [button.label for button in page.button]


def test_the_table_and_the_file_have_the_same_numbers(asked: RunRequest) -> None:
    plan = plan_race(race_without(asked, 3))
    known = {
        one.digest: outcome(VALUES[one.entry.input][one.seed])
        for one in plan.runs
        if one.entry.input != "right" or one.seed == 0
    }
    result = evaluate(plan, known)
    table = losses_table(result, result.tables[0])
    assert "70.5 %" in table
    assert "20.5 points (19.3 to 21.7)" in table
    rows = csv_of(result, "losses").splitlines()
    assert rows[0].startswith("dataset,head,input,seed,lost")
    assert [row.split(",")[1:4] for row in rows[1:]] == [
        ["y", "left", "0"],
        ["y", "left", "1"],
        ["y", "left", "2"],
        ["y", "left", "mean"],
        ["y", "right", "0"],
        ["y", "right", "mean"],
    ]
    assert cost_text(plan, 0, 3.0) == "3 models × 3 seeds: 9 trainings, 9 already trained"
