"""The Compare page's script in Streamlit's test runner, and what it draws, without training."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from components.core.errors import RunError
from components.model.spec import Architecture, parse
from components.race.data_names import data_name
from components.race.entries import parse_entries
from components.race.evaluation import evaluate, measured
from components.race.lineup import requests
from components.race.outcomes import Outcome
from components.race.plan import PlannedRun, plan_race, run_groups
from components.race.result import RaceResult
from components.race.robustness import lines, robust
from components.race.setup import Race, make_race
from components.race.text import Bet, explain, verdict
from components.render.palette import THEMES
from components.training.events import Epoch, Event, Failed, Finished, HeadReport, Report, Started
from components.training.requests import RunRequest, Settings
from components.training.service import service
from components.training.sweeps import Sweep, SweepState
from components.ui.compare import (
    chart_parts,
    charts,
    costs_chart,
    intervals,
    state,
    stored_race,
)
from components.ui.compare.grid import MANY, grid
from components.ui.compare.page_switch import BUILD, TRAIN
from components.ui.compare.scale import of_table
from components.ui.compare.state import CompareState, EtaEstimator
from components.ui.compare.stored_race import EvaluatedRace, StoredRace
from components.ui.compare.table import table_html
from components.ui.compare.winner_map import picture
from components.ui.kit.background import Background
from components.ui.kit.model_editor import ModelEditor
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.ui.test_pages import editor, key_of, well

pytestmark = pytest.mark.xdist_group("compare")

EPOCHS = 3
BEST = {"multiply": 0.97, "bilinear": 0.965, "add": 0.51}
WOBBLE = {"multiply": (0.0, 0.01, -0.01), "bilinear": (0.01, -0.01, 0.0), "add": (0.0, 0.0, 0.001)}
LIGHT = THEMES["light"]


_samples = itertools.count(60)
"""Races of other data are not known to the store from another test."""


def two_vectors() -> Architecture:
    return parse(
        {
            "version": 1,
            "name": "two_vectors",
            "inputs": [
                {
                    "name": name,
                    "kind": "vector",
                    "features": 4,
                    "encoder": {"kind": "dense", "depth": 1, "units": 8},
                }
                for name in ("left", "right")
            ],
            "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["left", "right"]}],
            "trunk": {"depth": 0},
            "heads": [{"name": "label", "kind": "binary", "source": "fusion"}],
        }
    )


def a_race(*relations: str, seeds: int = 3, entries: str = "multiply,bilinear,add") -> Race:
    return make_race(
        architecture=two_vectors(),
        entries=parse_entries(entries),
        data=tuple(
            DataSpec(relation=RELATIONS[kind](), samples=next(_samples))
            for kind in relations or ("xor",)
        ),
        settings=Settings(epochs=EPOCHS),
        seeds=seeds,
    )


def told(cell: PlannedRun) -> list[Event]:
    """What a run that reached the strategy's figure tells, each seed a little off it."""
    reached = BEST[cell.entry.kind] + WOBBLE[cell.entry.kind][cell.seed % 3]
    epochs = [
        Epoch(
            epoch=epoch,
            logs={"loss": 1 / epoch, "val_label/accuracy": 0.5 + (reached - 0.5) * epoch / EPOCHS},
            seconds=0.1,
        )
        for epoch in range(1, EPOCHS + 1)
    ]
    head = HeadReport(target="classes", measures={"accuracy": reached, "loss": 0.3})
    report = Report(
        epoch=EPOCHS,
        validated=True,
        samples=15,
        trained=45,
        held=15,
        heads={"label": head},
        seconds=0.5,
        epoch_seconds=0.1,
        memory_bytes=1,
    )
    started = Started(epochs=EPOCHS, estimated_bytes=1, parameters=1)
    return [started, *epochs, report, Finished(seconds=0.5)]


def outcome(cell: PlannedRun) -> Outcome:
    events = told(cell)
    history = tuple(event for event in events if isinstance(event, Epoch))
    report = next(event for event in events if isinstance(event, Report))
    return Outcome("finished", history, report, "", f"run{cell.seed}")


def finished(of: Race) -> RaceResult:
    plan = plan_race(of)
    return evaluate(plan, {run.digest: outcome(run) for run in plan.runs})


