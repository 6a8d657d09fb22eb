"""The Compare page's script in Streamlit's test runner, and what it draws, without training."""

from __future__ import annotations

import itertools
import math
import uuid
from datetime import UTC, datetime
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from components.core.errors import LinkError, RunError
from components.core.paths import ROOT
from components.export.link import parse_link, share
from components.race.bets import Bet
from components.race.data_names import data_name
from components.race.evaluation import evaluate, measured
from components.race.lineup import requests
from components.race.plan import PlannedRun, plan_race, run_groups
from components.race.result import RaceResult
from components.race.robustness import lines, robust
from components.race.setup import Race
from components.race.text import explain, verdict
from components.render.heatmap import heatmap
from components.render.palette import THEMES
from components.training.events import Event, Failed
from components.training.requests import RunRequest, Settings
from components.training.service import service
from components.training.sweeps import Sweep, SweepState
from components.ui.compare import (
    chart_parts,
    charts,
    costs_chart,
    intervals,
    presented,
    setup_link,
    state,
)
from components.ui.compare.grid import MANY, grid
from components.ui.compare.head import news
from components.ui.compare.heat_table import heat_table
from components.ui.compare.page_switch import BUILD, TRAIN
from components.ui.compare.race_state import STATES, StateName, badge
from components.ui.compare.results import View
from components.ui.compare.scale import of_table
from components.ui.compare.state import CompareState, EtaEstimator
from components.ui.compare.table import table_html
from components.ui.compare.winner_map import heat_map
from components.ui.kit import present, stored_race
from components.ui.kit.background import Background
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.stored_race import EvaluatedRace, StoredRace
from sample_data import presets
from sample_data.sources import parse as parse_data
from tests.race.support import events, outcome, small_race, two_vectors
from tests.ui.desk import VISITOR, editor, html, key_of, well
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.xdist_group("compare")

ENTRIES = ["multiply", "bilinear", "add"]
LEVELS = {"multiply": 0.97, "bilinear": 0.965, "add": 0.51}
NOISE = {"multiply": (0.0, 0.01, -0.01), "bilinear": (0.01, -0.01, 0.0), "add": (0.0, 0.0, 0.001)}
LIGHT = THEMES["light"]

_samples = itertools.count(60)
"""Races of other data are not known to the store from another test."""


def a_race(*relations: str, seeds: int = 3) -> Race:
    data = tuple(parse_data(kind, samples=next(_samples)) for kind in relations or ("xor",))
    return small_race(",".join(ENTRIES), data, seeds)


def value_of(run: PlannedRun) -> float:
    return LEVELS[run.entry.kind] + NOISE[run.entry.kind][run.seed % 3]


def finished(race: Race) -> RaceResult:
    return evaluated(race, race.total).result


def evaluated(race: Race, runs: int) -> EvaluatedRace:
    """A race of which so many runs have finished."""
    plan = plan_race(race)
    outcomes = {run.digest: outcome(value_of(run)) for run in plan.runs[:runs]}
    return EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))


def groups(race: Race) -> list[list[RunRequest]]:
    return [list(group.values()) for group in run_groups(plan_race(race))]


def stored(race: Race, end: SweepState = "finished", bet: Bet | None = None, runs: int = 99) -> str:
    """A race in the store with so many finished runs, which belong to the living service."""
    plan, store = plan_race(race), service().store
    text = StoredRace(race, bet, plan).text()
    name, living = stored_race.name(race), service().id
    sweep = store.sweeps.create(groups(race), text, VISITOR, name, living)
    for run, request in list(zip(plan.runs, requests(race), strict=True))[:runs]:
        add(sweep, request, *events(value_of(run)))
    if end != "running":
        store.sweeps.change_state(sweep, end)
    return sweep


def add(sweep: str, request: RunRequest, *history: Event) -> None:
    """A run of a race with its events."""
    store = service().store
    run_id = store.create(request, VISITOR, sweep=sweep, service=service().id)
    store.append(run_id, *history)


@pytest.fixture
def compare(app: AppTest) -> AppTest:
    """The Compare page with a small model, once it is known which strategies fit."""
    app.session_state["editor"] = ModelEditor.of(two_vectors())
    state.candidates.wait((two_vectors(), ""))
    return app.switch_page("pages/3_Compare.py").run()


