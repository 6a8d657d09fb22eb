"""Parts of the Compare page, without a page: tables, charts, texts, stored races."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from components.app.pages.compare import charts, state
from components.app.pages.compare.page import news
from components.app.pages.compare.race_table import table_html
from components.app.pages.compare.setup_form import fits
from components.app.pages.compare.state import EtaEstimator
from components.app.pages.compare.tables import MANY, grid, heat_map, heat_table, verdicts
from components.app.parts.charts import intervals
from components.app.parts.charts.intervals import scale_of
from components.app.parts.editor.background import Background
from components.base.errors import RunError
from components.experiments.races.entries import MLP
from components.experiments.races.evaluation import evaluate
from components.experiments.races.plan import plan_race
from components.experiments.races.robustness import robust, values
from components.experiments.races.stored_race import read_stored_race
from components.experiments.races.text import verdict
from components.models.drawing.heatmap import heatmap
from components.models.drawing.palette import THEMES
from sample_data.content import presets
from tests.app.pages.stored import ENTRIES, LIGHT, a_race, evaluated, finished
from tests.experiments.races.support import outcome, small_race

# Drawings


def test_the_table_says_what_is_tied_and_has_every_row() -> None:
    result = finished(a_race())
    drawn = table_html(result.tables[0], result, LIGHT, "add")
    assert [row.entry for row in result.tables[0].rows] == ENTRIES
    assert drawn.count("data-pick=") == 3
    assert drawn.count(">tied<") == len(result.tables[0].best) == 2
    assert drawn.count('class="picked"') == 1
    assert "51.0 %" in drawn


def test_each_dataset_has_its_verdict_in_a_row() -> None:
    result = finished(a_race("xor", "additive"))
    drawn = verdicts(result, result.tables[1])
    assert drawn.count(f'<td class="verdict">{verdict(result, result.tables[0])}</td>') == 2
    assert drawn.index("Xor") < drawn.index('class="picked"') < drawn.index("Additive")


def test_concatenate_then_dense_fits_only_where_its_dense_can_follow() -> None:
    known = state.candidates.wait((presets.load("activity_sensors"), ""))
    assert fits("concatenate", known)
    assert not fits(MLP, known)
    assert fits("concatenate:then=gru", known)


def test_names_in_a_verdict_are_code() -> None:
    plan = plan_race(small_race("concatenate,alone:input=a,alone:input=b", seeds=3))
    reached = {"alone": 0.7, "concatenate": 0.9}
    known = {run.digest: outcome(reached[run.entry.kind] + run.seed / 500) for run in plan.runs}
    result = evaluate(plan, known)
    assert "<code>a</code>" in verdicts(result, result.tables[0])


def test_a_step_has_its_median_or_the_range_of_seeds_that_are_far_apart() -> None:
    result = finished(a_race())
    on_dataset = result.tables[0]
    rows = [
        row.model_copy(update={"step_ms": 2.0, "step_range": span})
        for row, span in zip(on_dataset.rows, ((1.9, 2.1), (1.0, 3.0), (1.0, 3.0)), strict=True)
    ]
    drawn = table_html(on_dataset.model_copy(update={"rows": tuple(rows)}), result, LIGHT)
    assert drawn.count("<td>2.00</td>") == 1
    assert drawn.count('title="Median 2.00">1.00–3.00<') == 2


def test_titles_cannot_break_out_of_the_html() -> None:
    result = finished(a_race())
    on_dataset = result.tables[0]
    row = on_dataset.rows[0].model_copy(update={"title": "<script>", "entry": '"x"'})
    hostile = on_dataset.model_copy(update={"rows": (row, *on_dataset.rows[1:])})
    drawn = table_html(hostile, result, LIGHT, "other")
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


def test_a_square_for_each_run_unless_they_are_very_many() -> None:
    drawn = grid(evaluated(a_race(), 2), LIGHT)
    assert drawn.count("<button data-pick=") == 2
    assert drawn.count('<span role="img" class="cell waiting"') == 9 - 2
    wide = a_race(*["xor"] * 4, seeds=MANY // 12 + 1)
    assert wide.total > MANY
    assert grid(evaluated(wide, 0), LIGHT) == ""


def test_all_points_lie_within_the_scale_of_their_table() -> None:
    for on_dataset in finished(a_race("xor", "additive")).tables:
        scale = scale_of(on_dataset)
        values = [score for row in on_dataset.rows for score in row.scores.values()]
        assert all(scale.low < value < scale.high for value in values)
        assert 0 <= scale.share(-1) <= scale.share(0.5) <= scale.share(2) <= 1


def test_curves_have_a_line_and_a_band_for_each_strategy() -> None:
    result = finished(a_race())
    option = charts.over_epochs(result, result.tables[0], LIGHT)
    series = {part["id"]: part["data"] for part in option["series"]}
    assert {"levels", *(f"{e}{part}" for e in ENTRIES for part in ("", ".low", ".band"))} == set(
        series
    )
    assert all(width >= 0 for width in series["add.band"])
    mean = result.tables[0].row("multiply").curve.mean[-1]
    assert series["multiply"][-1] == pytest.approx(100 * mean)


@pytest.mark.parametrize("axis", charts.AXES)
def test_costs_have_a_point_for_each_strategy_whose_label_stays_in_the_chart(
    axis: charts.Axis,
) -> None:
    result = finished(a_race())
    option = charts.against(result.tables[0], result, axis, LIGHT)
    points = [series for series in option["series"] if series["type"] == "scatter"]
    assert len(points) == 3
    assert all(math.isfinite(value) for series in points for value in series["data"][0])
    places = {one["data"][0][0]: one["label"]["position"] for one in points}
    sides = [places[cost] for cost in sorted(places)]
    assert sides[0] == "right"
    assert len(sides) == 1 or sides[-1] == "left"


def test_labels_of_costs_are_at_their_points_and_on_no_other() -> None:
    ends = {"min": 0.0, "max": 100.0}
    assert charts.label_places([0.0, 1.0], [50.0, 50.0], ends) == ["right", "left"]
    assert charts.label_places([0.5, 0.5], [50.0, 54.0], ends) == ["bottom", "top"]
    assert charts.label_places([0.5, 0.55], [50.0, 50.0], ends) == ["left", "right"]
    crowd = charts.label_places([0.5] * 6, [50.0] * 6, ends)
    assert None in crowd


def test_robustness_is_a_line_along_the_factor() -> None:
    result, xs = finished(robust(a_race(), "difficulty")), values(a_race().data[0], "difficulty")
    option = charts.along(result, "difficulty", xs, LIGHT)
    assert option["xAxis"]["data"] == ["0", "0.25", "0.5", "0.75", "1"]
    drawn = next(series["data"] for series in option["series"] if series["id"] == "add")
    assert drawn == pytest.approx(
        [100 * (on_dataset.row("add").mean or 0) for on_dataset in result.tables]
    )


def test_axes_hold_means_and_ceilings_and_are_not_ruled_by_wide_intervals() -> None:
    marks = finished(a_race()).tables[0].marks
    ends = charts.axis_ends([0.6, 0.9], [-3.0, 4.0], marks, 100.0)
    assert ends == {"min": 20.0, "max": 100.0, "interval": 20.0}
    assert charts.axis_ends([], [], (), 1.0) == {}
    narrow = charts.axis_ends([0.91, 0.92], [0.905, 0.925], (), 100.0)
    assert narrow == {"min": 90.0, "max": 93.0, "interval": 1.0}


def test_the_progress_of_a_race_is_announced_in_steps() -> None:
    texts = [news("running", done, 30) for done in range(30)]
    assert len(set(texts)) == 10
    assert texts[4] == "Race running: 10 % of the runs are done."
    assert news("finished", 30, 30) == "Race finished: 30 of 30 runs."


# Parts


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"race": 1}', '{"race": "{}", "bet": 1}'])
def test_what_is_no_race_is_refused(text: str) -> None:
    with pytest.raises(RunError):
        read_stored_race(text)


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