def evaluated(of: Race, runs: int) -> EvaluatedRace:
    """A race of which so many runs have finished."""
    plan = plan_race(of)
    outcomes = {run.digest: outcome(run) for run in plan.runs[:runs]}
    return EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))


def groups(of: Race) -> list[list[RunRequest]]:
    return [list(group.values()) for group in run_groups(plan_race(of))]


def stored(of: Race, end: SweepState = "finished", bet: Bet | None = None, runs: int = 99) -> str:
    """A race in the store with so many finished runs, which belong to the living service."""
    plan = plan_race(of)
    store = service().store
    text = StoredRace(of, bet, plan).text()
    sweep = store.sweeps.create(groups(of), text, "", stored_race.name(of))
    for run, request in list(zip(plan.runs, requests(of), strict=True))[:runs]:
        run_id = store.create(request, sweep=sweep, service=service().id)
        store.append(run_id, *told(run))
    if end != "running":
        store.sweeps.change_state(sweep, end)
    return sweep


@pytest.fixture
def compare(app: AppTest) -> AppTest:
    """The Compare page with a small model, once it is known which strategies fit."""
    app.session_state["editor"] = ModelEditor.of(two_vectors())
    state.candidates.wait((two_vectors(), ""))
    return app.switch_page("pages/2_Compare.py").run()


def session(app: AppTest) -> CompareState:
    found: CompareState = app.session_state["compare"]
    return found


def html(app: AppTest) -> str:
    return "\n".join(str(part.proto.body) for part in app.get("html"))


def opened(app: AppTest, sweep: str) -> AppTest:
    session(app).show(sweep)
    return app.run()


def start(app: AppTest) -> Any:
    return app.button(key="start_race")


# The page before a race


def test_it_opens_with_six_strategies_and_says_what_a_race_takes(compare: AppTest) -> None:
    well(compare)
    assert len(compare.multiselect(key=key_of(compare, "race.strategies")).value) == 6
    stored_race.plans.wait(the_race(compare))
    compare.run()
    assert any("**30 trainings**" in caption.value for caption in compare.caption)
    assert not start(compare).disabled


def test_two_vectors_are_offered_where_the_model_would_race_long(app: AppTest) -> None:
    large = presets.load(presets.DEFAULT)
    state.candidates.wait((large, ""))
    app.switch_page("pages/2_Compare.py").run()
    well(app)
    assert any("for a model of this size" in caption.value for caption in app.caption)
    app.button(key="race_small").click().run()
    well(app)
    assert editor(app).valid.name == "two_vectors"
    assert "race_small" not in [button.key for button in app.button]
    editor(app).undo()
    app.run()
    assert editor(app).valid == large


def the_race(app: AppTest) -> Race:
    found = session(app)
    train = app.session_state["train_state"]
    return state.race_of(found, train, editor(app).valid, found.chosen)


def test_what_does_not_fit_is_left_out_with_its_reason(compare: AppTest) -> None:
    chosen = compare.multiselect(key=key_of(compare, "race.strategies"))
    assert "Squeeze-excite fusion" not in chosen.options
    assert any("Squeeze-excite fusion can only take" in text.value for text in compare.markdown)
    data = compare.multiselect(key=key_of(compare, "race.relations"))
    assert "Recall" not in data.options
    assert any("Recall needs a sequence" in text.value for text in compare.markdown)


@pytest.mark.parametrize("what", ["race.strategies", "race.relations"])
def test_a_race_of_nothing_gets_a_sentence(compare: AppTest, what: str) -> None:
    compare.multiselect(key=key_of(compare, what)).set_value([]).run()
    assert not compare.exception
    assert len(compare.error) == 1
    assert "Choose" in compare.error[0].value
    assert start(compare).disabled


def test_own_data_without_a_file_gets_a_sentence(compare: AppTest) -> None:
    compare.segmented_control(key=key_of(compare, "source")).set_value("own").run()
    assert not compare.exception
    assert any("Choose a data file first" in error.value for error in compare.error)
    assert start(compare).disabled


def test_a_real_set_that_does_not_fit_is_refused_at_the_start(compare: AppTest) -> None:
    compare.segmented_control(key=key_of(compare, "source")).set_value("collection").run()
    start(compare).click().run()
    assert not compare.exception
    assert len(compare.error) == 1
    assert session(compare).shown is None