def session(app: AppTest) -> CompareState:
    current: CompareState = app.session_state["compare"]
    return current


def opened(app: AppTest, sweep: str) -> AppTest:
    session(app).show(sweep)
    app.query_params["race"] = sweep
    app.run()
    well(app)
    return app


def start(app: AppTest) -> Any:
    return app.button(key="start_race")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def the_race(app: AppTest) -> Race:
    train = app.session_state["train_state"]
    return state.race_of(session(app), train, editor(app).valid, session(app).chosen)


# The page before a race


def test_a_race_is_read_out_in_steps() -> None:
    texts = [news("running", done, 30) for done in range(30)]
    assert len(set(texts)) == 10
    assert texts[4] == "Race running: 10 % of the runs are done."
    assert news("finished", 30, 30) == "Race finished: 30 of 30 runs."


def test_a_race_is_set_up(compare: AppTest) -> None:
    well(compare)
    assert len(compare.multiselect(key=key_of(compare, "race.strategies")).value) == 6
    stored_race.plans.wait(the_race(compare))
    compare.run()
    assert any("**30 trainings**" in caption.value for caption in compare.caption)
    assert not start(compare).disabled
    compare.number_input(key=key_of(compare, "race.seeds")).set_value(2).run()
    how = compare.segmented_control(key=key_of(compare, "race.matched"))
    how.set_value("Matched parameters").run()
    assert (the_race(compare).seeds, the_race(compare).matched) == (2, True)
    compare.selectbox(key=key_of(compare, "race.bet")).set_value("multiply").run()
    compare.number_input(key=key_of(compare, "race.margin")).set_value(40.0).run()
    assert session(compare).bet == Bet("multiply", 40.0)
    session(compare).chosen = ("add", "gated:units=8")
    compare.run()
    chosen = compare.multiselect(key=key_of(compare, "race.strategies"))
    assert chosen.options.count("Gated multimodal unit (units 8)") == 1
    assert [entry.text for entry in the_race(compare).entries] == ["add", "gated:units=8"]
    well(compare)


def test_two_vectors_are_offered_where_the_model_would_race_long(app: AppTest) -> None:
    large = presets.load(presets.DEFAULT)
    state.candidates.wait((large, ""))
    app.switch_page("pages/3_Compare.py").run()
    well(app)
    assert any("for a model of this size" in caption.value for caption in app.caption)
    app.button(key="race_small").click().run()
    well(app)
    assert editor(app).valid.name == "two_vectors"
    assert "race_small" not in [button.key for button in app.button]
    editor(app).undo()
    app.run()
    assert editor(app).valid == large


def test_what_does_not_fit_is_left_out_with_its_reason(compare: AppTest) -> None:
    for widget, title, reason in (
        ("race.strategies", "Squeeze-excite fusion", "Squeeze-excite fusion can only take"),
        ("race.relations", "Recall", "Recall needs a sequence"),
    ):
        assert title not in compare.multiselect(key=key_of(compare, widget)).options
        assert any(reason in text.value for text in compare.markdown)


def test_what_is_no_race_gets_a_sentence(compare: AppTest) -> None:
    def refused(sentence: str) -> None:
        assert not compare.exception
        assert [sentence in error.value for error in compare.error] == [True]

    for widget in ("race.strategies", "race.relations"):
        field = compare.multiselect(key=key_of(compare, widget))
        before = field.value
        field.set_value([]).run()
        refused("Choose")
        assert start(compare).disabled
        compare.multiselect(key=key_of(compare, widget)).set_value(before).run()
    compare.segmented_control(key=key_of(compare, "source")).set_value("own").run()
    refused("Choose a data file first")
    assert start(compare).disabled
    compare.segmented_control(key=key_of(compare, "source")).set_value("collection").run()
    start(compare).click().run()
    refused("Received")
    assert session(compare).shown is None
    compare.multiselect(key=key_of(compare, "race.strategies")).set_value(["add", "gatd"]).run()
    refused("gated")
    assert session(compare).chosen == ("add",)


# A race in the store


