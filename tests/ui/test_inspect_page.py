"""The Inspect page's script in Streamlit's test runner: what is chosen, its states, its result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.inspection.explanation import explain_head
from components.inspection.inspect import inspect
from components.inspection.results import Inspection, Readout
from components.render.palette import THEMES
from components.training.events import (
    Failed,
    Finished,
    Inspected,
    Progress,
    Started,
    Stopped,
)
from components.training.queue_store import QueuePosition
from components.training.requests import RunRequest, Settings
from components.training.service import service
from components.ui.inspect.chart_parts import quality_axis, two_digits
from components.ui.inspect.coalition_chart import coalition_chart, drawn_coalitions
from components.ui.inspect.inspect_row import news, status
from components.ui.inspect.measures_table import measures_csv
from components.ui.inspect.readout_chart import readout_chart, sample_number
from components.ui.inspect.sample_chart import (
    SHOWN,
    explain_samples,
    sample_chart,
    sample_title,
    samples_csv,
)
from components.ui.inspect.waterfall import ceiling_lines, waterfall, waterfall_steps
from sample_data.ceilings import Ceiling, Ceilings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.inspection.models import bayes
from tests.training.support import VECTORS
from tests.ui.desk import VISITOR, html, key_of, well

LIGHT = THEMES["light"]
PAGE = "pages/2_Inspect.py"


@pytest.fixture(scope="module")
def xor() -> Inspection:
    """What is measured on a model that knows xor."""
    return inspect(bayes("xor", 60), np.arange(60), True)


@pytest.fixture(scope="module")
def redundant() -> Inspection:
    return inspect(bayes("redundant", 60), np.arange(60), True)


@pytest.fixture
def page(app: AppTest) -> AppTest:
    return app.switch_page(PAGE)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that waits is started."""
    monkeypatch.setattr(service()._queue, "_next_job", lambda: None)


def request(samples: int = 40) -> RunRequest:
    data = DataSpec(relation=RELATIONS["xor"](), samples=samples)
    return RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))


def trained(owner: str = VISITOR, *, kept: bool = True, name: str = "mine") -> str:
    """A run that has finished, as the store has it."""
    store = service().store
    run = store.create(request(), owner, name)
    if kept:
        store.keep_model(run, b"a model")
    store.append(run, Started(epochs=1, estimated_bytes=1, parameters=1), Finished(seconds=1.0))
    return run


def inspected(run: str, inspection: Inspection, owner: str = VISITOR) -> str:
    """An inspection of a run that has finished."""
    id = service().inspect(run, owner)
    service().store.append(id, Inspected(inspection=inspection.json_text()), Finished(seconds=1.0))
    return id


def opened(page: AppTest, run: str) -> AppTest:
    page.query_params["run"] = run
    return page.run()


def charts_of(page: AppTest) -> Any:
    return page.get("echarts_chart")


def buttons(page: AppTest) -> dict[str, bool]:
    """Whether each button is disabled, by its label."""
    return {button.label: button.disabled for button in page.button}


def test_without_a_run_the_page_says_what_it_answers_and_leads_to_training(page: AppTest) -> None:
    page.run()
    well(page)
    assert any("does one do the work?" in text.value for text in page.markdown)
    page.button[0].click().run()
    well(page)
    assert any(button.key == "train" for button in page.button)


def test_the_latest_finished_run_is_shown_and_another_can_be_chosen(page: AppTest) -> None:
    first, second = trained(), trained()
    page.run()
    well(page)
    choice = page.selectbox(key=key_of(page, "inspected_run"))
    assert choice.value == second
    assert all(title.startswith("mine · ") for title in choice.options)
    assert len(set(choice.options)) == len(choice.options)
    choice.set_value(first).run()
    well(page)
    assert page.query_params["run"] == first
    assert page.selectbox(key=key_of(page, "inspected_run")).value == first
    assert buttons(page) == {"Inspect": False, "Stop": True}
    assert any("kept with the run" in caption.value for caption in page.caption)


def test_an_inspection_waits_and_is_stopped(
    page: AppTest, held: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service(), "queue_position", lambda _: QueuePosition(2, 20.0))
    run = trained()
    opened(page, run)
    page.button(key="inspect").click().run()
    well(page)
    assert [bar.proto.text for bar in page.get("progress")] == ["Second in the queue, about 20 s"]
    assert buttons(page) == {"Inspect": True, "Stop": False}
    page.button(key="stop_inspection").click().run()
    well(page)
    latest = service().store.inspections.latest(run)
    assert latest is not None
    assert latest.status == "stopped"
    page.run()
    assert [bar.proto.text for bar in page.get("progress")] == ["The inspection was stopped."]
    assert buttons(page) == {"Inspect": False, "Stop": True}


def test_a_failed_inspection_says_why(page: AppTest, held: None) -> None:
    run = trained()
    id = service().inspect(run, VISITOR)
    service().store.append(id, Failed(message="The file must be whole.", seconds=1.0))
    opened(page, run)
    assert [error.value for error in page.error] == ["The file must be whole."]
    assert not page.button(key="inspect").disabled