def test_a_strategy_can_be_written_with_its_fields(compare: AppTest) -> None:
    session(compare).chosen = ("add", "gated:units=8")
    compare.run()
    well(compare)
    chosen = compare.multiselect(key=key_of(compare, "race.strategies"))
    assert chosen.options.count("Gated multimodal unit (units 8)") == 1
    assert [entry.text for entry in the_race(compare).entries] == ["add", "gated:units=8"]


def test_a_strategy_that_is_none_gets_a_sentence(compare: AppTest) -> None:
    widget = compare.multiselect(key=key_of(compare, "race.strategies"))
    widget.set_value(["add", "gatd"]).run()
    assert not compare.exception
    assert any("gated" in error.value for error in compare.error)
    assert session(compare).chosen == ("add",)


def test_a_bet_is_part_of_the_race(compare: AppTest) -> None:
    compare.selectbox(key=key_of(compare, "race.bet")).set_value("multiply").run()
    compare.number_input(key=key_of(compare, "race.margin")).set_value(40.0).run()
    well(compare)
    assert session(compare).bet == Bet("multiply", 40.0)


def test_seeds_and_matching_are_part_of_the_race(compare: AppTest) -> None:
    compare.number_input(key=key_of(compare, "race.seeds")).set_value(2).run()
    how = compare.segmented_control(key=key_of(compare, "race.matched"))
    how.set_value("Matched parameters").run()
    assert not compare.exception
    assert the_race(compare).seeds == 2
    assert the_race(compare).matched


# A race in the store


def test_a_finished_race_has_its_verdict_and_answers_the_bet(compare: AppTest) -> None:
    opened(compare, stored(a_race(), bet=Bet("multiply", 1.0)))
    well(compare)
    assert 'class="verdict"' in html(compare)
    assert any("You bet on Multiply" in found.value for found in compare.success)
    assert not any(bar for bar in compare.get("progress"))


def test_a_lost_bet_is_answered_too(compare: AppTest) -> None:
    opened(compare, stored(a_race(), bet=Bet("add", 1.0)))
    well(compare)
    assert any("You bet on Add" in found.value for found in compare.info)


@pytest.mark.parametrize(
    "view", ["Table", "Curves", "Costs", "Winner map", "Robustness", "Difference"]
)
def test_every_view_is_drawn(compare: AppTest, view: str) -> None:
    opened(compare, stored(a_race("xor", "additive")))
    compare.segmented_control(key="race_view").set_value(view).run()
    well(compare)


def test_a_race_half_done_can_be_resumed(compare: AppTest) -> None:
    opened(compare, stored(a_race(), "paused", runs=4))
    well(compare)
    assert any("4 of 9 runs" in str(bar.proto.text) for bar in compare.get("progress"))
    assert "Resume" in [button.label for button in compare.button]


def test_runs_that_failed_say_why(compare: AppTest) -> None:
    of = a_race(seeds=2)
    sweep = stored(of, runs=4)
    store = service().store
    for request in requests(of)[4:]:
        run = store.create(request, sweep=sweep, service=service().id)
        store.append(run, Failed(message="No memory was left."))
    opened(compare, sweep)
    session(compare).picked = "add"
    compare.run()
    well(compare)
    assert "No memory was left." in html(compare)
    assert "Try 2 again" in [button.label for button in compare.button]


def test_a_race_that_cannot_be_read_gets_a_sentence(compare: AppTest) -> None:
    of = a_race()
    opened(compare, service().store.sweeps.create(groups(of), "no race", "", "old"))
    assert not compare.exception
    assert any("can't be read" in error.value for error in compare.error)
    assert "New race" in [button.label for button in compare.button]


def test_the_address_opens_a_race_and_an_unknown_one_is_dropped(app: AppTest) -> None:
    of = a_race()
    sweep = stored(of)
    app.switch_page("pages/2_Compare.py")
    for named, shown in ((sweep, sweep), ("nothing", None)):
        app.session_state["compare"] = CompareState()
        app.query_params["race"] = named
        app.run()
        well(app)
        assert session(app).shown == shown