def test_a_finished_race_has_its_verdict_and_answers_the_bet(compare: AppTest) -> None:
    opened(compare, stored(a_race(), bet=Bet("multiply", 1.0)))
    assert 'class="verdict"' in html(compare)
    assert "✓ You bet on Multiply" in html(compare)
    assert not compare.get("progress")
    opened(compare, stored(a_race(), bet=Bet("add", 1.0)))
    assert "✗ You bet on Add" in html(compare)
    compare.button(key="new_race").click().run()
    well(compare)
    assert session(compare).shown is None
    assert any(str(box.key).startswith("race.bet") for box in compare.selectbox)


def test_every_view_is_drawn(compare: AppTest) -> None:
    opened(compare, stored(a_race("xor", "additive")))
    for view in get_args(View):
        compare.segmented_control(key="race_view").set_value(view).run()
        well(compare)


def test_a_race_half_done_can_be_resumed_and_failures_say_why(compare: AppTest) -> None:
    opened(compare, stored(a_race(), "paused", runs=4))
    assert any("4 of 9 runs" in str(bar.proto.text) for bar in compare.get("progress"))
    assert "Resume" in labels(compare)
    race = a_race(seeds=2)
    sweep = stored(race, runs=4)
    for request in requests(race)[4:]:
        add(sweep, request, Failed(message="No memory was left."))
    opened(compare, sweep)
    session(compare).picked = "add"
    compare.run()
    assert "No memory was left." in html(compare)
    assert "Try 2 again" in labels(compare)
    assert any("frequent reason: No memory was left" in text.value for text in compare.caption)


def test_a_race_without_a_finished_run_failed_and_says_why(compare: AppTest) -> None:
    race = a_race(seeds=2)
    sweep, *asked = stored(race, "failed", runs=0), *requests(race)
    for request in asked:
        add(sweep, request, Failed(message="No memory was left."))
    opened(compare, sweep)
    assert any(badge("failed") in text.value for text in compare.markdown)
    assert any("frequent reason: No memory was left" in text.value for text in compare.caption)
    assert "Every run on Xor" in html(compare)
    assert "Try 6 again" in labels(compare)
    add("another", asked[0], *events(0.9))
    compare.run()
    assert any(badge("finished") in text.value for text in compare.markdown)


def test_the_address_opens_a_race_that_can_be_read(compare: AppTest) -> None:
    sweep = stored(a_race())
    others = service().store.sweeps.create(groups(a_race()), "", "another person")
    for address, shown in ((sweep, sweep), ("nothing", None), (others, None)):
        compare.session_state["compare"] = CompareState()
        compare.query_params["race"] = address
        compare.run()
        assert not compare.exception
        assert session(compare).shown == shown
        assert any("yours or shared" in error.value for error in compare.error) == (shown is None)
    old = service().store.sweeps.create(groups(a_race()), "no race", VISITOR, "old")
    session(compare).show(old)
    compare.run()
    assert not compare.exception
    assert any("can't be read" in error.value for error in compare.error)
    assert "New race" in labels(compare)