def test_the_result_is_shown_at_once_with_its_measures(
    page: AppTest, held: None, xor: Inspection
) -> None:
    run = trained()
    inspected(run, xor)
    opened(page, run)
    well(page)
    assert buttons(page) == {"Inspect again": False, "Stop": True}
    head = xor.heads["y"]
    text = html(page)
    for shown in (f"{head.inputs[0].shapley:.3f}", f"{head.cooperation:+.3f}", "It does not say"):
        assert shown in text
    charts = [part.proto.SerializeToString().decode(errors="ignore") for part in charts_of(page)]
    assert len(charts) == 3
    for chart, word in zip(charts, ("cooperation", "no input", "logit of class 1"), strict=True):
        assert word in chart
    assert any("60 validation samples" in caption.value for caption in page.caption)


def test_gates_are_shown_for_a_sample_that_is_chosen(
    page: AppTest, held: None, xor: Inspection
) -> None:
    run, worst = trained(), xor.heads["y"].samples
    inspected(run, xor.model_copy(update={"readouts": (gate(xor),)}))
    opened(page, run)
    well(page)
    assert len(charts_of(page)) == 4
    sample = page.selectbox(key=f"inspected_sample.{run}.y")
    assert sample.value == worst[0].row
    drawn = html(page)
    assert 'class="samples"' in drawn
    sample.set_value(worst[3].row).run()
    well(page)
    assert html(page) != drawn


def test_a_run_without_its_model_says_how_to_get_one(page: AppTest) -> None:
    opened(page, trained(kept=False))
    well(page)
    (warning,) = page.warning
    assert "must have been kept" in warning.value
    assert "Start the run again" in warning.value
    assert page.button(key="inspect").disabled


def test_readers_see_the_result_of_a_shared_run_and_start_none(
    page: AppTest, held: None, xor: Inspection
) -> None:
    run = trained("another person")
    inspected(run, xor, "another person")
    opened(page, run)
    assert any("yours or shared" in error.value for error in page.error)
    service().store.share(run)
    opened(page, run)
    well(page)
    assert buttons(page)["Inspect again"]
    assert any("another person" in caption.value for caption in page.caption)
    assert 'class="measures"' in html(page)
    assert "of another person" in page.selectbox(key=key_of(page, "inspected_run")).options[0]


def test_a_result_that_cannot_be_read_is_none(page: AppTest, held: None) -> None:
    run = trained()
    id = service().inspect(run, VISITOR)
    service().store.append(id, Inspected(inspection="{}"), Finished(seconds=1.0))
    opened(page, run)
    well(page)
    assert buttons(page) == {"Inspect": False, "Stop": True}
    assert 'class="measures"' not in html(page)


def test_the_states_of_an_inspection_are_named(page: AppTest, held: None) -> None:
    run = trained()
    id = service().inspect(run, VISITOR)
    store = service().store
    assert status(store.get(id)) == "Preparing data and model"
    store.append(id, Started(epochs=1, estimated_bytes=1, parameters=0))
    assert status(store.get(id)) == "Inspecting"
    assert news(store.get(id)) == "The inspection starts."
    store.append(id, Progress(epoch=1, fraction=0.6, loss=0.0))
    running = store.get(id)
    assert (status(running), news(running)) == (
        "Inspecting: 60%",
        "50 % of the inspection is done.",
    )
    assert status(replace(running, stop_requested=True)) == "Stopping …"
    store.append(id, Stopped(seconds=2.0))
    assert news(store.get(id)) == "The inspection was stopped after 2.0 s."


CEILINGS = Ceilings(
    measure="accuracy",
    chance=Ceiling(0.5, 0),
    single={"left": Ceiling(0.75, 0), "right": Ceiling(0.7, 0.001)},
    additive=Ceiling(0.9, 0.001),
    bayes=Ceiling(1.0, 0),
)


def test_shares_lead_from_chance_to_the_accuracy(xor: Inspection) -> None:
    head = xor.heads["y"]
    chance, left, right, together, end = waterfall_steps(head, LIGHT)
    assert (chance.start, chance.end) == (0, head.nothing) == (0, left.start)
    assert left.end == right.start
    assert right.end == pytest.approx(head.quality)
    assert (together.hatched, together.end, end.end) == (True, head.quality, head.quality)
    assert together.start == pytest.approx(head.quality - head.cooperation)
    assert (left.color, right.color) == tuple(t.solid for t in LIGHT.branches[:2])


def test_the_chart_has_room_for_all_bars_and_ceilings(redundant: Inspection) -> None:
    head = redundant.heads["y"]
    assert head.cooperation < 0
    option: Any = waterfall(head, CEILINGS, LIGHT, "y: shares")
    start, bars, levels = option["series"]
    ends = [a + b["value"] for a, b in zip(start["data"], bars["data"], strict=True)]
    assert option["yAxis"]["min"] == 0
    assert option["yAxis"]["max"] > max(ends + start["data"])
    marks = [mark["yAxis"] for mark in levels["markLine"]["data"]]
    assert marks == sorted(line.value for line in ceiling_lines(CEILINGS))
    assert bars["data"][3]["label"]["position"] == "bottom"
    assert bars["data"][1]["label"]["position"] == "top"
    json.dumps(option)
    without: Any = waterfall(head, None, LIGHT, "y")
    assert without["series"][-1]["markLine"]["data"] == []