def test_use_this_puts_the_strategy_on_the_build_page(compare: AppTest) -> None:
    opened(compare, stored(a_race()))
    session(compare).picked = "bilinear"
    compare.run()
    compare.button(key="race.use").click().run()
    arrived(compare, BUILD)
    assert editor(compare).draft["merges"][0]["kind"] == "bilinear"


def test_a_run_opens_on_the_train_page(compare: AppTest) -> None:
    opened(compare, stored(a_race()))
    compare.button(key="race.open_run").click().run()
    arrived(compare, TRAIN)
    assert any("finished" in str(bar.proto.text) for bar in compare.get("progress"))


def arrived(app: AppTest, page: str) -> None:
    """Answer as the browser does once it has drawn that the page is left."""
    assert session(app).next_page == page
    session(app).ready = True
    app.run()
    assert not app.exception
    assert not session(app).next_page


def test_a_new_race_is_begun_beside_the_one_that_is_shown(compare: AppTest) -> None:
    opened(compare, stored(a_race()))
    compare.button(key="new_race").click().run()
    well(compare)
    assert session(compare).shown is None
    assert any(str(box.key).startswith("race.bet") for box in compare.selectbox)


# What is drawn


def test_the_table_calls_ties_ties_and_has_every_row() -> None:
    found = finished(a_race())
    drawn = table_html(found.tables[0], found, LIGHT, "add")
    assert [row.entry for row in found.tables[0].rows] == ["multiply", "bilinear", "add"]
    assert drawn.count("data-pick=") == 3
    assert drawn.count(">tied<") == len(found.tables[0].best) == 2
    assert drawn.count('class="picked"') == 1
    assert "51.1 %" in drawn or "51.0 %" in drawn


def test_titles_cannot_break_out_of_the_html() -> None:
    found = finished(a_race())
    first = found.tables[0]
    row = first.rows[0].model_copy(update={"title": "<script>", "entry": '"x"'})
    hostile = first.model_copy(update={"rows": (row, *first.rows[1:])})
    drawn = table_html(hostile, found, LIGHT, "")
    assert "<script>" not in drawn
    assert '""x""' not in drawn


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_svg_that_stands_alone(theme: str) -> None:
    of = a_race("xor", "additive")
    found = finished(of)
    figure = intervals.figure(found, found.tables[0], THEMES[theme])
    ElementTree.fromstring(figure)
    assert "@font-face" in figure
    assert "Bayes" in figure
    ElementTree.fromstring(picture(found, THEMES[theme]))


