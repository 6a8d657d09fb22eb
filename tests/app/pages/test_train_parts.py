"""Parts of the Train page, without a page: options of charts, tables, texts."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.train import report_panel, run_charts
from components.app.pages.train.data_view import ceilings_strip
from components.app.parts.charts import curves
from components.app.parts.charts.curves import Curve
from components.app.parts.data import run_control, sample_view
from components.app.parts.data.data_limits import DataLimits, computed, data_limits
from components.app.parts.data.drawn_run import DrawnRun, level_lines, levels
from components.app.parts.data.run_request import run_names
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import engine
from components.experiments.queue.run import Run
from components.experiments.queue.store import Store
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import StoredRace
from components.experiments.training.epoch_numbers import EPOCH_NUMBERS
from components.experiments.training.events import (
    Epoch,
    Finished,
    HeadReport,
    Plane,
    Started,
    Stopped,
    Surface,
)
from components.experiments.training.pace import START_SECONDS, RunSize, TrainingPace
from components.experiments.training.requests import RunRequest, Settings
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture
from components.models.drawing import charts
from components.models.drawing.charts import LevelLine
from components.models.drawing.palette import THEMES
from sample_data.ceilings import OTHER_SUMS, Ceiling
from sample_data.ceilings.information import Information
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec, make
from sample_data.relations import RELATIONS
from tests.app.pages.examples import CEILINGS, pair
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.races.support import small_race
from tests.experiments.training.support import LABEL, fused, request, vector
from tests.experiments.training.test_events import REPORT

LIGHT = THEMES["light"]


def curve(*accuracies: float) -> Curve:
    points = [
        Epoch(epoch=index + 1, logs={"y/accuracy": a, "val_y/accuracy": a}, seconds=0.1)
        for index, a in enumerate(accuracies)
    ]
    return Curve("r", "run", points, 10, ("y/loss", "y/accuracy"))


# Curves


def test_the_epochs_of_charts_with_and_without_level_lines_align() -> None:
    first, marks = [curve(0.7, 0.8)], [LevelLine("chance", 0.5)]
    lined = curves.option("y/accuracy", first, LIGHT, marks, margin=True)
    plain = curves.option("y/loss", first, LIGHT, margin=True)
    wide = [one["media"][-1]["option"]["grid"]["right"] for one in (lined, plain)]
    assert wide[0] == wide[1]
    assert lined["grid"]["left"] == plain["grid"]["left"]


def test_samples_that_are_shown_have_different_labels() -> None:
    for seed in range(20):
        data = DataSpec(relation=RELATIONS["xor"](), seed=seed)
        shown = sample_view.samples(pair(), data)
        assert shown is not None
        labels = [label for sample in shown for label in sample.labels.values()]
        assert len(set(labels[:2])) == 2


def test_runs_of_different_data_are_distinguished_from_those_of_another_seed() -> None:
    xor, other = (DataSpec(relation=RELATIONS[kind]()) for kind in ("xor", "dot"))
    first, second, third, planned = (
        DrawnRun(replace(curve(0.7), run=run), pair(), data)
        for run, data in (
            ("a", xor),
            ("b", xor.model_copy(update={"seed": 3})),
            ("c", other),
            ("", other),
        )
    )
    assert not run_charts.of_different_data([planned, first, second])
    assert run_charts.of_different_data([first, second, third])


def test_marks_cross_the_chart_and_close_ones_share_a_line() -> None:
    marks = [LevelLine("chance", 0.5), LevelLine("best additive", 0.921), LevelLine("Bayes", 0.925)]
    free = curves.option("y/accuracy", [curve(0.7, 0.8)], LIGHT)
    assert all(series["id"] != "levels" for series in free["series"])
    assert [free["yAxis"][end] for end in ("min", "interval", "max")] == [0.7, 0.05, 1]
    option = curves.option("y/accuracy", [curve(0.7, 0.8)], LIGHT, marks)
    (levels,) = (series for series in option["series"] if series["id"] == "levels")
    lines = levels["markLine"]["data"]
    assert [line["yAxis"] for line in lines] == [0.5, 0.921]
    assert lines[1]["label"]["formatter"] == "best additive\nBayes 0.92"
    assert option["yAxis"]["min"] <= 0.5
    assert option["yAxis"]["max"] == 1


def test_a_wild_curve_does_not_squeeze_the_marks() -> None:
    marks = [LevelLine("chance", 0.0), LevelLine("Bayes", 0.9)]
    points = [Epoch(epoch=1, logs={"y/r2_score": -400.0}, seconds=0.1)]
    wild = Curve("r", "run", points, 10, ("y/r2_score",))
    option = curves.option("y/r2_score", [wild], LIGHT, marks)
    assert option["yAxis"]["min"] >= -1.5


def test_a_strip_has_all_levels_and_a_text_at_the_lowest_and_the_highest() -> None:
    levels = [LevelLine("chance", 0.5), LevelLine("single", 0.7), LevelLine("Bayes", 0.9)]
    option = curves.strip("y/accuracy", curve(0.6), LIGHT, levels)
    marks = option["series"][-1]["markLine"]["data"]
    assert [mark["yAxis"] for mark in marks] == [0.5, 0.7, 0.9]
    assert [mark["label"]["show"] for mark in marks] == [True, False, True]
    plain = curves.strip("y/accuracy", curve(0.6), LIGHT, ())
    assert [line["name"] for line in plain["series"]] == ["training", "validation"]


def test_the_latest_value_is_that_of_validation_if_there_is_one() -> None:
    assert curves.latest("y/accuracy", curve()) is None
    assert curves.latest("val_y/accuracy", curve(0.6)) == 0.6
    points = [Epoch(epoch=1, logs={"a": 0.1, "val_a": 0.2}, seconds=0.1)]
    assert curves.latest("a", replace(curve(), points=points)) == 0.2


def test_the_first_epoch_is_drawn_as_it_was_seen_up_to_its_tip() -> None:
    trail = [(0.1, {"y/accuracy": 0.2}), (0.4, {"y/accuracy": 0.5})]
    first = replace(curve(), trail=trail, tip=(0.4, {"y/accuracy": 0.5}))
    training, validation = curves.option("y/accuracy", [first], LIGHT)["series"]
    assert training["data"] == [[0.1, 0.2], [0.4, 0.5]]
    assert validation["data"] == []
    later = replace(curve(0.6), trail=trail, tip=(1.5, {"y/accuracy": 0.7}))
    training, validation = curves.option("y/accuracy", [later], LIGHT)["series"]
    assert training["data"] == [[0.1, 0.2], [0.4, 0.5], [1, 0.6], [1.5, 0.7]]
    assert validation["data"] == [[1, 0.6]]


def test_texts_of_close_levels_share_a_line_of_text_and_both_lines_are_drawn() -> None:
    lines = [LevelLine("single", 0.84), LevelLine("additive", 0.87), LevelLine("Bayes", 0.99)]
    marks = charts.level_lines(lines, LIGHT, apart=0.05)["markLine"]["data"]
    assert [mark["yAxis"] for mark in marks] == [0.84, 0.87, 0.99]
    shown = [mark["label"]["formatter"] for mark in marks if mark["label"]["show"]]
    assert shown == ["single 0.84, additive 0.87", "Bayes 0.99"]


def test_only_a_long_text_of_a_level_has_a_width_which_its_background_fills() -> None:
    lines = [LevelLine("best single (image)", 0.84), LevelLine("an additive model " * 3, 0.92)]
    marks = charts.level_lines(lines, LIGHT, width=charts.SMALL)["markLine"]["data"]
    assert ["width" in mark["label"] for mark in marks] == [False, True]


@pytest.mark.parametrize("kind", EPOCH_NUMBERS)
def test_a_number_of_an_epoch_has_a_line_for_each_name_that_has_it(kind: str) -> None:
    number = EPOCH_NUMBERS[kind]
    logs = {number.key("left"): 0.25}
    points = [Epoch(epoch=epoch, logs=logs, seconds=0.1) for epoch in (1, 2)]
    option = run_charts.numbers_option(number, ("right", "left"), points, 10, LIGHT)
    (line,) = option["series"]
    assert (line["name"], line["data"]) == ("left", [[1, 0.25], [2, 0.25]])
    assert line["lineStyle"]["color"] == LIGHT.branches[1].title
    assert option["xAxis"]["max"] == 10


# Ceilings


def drawn_run(name: str, color: int, bayes: float) -> DrawnRun:
    """Return a run on data whose ceilings are known already."""
    data = DataSpec(relation=RELATIONS["xor"](label_noise=color / 100), samples=40)
    limits = DataLimits({"y": replace(CEILINGS, bayes=Ceiling(bayes, 0))}, None)
    return DrawnRun(replace(curve(0.7), name=name, color=color), pair(), data, limits)


def test_ceilings_are_those_of_all_runs_or_not_drawn() -> None:
    shown = [drawn_run("mine", 0, 1.0), drawn_run("same", 1, 1.0), drawn_run("noisy", 2, 0.8)]
    lines = levels(shown[:2], "y/accuracy")
    assert [line.text for line in lines][-1] == "Bayes optimum"
    assert levels(shown, "y/accuracy") == ()


def test_marks_are_those_of_the_head_and_its_measure() -> None:
    possible = DataLimits({"y": CEILINGS}, None)
    texts = [mark.text for mark in level_lines(possible, "y/accuracy")]
    assert texts == ["chance", "best single (left)", "additive model", "Bayes optimum"]
    for limits, key in ((possible, "y/loss"), (possible, "z/accuracy"), (None, "y/accuracy")):
        assert level_lines(limits, key) == ()


def test_the_strip_shows_every_level_or_why_there_is_none() -> None:
    limits = DataLimits({"y": CEILINGS}, None)
    text = ceilings_strip(limits, LIGHT, ["left", "right"])
    for part in ("0.500", "left alone", "0.750", "right alone", "0.900", "1.000", "± 0.0010"):
        assert part in text
    shown = unescape(text)
    assert "the least cross-entropy. This is what training looks for. Simulated, ± 0.0010." in shown
    assert OTHER_SUMS in shown
    assert "Computing" in ceilings_strip(None, LIGHT, [])
    refused = DataLimits({}, None, "<no>")
    assert "&lt;no&gt;" in ceilings_strip(refused, LIGHT, [])


def test_ceilings_come_from_the_background() -> None:
    data = DataSpec(relation=RELATIONS["xor"](), samples=20)
    first = data_limits(pair(), data)
    limits = computed.wait((pair(), data))
    assert first in (None, limits)
    ceilings = limits.ceilings["y"]
    assert (ceilings.additive.value, ceilings.bayes.value) == (0.5, 1.0)
    assert limits.information is not None
    other = data.model_copy(update={"samples": 500, "seed": 2})
    assert data_limits(pair(), other) is limits


# Labels and samples


def test_shares_are_those_of_the_labels_or_summed_up() -> None:
    data = DataSpec(relation=RELATIONS["unique"](), samples=500)
    (balance,) = sample_view.balances(pair(), data)
    ones = float(make(pair(), data).targets["y"].mean())
    assert dict(balance.shares) == pytest.approx({"0": 1 - ones, "1": ones})
    many = pair(head={"name": "y", "kind": "multiclass", "classes": 40})
    assert sample_view.balances(many, data)[0].summary.startswith("40 classes with ")
    value = pair(head={"name": "y", "kind": "regression"})
    assert sample_view.balances(value, data)[0].summary.startswith("mean ")


def test_classes_of_a_real_set_have_their_names() -> None:
    data = CollectionSpec(collection="wine")
    fitting = TrainState(source="collection", collection="wine").fitting
    assert fitting is not None
    (balance,) = sample_view.balances(fitting, data)
    assert len(balance.shares) == 3
    assert not balance.shares[0][0].isdigit()


def test_points_of_a_plane_are_its_samples_whatever_other_inputs_the_data_has() -> None:
    architecture = fused([vector(name, 1) for name in ("left", "middle", "right")], [LABEL])
    data = DataSpec(relation=RELATIONS["additive"](), samples=50)
    arrays = make(architecture, data)
    columns = (arrays.inputs["right"], arrays.inputs["left"], arrays.targets["label"])
    points = sample_view.points(architecture, data, "right", "left", "label")
    assert len(points) == 50
    assert points[3] == pytest.approx([float(one[3, 0]) for one in columns], abs=1e-3)


# Surface


@pytest.mark.parametrize("target", ["binary", "classes", "values"])
def test_the_surface_has_a_cell_for_every_value(target: Any) -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    values /= 15 if target == "binary" else 1
    surface = Surface(
        epoch=3,
        x="left",
        y="right",
        x_range=(-2, 2),
        y_range=(-3, 3),
        heads={"y": Plane.of(target, values)},
    )
    option = run_charts.surface_option("y", surface, [(0.5, -1.0, 1.0)], LIGHT)
    ground, samples = option["series"]
    assert len(ground["data"]) == 16
    column, row, value = ground["data"][6]
    assert value == pytest.approx(values[row, column], abs=0.05)
    assert samples["data"] == [[0.5, -1.0, 1.0]]
    assert (option["xAxis"][1]["min"], option["yAxis"][1]["max"]) == (-2, 3)
    json.dumps(option)


def test_the_surface_has_its_place_and_the_samples_before_training() -> None:
    data = DataSpec(relation=RELATIONS["xor"](), samples=40)
    for head in ({"kind": "binary"}, {"kind": "multiclass", "classes": 2}):
        architecture = pair(head={"name": "y", **head})
        planned = DrawnRun(curve(), architecture, data)
        surface = run_charts.before_training(planned)
        assert surface is not None
        samples = sample_view.points(architecture, data, "left", "right", "y")
        option = run_charts.surface_option("y", surface, samples, LIGHT)
        ground, drawn = option["series"]
        assert (ground["data"], len(drawn["data"])) == ([], 40)
        assert "before training" in option["title"]["subtext"]
    assert run_charts.before_training(DrawnRun(curve(), pair(features=2), data)) is None
    assert run_charts.before_training(DrawnRun(curve(0.7), pair(), data)) is None


def _charts_with_verdict(text: str) -> None:
    import streamlit as st

    from components.app.pages.train import run_charts
    from components.app.parts.charts.curves import Curve, measured
    from components.app.parts.data.drawn_run import DrawnRun
    from components.models.drawing.palette import THEMES
    from tests.app.pages.examples import pair

    model = pair()
    next_run = DrawnRun(Curve("", "", (), 10, measured(model)), model)
    run_charts.draw_run([next_run], None, THEMES["light"], lambda: text and st.markdown(text))


def test_charts_stay_where_they_are_when_a_verdict_comes() -> None:
    """Streamlit mounts a part anew once its index among its siblings changes."""

    def index(text: str) -> list[int]:
        page = AppTest.from_function(_charts_with_verdict, args=(text,)).run()
        assert [one.value for one in page.markdown] == ([text] if text else [])
        parts = page.main.children.items()
        return [index for index, part in parts if getattr(part.proto, "id", "").endswith("-charts")]

    assert index("") == index("Training has reached it.") != []


# Report


def test_the_confusion_matrix_names_its_classes() -> None:
    report = HeadReport(target="classes", measures={}, confusion=((8, 2), (1, 9)))
    text = report_panel.confusion(report, ("<cat>", "dog"), LIGHT)
    assert "2 of class &lt;cat&gt;, 20.0%, predicted as dog" in text
    many = tuple(tuple(int(i == j) for j in range(30)) for i in range(30))
    report = HeadReport(target="classes", measures={}, confusion=many)
    assert report_panel.confusion(report, (), LIGHT) == ""


def test_predicted_values_are_drawn_against_true_ones() -> None:
    report = HeadReport(target="values", measures={}, points=((0.0, 0.1), (1.0, 0.8)))
    option = report_panel.scatter("y", report, LIGHT)
    assert option["series"][0]["data"] == [[0.0, 0.1], [1.0, 0.8]]
    assert option["xAxis"]["min"] == option["yAxis"]["min"] <= 0
    assert option["xAxis"]["max"] >= 1


# Announcements of screen readers


@pytest.fixture
def run(store: Store) -> Run:
    return replace(store.get(store.create(request(epochs=20), name="run")), status="running")


def test_the_announcement_changes_only_with_each_tenth_of_a_run(run: Run) -> None:
    texts = [run_control.news(run, (), tenth / 10) for tenth in range(200)]
    assert len(set(texts)) == 10
    assert texts[0] == "Training starts."
    last = Epoch(epoch=20, logs={"val_loss": 0.25}, seconds=1.0)
    assert "0.250" in run_control.news(replace(run, status="finished"), (last,), 20.0)


def test_runs_of_one_name_are_distinguished_by_their_settings_and_data(run: Run) -> None:
    seeds = [replace(run, settings={"seed": seed, "batch_size": 32}) for seed in (0, 1)]
    names = run_names([*seeds, replace(run, name="other")])
    assert names == ["run · seed 0", "run · seed 1", "other"]
    fewer = replace(run, request_json=request(samples=80).json_text())
    assert run_names([run, fewer]) == ["run · samples 100", "run · samples 80"]
    assert run_names([run, run]) == ["run", "run"]


# Time


def test_a_stopped_run_of_this_model_says_how_long_the_next_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefer its own pace to that of other models, of which there are more, and faster ones."""
    reference = SimpleNamespace(slowness=1.0)
    monkeypatch.setattr(engine, "engine", lambda: reference)
    server, visitor = FakeServer(f"sqlite:///{tmp_path / 'runs.sqlite'}", slots=0), "d" * 32
    store, runs = server.store, VisitorRuns(server.service, visitor)
    mine, other = pair(1), pair(2)

    def ended(architecture: Architecture, slow: float, end: Finished | Stopped) -> None:
        data = DataSpec(relation=RELATIONS["xor"](), samples=40)
        asked = RunRequest(architecture=architecture, data=data, settings=Settings(epochs=10))
        flops = built_view(architecture).costs.total.flops
        size = RunSize.of(flops, data.samples, asked.settings)
        seconds = slow * size.epoch_seconds()
        update = {"epoch_seconds": seconds, "trained": 30, "held": 10, "seconds": 100.0}
        report = REPORT.model_copy(update=update)
        run = store.create(asked, visitor, "mine")
        started = Started(parameters=1)
        epoch = Epoch(epoch=1, logs={"loss": 0.5}, seconds=seconds)
        store.append(run, started, epoch, report, end)

    def pace(architecture: Architecture) -> tuple[float, float]:
        found = run_control.machine_pace(architecture, runs)
        return found.slowness, found.start_seconds

    assert pace(mine) == (1.0, START_SECONDS)
    ended(mine, 40.0, Stopped(seconds=180.0))
    for _ in range(3):
        ended(other, 2.0, Finished(seconds=9.0))
    assert pace(mine) == pytest.approx((40.0, 180.0), rel=0.01)
    uninspected = run_control.machine_pace(mine, runs, small_race(architecture=mine))
    assert uninspected.start_seconds == pytest.approx(100.0, rel=0.01)
    assert pace(other) == pytest.approx((2.0, 9.0), rel=0.01)
    assert pace(pair(3)) == pytest.approx((2.0, 9.0), rel=0.01)
    server.close()