def newcomer(**address: str) -> AppTest:
    """The Compare page in a browser that was never here, at an address."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_SECONDS)
    app.session_state["visitor"] = uuid.uuid4().hex
    app.switch_page("pages/3_Compare.py")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    well(app)
    return app


def of_the_page(*relations: str, seeds: int = 3) -> Race:
    """A race as the sidebar describes one: of all relations the same number of samples."""
    samples = next(_samples)
    data = tuple(parse_data(kind, samples=samples) for kind in relations)
    return small_race(",".join(ENTRIES), data, seeds)


def in_the_sidebar(app: AppTest) -> Race:
    """The race that the widgets describe."""
    current = session(app)
    return state.race_of(
        current, app.session_state["train_state"], editor(app).valid, current.chosen
    )


@pytest.mark.parametrize(
    "race",
    [of_the_page("xor", "additive", seeds=7), of_the_page("xor", seeds=2)],
    ids=["two relations", "one"],
)
def test_the_sidebar_has_the_setup_of_a_link_without_training(compare: AppTest, race: Race) -> None:
    race = race.model_copy(update={"matched": True, "settings": Settings(epochs=4)})
    token = setup_link.token_of(race)
    app = newcomer(m=token)
    assert in_the_sidebar(app) == race
    assert (session(app).shown, editor(app).valid) == (None, race.architecture)
    assert app.number_input(key=key_of(app, "race.seeds")).value == race.seeds
    app.session_state["race_link"] = True
    app.run()
    assert any(token in code.value for code in app.code)
    session(app).seeds = 1
    editor(app).undo()
    app.run()
    assert editor(app).valid == presets.load(presets.DEFAULT)
    assert session(app).seeds == 1, "the link is opened once"


def test_the_sidebar_has_the_setup_of_the_race_in_the_address(compare: AppTest) -> None:
    race = of_the_page("xor", "additive")
    sweep = stored(race)
    service().store.sweeps.share(sweep)
    app = newcomer(race=sweep)
    assert session(app).shown == sweep
    assert in_the_sidebar(app) == race
    for button in app.button:
        if button.label == "New race":
            button.click().run()
            break
    assert in_the_sidebar(app) == race


def test_a_link_with_a_wrong_setup_is_a_sentence(compare: AppTest) -> None:
    for change in ({"entries": ("nothing",)}, {"seeds": 999}, {"head": "nobody"}):
        setup = parse_link(setup_link.token_of(a_race())).race
        assert setup is not None
        token = share(two_vectors(), race=setup.model_copy(update=change))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_SECONDS)
        app.switch_page("pages/3_Compare.py")
        app.query_params["m"] = token
        app.run()
        assert not app.exception
        assert len([error.value for error in app.error]) == 1
    with pytest.raises(LinkError, match="A link can't contain a file"):
        setup_link.token_of(a_race().model_copy(update={"data": ("own.npz",)}))


def test_each_state_of_a_race_has_a_word_and_an_icon_of_its_own(compare: AppTest) -> None:
    def shown(sweep: str) -> str:
        opened(compare, sweep)
        return next(text.value for text in compare.markdown if "-badge[" in text.value)

    ends: tuple[SweepState, ...] = ("paused", "stopped", "finished", "failed")
    badges = [shown(stored(a_race(seeds=2), end, runs=0 if end == "failed" else 2)) for end in ends]
    begun, new = (stored(a_race(seeds=2), "running", runs=runs) for runs in (2, 0))
    badges += [shown(begun), shown(new)]
    words: tuple[StateName, ...] = (*ends, "running", "waiting")
    for text, word in zip(badges, words, strict=True):
        assert badge(word) in text
    position = f"number {service().store.sweeps.count_before(new) + 1} in line"
    assert any(position in str(bar.proto.text) for bar in compare.get("progress"))
    for sweep in (begun, new):
        service().store.sweeps.change_state(sweep, "stopped")
    assert len({(state.icon, state.word) for state in STATES.values()}) == len(STATES)
    assert len({state.color for state in STATES.values()}) == len(STATES)


def test_the_race_of_another_is_shown_where_it_is_shared_and_offers_no_changes(
    compare: AppTest,
) -> None:
    race = a_race()
    store, text = service().store, StoredRace(race, None, plan_race(race)).text()
    sweep = store.sweeps.create(groups(race), text, "another person", "theirs")
    store.sweeps.change_state(sweep, "paused")
    store.sweeps.share(sweep)
    opened(compare, sweep)
    assert any("another person" in text.value for text in compare.markdown)
    assert {"Pause", "Stop", "Resume"} & set(labels(compare)) == set()
    opened(compare, stored(race, "paused", runs=2))
    assert {"Pause", "Stop", "Resume"} & set(labels(compare)) == {"Stop", "Resume"}
    compare.toggle(key=f"share.{session(compare).shown}").set_value(True).run()
    assert store.sweeps.get(str(session(compare).shown)).shared


def test_a_race_leads_to_other_pages(compare: AppTest) -> None:
    opened(compare, stored(a_race()))
    session(compare).picked = "bilinear"
    compare.run()
    compare.button(key="race.use").click().run()
    arrived(compare, BUILD)
    assert editor(compare).draft["merges"][0]["kind"] == "bilinear"
    compare.switch_page("pages/3_Compare.py").run()
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


# What is drawn


def test_the_table_says_what_is_undecided_and_has_every_row() -> None:
    result = finished(a_race())
    drawn = table_html(result.tables[0], result, LIGHT, "add")
    assert [row.entry for row in result.tables[0].rows] == ENTRIES
    assert drawn.count("data-pick=") == 3
    assert drawn.count(">undecided<") == len(result.tables[0].best) == 2
    assert drawn.count('class="picked"') == 1
    assert "51.0 %" in drawn


def test_titles_cannot_break_out_of_the_html() -> None:
    result = finished(a_race())
    table = result.tables[0]
    row = table.rows[0].model_copy(update={"title": "<script>", "entry": '"x"'})
    hostile = table.model_copy(update={"rows": (row, *table.rows[1:])})
    drawn = table_html(hostile, result, LIGHT, "")
    assert "<script>" not in drawn
    assert '""x""' not in drawn


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_svg_that_stands_alone(theme: str) -> None:
    result = finished(a_race("xor", "additive"))
    figure = intervals.figure(result, result.tables[0], THEMES[theme])
    ElementTree.fromstring(figure)
    assert "@font-face" in figure
    assert "Bayes" in figure
    ElementTree.fromstring(heatmap(heat_map(result), THEMES[theme]))


@pytest.mark.parametrize(
    ("ended", "rows", "words"),
    [(4, 2, ""), (3, 2, ", 3 of 4 runs done"), (4, 16, ", the best 9 of 16 strategies")],
)
def test_the_board_of_a_projector_says_what_is_left(ended: int, rows: int, words: str) -> None:
    result = finished(a_race())
    table = result.tables[0]
    table = table.model_copy(update={"rows": (*table.rows, *table.rows * 8)[:rows]})
    result = result.model_copy(update={"done": ended - 1, "failed": 1, "total": 4})
    assert presented.title(result, table) == f"Accuracy on {table.title}{words}"


@pytest.mark.parametrize("many", [1, 8])
def test_the_board_of_a_projector_has_letters_of_20_px_and_is_seen_whole(many: int) -> None:
    result = finished(a_race())
    table = result.tables[0]
    table = table.model_copy(update={"rows": table.rows * many})
    drawn = intervals.board(result, table, LIGHT)
    width, height = present.ROOM
    assert present.letters(drawn, (width, math.inf)) >= 20
    box = ElementTree.fromstring(drawn).attrib
    assert float(box["height"]) * width / float(box["width"]) < height
    shown = min(len(table.rows), intervals.BOARD_ROWS)
    assert sum(drawn.count(f">{title}<") for title in {row.title for row in table.rows}) == shown


def test_the_winner_map_is_a_table_whose_heads_choose_the_dataset() -> None:
    shown = heat_map(finished(a_race("xor", "additive")))
    first, _ = shown.columns
    drawn = heat_table(shown, LIGHT, "colour", {first: "xor"})
    table = ElementTree.fromstring(drawn[drawn.index("<table>") : drawn.index("</table>") + 8])
    heads = [th for th in table.iter("th") if th.get("scope") == "col"]
    assert ["".join(th.itertext()).strip() for th in heads] == list(shown.columns)
    assert [button.get("data-pick") for button in table.iter("button")] == ["xor"]
    marks = [td.get("class") for td in table.iter("td")]
    assert (marks.count("best"), marks.count("tied")) == (2, 2)
    assert 'class="unseen">, not shown to be below the best' in drawn


def test_a_square_for_each_run_and_for_many_one_for_each_group() -> None:
    drawn = grid(evaluated(a_race(), 2), LIGHT)
    assert drawn.count('role="button"') == 2
    assert drawn.count('<span class="cell waiting"') == 9 - 2
    wide = a_race(*["xor"] * 4, seeds=MANY // 12 + 1)
    assert wide.total > MANY
    assert grid(evaluated(wide, 0), LIGHT).count('<span class="cell ') == 3 * 4


def test_all_points_lie_within_the_scale_of_their_table() -> None:
    for table in finished(a_race("xor", "additive")).tables:
        scale = of_table(table)
        values = [score for row in table.rows for score in row.scores.values()]
        assert all(scale.low < value < scale.high for value in values)
        assert 0 <= scale.share(-1) <= scale.share(0.5) <= scale.share(2) <= 1


def test_curves_have_a_line_and_a_band_for_each_strategy() -> None:
    result = finished(a_race())
    option = charts.over_epochs(result.tables[0], ENTRIES, result.measure, LIGHT)
    series = {part["id"]: part["data"] for part in option["series"]}
    assert {"levels", *(f"{e}{part}" for e in ENTRIES for part in ("", ".low", ".band"))} == set(
        series
    )
    assert all(width >= 0 for width in series["add.band"])
    mean = result.tables[0].row("multiply").curve.mean[-1]
    assert series["multiply"][-1] == pytest.approx(100 * mean)


@pytest.mark.parametrize("axis", costs_chart.AXES)
def test_costs_have_a_point_for_each_strategy(axis: costs_chart.Axis) -> None:
    result = finished(a_race())
    option = costs_chart.against(result.tables[0], ENTRIES, result, axis, LIGHT)
    points = [series for series in option["series"] if series["type"] == "scatter"]
    assert len(points) == 3
    assert all(math.isfinite(value) for series in points for value in series["data"][0])


def test_robustness_is_a_line_along_the_factor() -> None:
    along = robust(a_race(), "samples", (40, 80))
    drawn = lines(finished(along), "samples")
    option = charts.along(drawn, "samples", measured(along), LIGHT)
    assert option["xAxis"]["data"] == ["40", "80"]
    assert len(next(s for s in option["series"] if s["id"] == "add")["data"]) == 2


def test_axes_hold_means_and_ceilings_and_are_not_ruled_by_wide_intervals() -> None:
    marks = finished(a_race()).tables[0].marks
    ends = chart_parts.ends([0.6, 0.9], [-3.0, 4.0], marks, 100.0)
    assert ends == {"min": 30.0, "max": 100.0}
    assert chart_parts.ends([], [], (), 1.0) == {}
    narrow = chart_parts.ends([0.91, 0.92], [0.905, 0.925], (), 100.0)
    assert 88 <= narrow["min"] <= 90
    assert 93 <= narrow["max"] <= 94


# Parts


def test_a_stored_race_is_read_back_with_its_bet() -> None:
    race = StoredRace(a_race(), Bet("add", 3.0))
    sweep = Sweep("1", datetime.now(UTC), "", "", "paused", "", race.text(), ())
    assert stored_race.of(sweep) == race
    assert stored_race.read(race.race.json_text()) == StoredRace(race.race)
    planned = StoredRace(race.race, None, plan_race(race.race))
    assert stored_race.read(planned.text()) == planned


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"race": 1}', '{"race": "{}", "bet": 1}'])
def test_what_is_no_race_is_refused(text: str) -> None:
    with pytest.raises(RunError):
        stored_race.read(text)


def test_the_time_left_is_estimated_from_what_this_session_has_seen() -> None:
    eta = EtaEstimator()
    assert eta.seconds_left("a", 10, 30, now=0.0) is None
    assert eta.seconds_left("a", 15, 30, now=10.0) == pytest.approx(30.0)
    assert eta.seconds_left("a paused", 15, 30, now=20.0) is None


def test_work_in_the_background_is_done_once_and_faults_are_tried_again() -> None:
    asked: list[int] = []

    def work(number: int) -> int:
        asked.append(number)
        if len(asked) < 2:
            raise ValueError("a fault")
        return 2 * number

    doubled = Background(work, "test")
    with pytest.raises(ValueError, match="a fault"):
        doubled.wait(-1)
    assert [doubled.wait(-1), doubled.wait(-1), doubled.get(-1)] == [-2, -2, -2]
    assert asked == [-1, -1]


def test_a_session_reads_again_only_what_had_not_finished(keras_is_in: None) -> None:
    race, store = a_race(), service().store
    stored(race, "running", runs=3)
    known: dict[str, EvaluatedRace] = {}
    plan = plan_race(race)
    first = stored_race.evaluated(plan, store, known)
    assert first.result.done >= 3
    assert stored_race.evaluated(plan, store, known) is first
    assert data_name(race.data[0]) == first.result.tables[0].data


def test_a_stored_race_is_read_and_evaluated_without_building(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
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
    assert "is ahead of Add by more than seed-to-seed" in verdict(result, result.tables[0])
    assert explain(result, result.tables[0])