def test_each_measure_says_what_it_means_here_and_what_not(
    xor: Inspection, redundant: Inspection
) -> None:
    together = {one.title: one for one in explain_head(xor.heads["y"])}
    assert "more than the sum" in together["Cooperation"].meaning
    assert "needs interaction" in together["EMAP gap"].meaning
    same = {one.title: one for one in explain_head(redundant.heads["y"])}
    assert "less than the sum" in same["Cooperation"].meaning
    assert "lose nothing" in same["EMAP gap"].meaning
    assert together.keys() == same.keys()
    assert all(one.limit for one in together.values())
    rows = measures_csv(xor).splitlines()
    head = xor.heads["y"]
    assert rows[0] == "head,measure,input,value,standard error"
    assert f"y,cooperation,,{head.cooperation}," in rows
    assert sum(row.startswith("y,coalition,") for row in rows) == 4


def gate(inspection: Inspection) -> Readout:
    """A gate of each input, whose values are the numbers of the samples."""
    return Readout(
        part="fusion",
        layer="fusion_gates",
        kind="gate",
        columns=inspection.inputs,
        mean=(0.5, 0.5),
        by_class={"y": {0: (0.2, 0.8), 1: (0.6, 0.4)}},
        samples=tuple((float(n), -float(n)) for n in range(inspection.samples)),
    )


def test_dots_say_which_inputs_each_bar_knows() -> None:
    inspection = inspect(bayes("additive", 40, inputs=3), np.arange(40), True)
    head = inspection.heads["y"]
    option: Any = coalition_chart(head, LIGHT)
    bars, links, *dots = option["series"]
    coalitions = drawn_coalitions(head)
    assert [bar["value"] for bar in bars["data"]] == [round(one.value, 4) for one in coalitions]
    assert [len(one.inputs) for one in coalitions] == [0, 1, 1, 1, 2, 2, 2, 3]
    for row, name in enumerate(inspection.inputs):
        filled = [dot["itemStyle"]["color"] != LIGHT.quiet for dot in dots[row]["data"]]
        assert filled == [name in one.inputs for one in coalitions]
        assert all(dot["value"][1] == row for dot in dots[row]["data"])
    assert links["data"].count(["-", "-"]) == len(coalitions)


def test_many_inputs_have_no_bars_of_coalitions() -> None:
    inspection = inspect(bayes("additive", 40, inputs=5), np.arange(40), True)
    assert drawn_coalitions(inspection.heads["y"]) == []


def test_pushes_lead_to_the_score_of_each_sample(xor: Inspection) -> None:
    head = xor.heads["y"]
    option: Any = sample_chart(head, ("no", "yes"), LIGHT)
    *bars, marks = option["series"]
    assert [bar["name"] for bar in bars] == ["no input", *xor.inputs]
    sums = np.sum([bar["data"] for bar in bars], axis=0)
    assert sums.tolist() == pytest.approx(marks["data"], abs=1e-3)
    assert len(option["yAxis"]["data"]) == SHOWN
    first, columns = head.samples[0], samples_csv(head).splitlines()
    assert len(columns) == 1 + len(head.samples)
    assert columns[1].startswith(f"{first.row},{first.truth},")
    sample = first.model_copy(update={"truth": 0.0, "predicted": 1.0, "confidence": 0.9})
    assert sample_title(head, sample, ("no", "yes")) == f"row {first.row}: no, not yes (90%)"
    right = sample.model_copy(update={"predicted": 0.0})
    assert sample_title(head, right, ()) == f"row {first.row}: 0 (90%), right"
    assert ("are wrong" in explain_samples(head)) == (first.truth != first.predicted)


def test_gates_have_means_by_class_and_a_mark_for_the_sample(xor: Inspection) -> None:
    row = xor.sample_rows[7]
    number = sample_number(xor, row)
    option: Any = readout_chart(gate(xor), "y", ("no", "yes"), number, LIGHT)
    no, yes, mark = option["series"]
    assert (no["name"], yes["name"]) == ("mean of class no", "mean of class yes")
    assert (no["data"], yes["data"], mark["data"]) == ([0.2, 0.8], [0.6, 0.4], [7.0, -7.0])
    (mean,) = readout_chart(gate(xor), "other", (), None, LIGHT)["series"]
    assert (mean["name"], mean["data"]) == ("mean of all samples", [0.5, 0.5])
    assert sample_number(xor, -1) is None


def test_an_axis_has_even_steps_and_no_number_reads_as_minus_zero() -> None:
    small = quality_axis([-0.001, 0.47, 1.0])
    assert (small["min"], small["max"], small["interval"]) == (0.0, 1.2, 0.2)
    assert quality_axis([-0.1, 0.4])["min"] == -0.2
    assert "interval" not in quality_axis([-7.0, 1.0])
    assert (two_digits(-0.001), two_digits(0.0, "+"), two_digits(-0.1, "+")) == (
        "0.00",
        "+0.00",
        "-0.10",
    )