def test_the_first_run_of_each_process_of_a_race_says_how_long_the_next_race_takes(
    tmp_path: Path,
) -> None:
    server, visitor = FakeServer(f"sqlite:///{tmp_path / 'runs.sqlite'}", slots=0), "d" * 32
    store, runs, race = server.store, VisitorRuns(server.service, visitor), small_race(seeds=2)
    order = StoredRace(plan_race(race)).order()
    sweep = store.sweeps.create(order, visitor, "a server of two slots")
    store.services.register("a server of two slots", slots=2)
    store.sweeps.ask(sweep)
    found = store.latest(asked.digest for group in order.groups for asked in group)
    for group in order.groups:
        for beside, asked in zip((6.0, 1.0), group, strict=True):
            update = {"epoch": 2, "epoch_seconds": 0.4, "seconds": 0.8 + beside}
            report = REPORT.model_copy(update=update)
            store.append(found[asked.digest].id, report, Finished(seconds=99.0))

    def pace(race: Race | None) -> TrainingPace:
        return run_control.machine_pace(small_race().architecture, runs, race)

    assert pace(race).start_seconds == START_SECONDS, "it has not finished"
    store.sweeps.settle(sweep)
    assert pace(race).start_seconds == pytest.approx(6.0)
    flops = built_view(order.groups[0][0].architecture).costs.total.flops
    epoch = RunSize.of(flops, REPORT.trained + REPORT.held, race.settings).epoch_seconds()
    assert pace(race).slowness == pytest.approx(0.4 / 2 / epoch, rel=0.05)
    assert pace(None).start_seconds == START_SECONDS, "a single run is no race"
    server.close()


@pytest.mark.parametrize(("inputs", "cited"), [(1, False), (2, True), (3, False)])
def test_the_decomposition_of_two_inputs_alone_is_cited(inputs: int, cited: bool) -> None:
    names = [f"in_{index}" for index in range(inputs)]
    bits = Information(0.1, dict.fromkeys(names, 0.2), 0.3, 1.0, 0.0)
    limits = DataLimits({"y": CEILINGS}, bits)
    text = ceilings_strip(limits, LIGHT, names)
    assert ("Bertschinger" in text) == cited
    assert ("what only some of the inputs share" in text) == (inputs > 2)


def test_the_next_training_has_no_curves_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    train = TrainState(overlaid=("earlier",), selected=("earlier",))
    monkeypatch.setattr(run_control, "propose_size", lambda *_: None)
    monkeypatch.setattr(TrainState, "request", lambda *_: request())
    monkeypatch.setattr(TrainState, "run_name", lambda *_: "next")
    monkeypatch.setattr("components.app.parts.data.run_control.st.query_params", {})
    run_control.start_run(
        ModelEditor(request().architecture), train, Mock(submit=lambda *_: "next")
    )
    assert (train.run, train.overlaid, train.selected) == ("next", (), ("earlier",))