def test_a_square_for_each_run_and_for_many_one_for_each_group() -> None:
    of = a_race()
    drawn = grid(evaluated(of, 2), LIGHT)
    assert drawn.count('role="button"') == 2
    assert drawn.count('<span class="cell waiting"') == 9 - 2
    many = a_race(seeds=MANY // 9 + 1, entries="multiply,bilinear,add")
    wide = make_race(
        **{
            **{name: getattr(many, name) for name in type(many).model_fields},
            "data": tuple(
                DataSpec(relation=RELATIONS["xor"](), samples=60 + step) for step in range(4)
            ),
        }
    )
    assert wide.total > MANY
    assert grid(evaluated(wide, 0), LIGHT).count('<span class="cell ') == 3 * 4


def test_all_points_lie_within_the_scale_of_their_table() -> None:
    for of in finished(a_race("xor", "additive")).tables:
        scale = of_table(of)
        values = [score for row in of.rows for score in row.scores.values()]
        assert all(scale.low < value < scale.high for value in values)
        assert 0 <= scale.share(-1) <= scale.share(0.5) <= scale.share(2) <= 1


def test_curves_have_a_line_and_a_band_for_each_strategy() -> None:
    found = finished(a_race())
    entries = ["multiply", "bilinear", "add"]
    option = charts.over_epochs(found.tables[0], entries, found.measure, LIGHT)
    ids = [series["id"] for series in option["series"]]
    assert ids.count("levels") == 1
    assert {f"{entry}{part}" for entry in entries for part in ("", ".low", ".band")} <= set(ids)
    lines_ = {series["id"]: series["data"] for series in option["series"]}
    assert all(width >= 0 for width in lines_["add.band"])
    top = lines_["multiply"][-1]
    assert top == pytest.approx(100 * found.tables[0].row("multiply").curve.mean[-1])


@pytest.mark.parametrize("axis", costs_chart.AXES)
def test_costs_have_a_point_for_each_strategy(axis: costs_chart.Axis) -> None:
    found = finished(a_race())
    option = costs_chart.against(
        found.tables[0], ["multiply", "bilinear", "add"], found, axis, LIGHT
    )
    points = [series for series in option["series"] if series["type"] == "scatter"]
    assert len(points) == 3
    assert all(math.isfinite(value) for series in points for value in series["data"][0])


def test_robustness_is_a_line_along_the_factor() -> None:
    further = robust(a_race(), "samples", (40, 80))
    drawn = lines(finished(further), "samples")
    option = charts.along(drawn, "samples", measured(further), LIGHT)
    assert option["xAxis"]["data"] == ["40", "80"]
    assert len(next(s for s in option["series"] if s["id"] == "add")["data"]) == 2


def test_axes_hold_means_and_ceilings_and_are_not_ruled_by_wide_intervals() -> None:
    of = finished(a_race()).tables[0]
    found = chart_parts.ends([0.6, 0.9], [-3.0, 4.0], of.marks, 100.0)
    assert found == {"min": 30.0, "max": 100.0}
    assert chart_parts.ends([], [], (), 1.0) == {}
    narrow = chart_parts.ends([0.91, 0.92], [0.905, 0.925], (), 100.0)
    assert 88 <= narrow["min"] <= 90
    assert 93 <= narrow["max"] <= 94


# Parts


def test_a_posted_race_is_read_back_with_its_bet() -> None:
    found = StoredRace(a_race(), Bet("add", 3.0))
    sweep = Sweep("1", datetime.now(UTC), "", "", "paused", "", found.text(), ())
    assert stored_race.of(sweep) == found
    assert stored_race.read(found.race.json_text()) == StoredRace(found.race)
    planned = StoredRace(found.race, None, plan_race(found.race))
    assert stored_race.read(planned.text()) == planned


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"race": 1}', '{"race": "{}", "bet": 1}'])
def test_what_is_no_race_is_refused(text: str) -> None:
    with pytest.raises(RunError):
        stored_race.read(text)


def test_the_pace_counts_from_what_it_has_seen() -> None:
    eta = EtaEstimator()
    assert eta.seconds_left("a", 10, 30, now=0.0) is None
    assert eta.seconds_left("a", 15, 30, now=10.0) == pytest.approx(30.0)
    assert eta.seconds_left("a paused", 15, 30, now=20.0) is None


def test_work_in_the_background_is_done_once_and_faults_are_tried_again() -> None:
    asked: list[int] = []

    def work(number: int) -> int:
        asked.append(number)
        if number < 0 and len(asked) < 2:
            raise ValueError("a fault")
        return 2 * number

    found = Background(work, "test")
    with pytest.raises(ValueError, match="a fault"):
        found.wait(-1)
    assert found.wait(-1) == -2
    assert found.wait(-1) == -2
    assert found.get(-1) == -2
    assert asked == [-1, -1]


def test_a_session_reads_again_only_what_had_not_finished() -> None:
    of = a_race()
    store = service().store
    stored(of, "running", runs=3)
    known: dict[str, EvaluatedRace] = {}
    plan = plan_race(of)
    first = stored_race.evaluated(plan, store, known)
    assert first.result.done >= 3
    assert stored_race.evaluated(plan, store, known) is first
    assert data_name(of.data[0]) == first.result.tables[0].data


def test_a_stored_race_is_read_and_evaluated_without_building(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweep = service().store.sweeps.get(stored(a_race()))

    def build(*_: object) -> None:
        raise AssertionError("a stored race must not build a model")

    for module in ("candidates", "lineup", "matching"):
        for name in ("build", "candidate", "size", "contenders"):
            monkeypatch.setattr(f"components.race.{module}.{name}", build, raising=False)
    plan = stored_race.of(sweep).plan
    assert plan is not None
    result = stored_race.evaluated(plan, service().store, {}).result
    assert result.complete
    assert "tied for the best" in verdict(result.tables[0])
    assert explain(result, result.tables[0])
