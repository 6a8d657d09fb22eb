"""The strategies of a race on the Inspect page, in Streamlit's test runner."""

from __future__ import annotations

import csv
import itertools

import pytest
from streamlit.testing.v1 import AppTest

from components.inspection.results import Inspection
from components.race.entries import parse_entry
from components.race.plan import plan_race, requests, run_groups
from components.race.setup import Race
from components.render.palette import THEMES
from components.runs.run_service import service
from components.training.events import Finished, Inspected, Started
from components.ui.inspect.race_rows import StrategyRow, race_csv, race_table
from components.ui.kit import stored_race
from components.ui.kit.stored_race import StoredRace
from sample_data.sources import parse as parse_data
from tests.race.support import events, small_race
from tests.ui.desk import VISITOR, html, well, with_model
from tests.ui.examples import inspection_of

PAGE = "pages/2_Inspect.py"
_samples = itertools.count(300)


@pytest.fixture(scope="module")
def xor() -> Inspection:
    return inspection_of("xor")


@pytest.fixture
def page(keras_is_in: None) -> AppTest:
    return with_model(PAGE)


def finished_race(owner: str = VISITOR) -> tuple[str, Race]:
    """A race of two strategies that has finished, as the store has it."""
    race = small_race("add,multiply", (parse_data("xor", samples=next(_samples)),), 2)
    plan, store = plan_race(race), service().store
    groups = [list(group.values()) for group in run_groups(plan)]
    text, name = StoredRace(race, None, plan).text(), stored_race.name(race)
    sweep = store.sweeps.create(groups, text, owner, name, service().id)
    for request in requests(race):
        run = store.create(request, owner, sweep=sweep, service=service().id)
        store.append(run, *events(0.7))
    store.sweeps.change_state(sweep, "finished")
    return sweep, race


def opened(page: AppTest, sweep: str) -> AppTest:
    page.query_params["race"] = sweep
    page.run()
    well(page)
    return page


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


def test_strategies_are_inspected_one_after_another_and_stopped(
    page: AppTest, xor: Inspection
) -> None:
    sweep, _ = finished_race()
    opened(page, sweep)
    assert page.query_params["race"] == sweep
    assert html(page).count("not inspected") == 2
    assert "trains 2 models again, of seed 0" in captions(page)
    page.button(key="inspect_each").click().run()
    well(page)
    (waiting,) = service().store.queue.waiting()
    assert html(page).count(">waits<") == 1
    assert page.button(key="inspect_each").disabled
    done = (Started(epochs=1, estimated_bytes=1, parameters=1), Finished(seconds=1.0))
    service().store.append(waiting.id, Inspected(inspection=xor.json_text()), *done)
    page.run()
    well(page)
    assert "1 of 2 strategies inspected" in page.get("progress")[0].proto.text
    assert "permuted" in html(page)
    page.button(key="stop_each").click().run()
    well(page)
    assert service().store.queue.waiting() == []
    assert "trains 1 model again" in captions(page)
    assert not page.button(key="inspect_each").disabled


def test_a_reader_sees_the_race_and_starts_nothing(page: AppTest) -> None:
    sweep, _ = finished_race("another")
    service().store.sweeps.share(sweep)
    opened(page, sweep)
    assert "only they can inspect its strategies" in captions(page)
    assert not any(button.key == "inspect_each" for button in page.button)


def test_one_run_can_be_chosen_again(page: AppTest) -> None:
    sweep, _ = finished_race()
    opened(page, sweep)
    page.session_state["inspected_what"] = "run"
    page.run()
    well(page)
    assert "race" not in page.query_params


@pytest.mark.parametrize("chosen", [False, True])
def test_a_link_to_a_race_that_is_not_there_says_so(page: AppTest, chosen: bool) -> None:
    sweep, _ = finished_race()
    if chosen:
        opened(page, sweep)
    page.query_params["race"] = "0123456789ab"
    page.run()
    (error,) = page.error
    assert error.value.startswith("A race must exist, and be yours or shared")
    assert "Received `0123456789ab`" in error.value
    assert page.query_params.get("race") == (sweep if chosen else None)


def test_the_table_and_its_csv_have_every_measure(xor: Inspection) -> None:
    head = xor.heads["y"]
    rows = [
        StrategyRow(parse_entry("add"), None, head),
        StrategyRow(parse_entry("multiply"), None, None, "not <inspected>"),
    ]
    table = race_table(rows, THEMES["light"])
    assert table.count("<tr>") == 3
    assert f"{head.cooperation:+.2f}" in table
    assert f"{head.emap_gap:+.2f}" in table
    assert "not &lt;inspected&gt;" in table
    first, *numbers = csv.reader(race_csv(rows).splitlines())
    assert first == ["strategy", "seed", "measure", "input", "value"]
    assert {number[0] for number in numbers} == {"add"}
    shares = [float(number[4]) for number in numbers if number[2] == "Shapley share"]
    assert shares == pytest.approx([share.shapley for share in head.inputs])
    assert [n[2] for n in numbers[-3:]] == ["cooperation", "EMAP gap", "accuracy"]
