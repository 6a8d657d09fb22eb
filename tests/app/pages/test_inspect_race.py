"""The strategies of a race on the Inspect page, in Streamlit's test runner."""

from __future__ import annotations

import csv
import itertools

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.inspect.race_view import contributions_table, race_csv
from components.experiments.inspection.basis.results import HeadInspection, Inspection
from components.experiments.inspection.explanation import measures_of
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.emap_gap import EmapGap
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.inspection.xray import XrayCamera
from components.experiments.queue.run_service import service
from components.experiments.races.entries import StrategyEntry, parse_entry
from components.experiments.races.plan import plan_race, requests
from components.experiments.races.setup import Race
from components.experiments.training.loop import RunModel
from components.models.drawing.palette import THEMES
from sample_data.loading.sources import parse as parse_data
from tests.app.pages.desk import VISITOR, html, well, with_model
from tests.app.pages.examples import inspection_of
from tests.app.pages.stored import a_sweep
from tests.experiments.races.support import small_race

PAGE = "pages/2_Inspect.py"
_samples = itertools.count(300)


@pytest.fixture(scope="module")
def xor() -> Inspection:
    return inspection_of("xor")


@pytest.fixture
def page(keras_is_in: None) -> AppTest:
    return with_model(PAGE)


def finished_race(owner: str = VISITOR) -> tuple[str, Race]:
    """Store a finished race of two strategies; return its id and the race."""
    race = small_race("add,multiply", (parse_data("xor", samples=next(_samples)),), 2)
    return a_sweep(race, lambda _: 0.7, owner=owner), race


def opened(page: AppTest, sweep: str) -> AppTest:
    page.query_params["race"] = sweep
    page.run()
    well(page)
    return page


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


def test_a_race_shows_the_inspections_of_its_runs_to_all_who_may_read_it(
    page: AppTest, xor: Inspection
) -> None:
    sweep, race = finished_race("another")
    service().store.sweeps.share(sweep)
    opened(page, sweep)
    assert page.query_params["race"] == sweep
    store = service().store
    latest = store.latest(run.digest for run in plan_race(race).runs if run.seed == 0)
    store.keep_result(next(iter(latest.values())).id, "inspection", "one that cannot be read")
    page.run()
    well(page)
    assert html(page).count("not inspected") == 2
    assert "is started with **Inspect each model**" in captions(page)
    for run in latest.values():
        store.keep_result(run.id, "inspection", xor.json_text())
    page.run()
    well(page)
    assert "not inspected" not in html(page)
    assert "permutation" in html(page)
    assert "is started with" not in captions(page)
    assert "A line for each strategy" not in captions(page)
    asked = requests(race)[0]
    camera = XrayCamera(RunModel.of(asked), shows=False)
    camera.record(1)
    for run in store.latest(run.digest for run in plan_race(race).runs).values():
        store.keep_result(run.id, "xray", camera.xray().model_dump_json())
    page.run()
    well(page)
    assert "A line for each strategy" in captions(page)


@pytest.mark.parametrize("chosen", [False, True])
def test_a_link_to_a_race_that_is_not_there_says_so(page: AppTest, chosen: bool) -> None:
    sweep, _ = finished_race()
    if chosen:
        opened(page, sweep)
    page.query_params["race"] = "0123456789ab"
    page.run()
    (error,) = page.error
    assert error.value.startswith("There is no race")
    assert "`0123456789ab`" in error.value
    assert page.query_params.get("race") == (sweep if chosen else None)
    if chosen:
        page.segmented_control(key="inspected_what").set_value("run").run()
        well(page)
        assert "race" not in page.query_params


def test_the_table_and_its_csv_have_every_measure(xor: Inspection) -> None:
    head = xor.heads["y"]
    add, multiply = map(parse_entry, ("add", "multiply"))
    rows: dict[StrategyEntry, HeadInspection | str] = {add: head, multiply: "not <inspected>"}
    table = contributions_table(rows, THEMES["light"])
    assert table.count("<tr>") == 3
    for measure in (Cooperation, EmapGap):
        assert f"{measure.values(head)[0]:+.2f}" in table
    assert "not &lt;inspected&gt;" in table
    first, *numbers = csv.reader(race_csv(rows).splitlines())
    assert first == ["strategy", "seed", "measure", "input", "value"]
    assert {number[0] for number in numbers} == {"add"}
    shares = [float(number[4]) for number in numbers if number[2] == "Shapley share"]
    assert shares == pytest.approx(ShapleyShare.values(head))
    titles = {measure.title for measure in measures_of(head)}
    assert {number[2] for number in numbers} == {*titles, "accuracy"}
