"""X-ray on the Inspect and Train pages: the effects of its buttons, and access to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.inspect.reader_chart import line_of, reader_chart
from components.experiments.inspection.basis.xray_results import Reading, Xray
from components.experiments.inspection.xray import XrayCamera
from components.experiments.queue.run_service import service
from components.experiments.training.loop import RunModel
from components.experiments.training.models import write_model
from components.models.architecture.builder import build_with_weights
from components.models.drawing.palette import THEMES
from tests.app.pages.desk import well, with_model
from tests.app.pages.stored import spoil
from tests.app.pages.test_inspect_page import PAGE, opened, request, trained
from tests.experiments.training.support import VECTORS
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def xray() -> Xray:
    camera = XrayCamera(RunModel.of(request(200)))
    camera.record(1, whole=False)
    camera.record(2)
    return camera.xray()


@pytest.fixture
def page(keras_is_in: None) -> AppTest:
    return with_model(PAGE, view="xray")


def xrayed(xray: Xray, name: str = "mine") -> str:
    run = trained(name=name)
    service().store.keep_result(run, "xray", xray.model_dump_json())
    return run


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    well(page)
    return page


def captions(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown if text.value.startswith("**Sample")]


def test_buttons_show_another_sample_swap_an_input_and_undo_it(page: AppTest, xray: Xray) -> None:
    opened(page, xrayed(xray))
    well(page)
    assert captions(page)[0].startswith("**Sample 1, after epoch 2.**")
    press(page, "xray_sample")
    assert captions(page)[0].startswith("**Sample 2, after epoch 2.**")
    for other in (3, 4, 3):
        press(page, "xray_swap")
        assert f"input left is that of sample {other}.**" in captions(page)[0]
    press(page, "xray_blank")
    assert "input left is blank" in captions(page)[0]
    press(page, "xray_restore")
    assert captions(page)[0].startswith("**Sample 2, after epoch 2.**")


def test_earlier_epochs_play_to_the_last(page: AppTest, xray: Xray) -> None:
    opened(page, xrayed(xray))
    slider = next(one for one in page.select_slider if one.label == "After epoch")
    slider.set_value(0).run()
    well(page)
    assert "after epoch 1.**" in captions(page)[0]
    press(page, "xray_play")
    assert "after epoch 2.**" in captions(page)[0]


def test_a_kept_model_is_xrayed_when_someone_looks(page: AppTest, tmp_path: Path) -> None:
    run, path = trained(), tmp_path / "model.keras"
    write_model(build_with_weights(VECTORS).model, path, {})
    service().store.keep_model(run, path.read_bytes())
    opened(page, run)
    well(page)
    wait_until(lambda: service().store.result(run, "xray"))
    page.run()
    well(page)
    assert captions(page)


def test_a_model_beside_it_shows_the_same_of_those_samples_that_both_have(
    page: AppTest, xray: Xray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.experiments.inspection.xray.SAMPLES", 3)
    camera = XrayCamera(RunModel.of(request(200)))
    camera.record(2)
    xrayed(camera.xray(), name="another model")
    unreadable = spoil(trained())
    opened(page, xrayed(xray))
    service().store.remove([unreadable])
    choice = next(one for one in page.selectbox if one.label == "Compare with")
    choice.set_value(next(one for one in choice.options if "another model" in one)).run()
    for sample in (2, 3, 1):
        press(page, "xray_sample")
        assert [text.split(",")[0] for text in captions(page)] == [f"**Sample {sample}"] * 2


@pytest.mark.parametrize("is_open", [True, False])
def test_train_draws_the_latest_xray_only_while_its_panel_is_open(
    is_open: bool, xray: Xray, keras_is_in: None
) -> None:
    page = with_model("pages/1_Train.py", run=xrayed(xray))
    page.session_state["xray_panel"] = is_open
    page.run()
    well(page)
    drawn = [text.value for text in page.caption if "after epoch 2. y is" in text.value]
    assert len(drawn) == is_open


def test_the_chart_of_the_reader_has_a_line_and_a_band_for_each_model(xray: Xray) -> None:
    line = line_of(xray, "y", xray.parts)
    (read,) = {one.score for stop, one in line.items() if stop == "left"}
    both = reader_chart([("one", line), ("two", line)], "y", [xray], THEMES["light"])
    assert both["xAxis"]["data"] == ["left", "right", "fusion", "y"]
    layers = {"left": line["left"], "left_dense_1": line["left"]}
    alone = reader_chart([("one", layers)], "y", [xray], THEMES["light"])
    assert alone["xAxis"]["data"] == ["left", "dense_1"]
    sure = {"left": Reading(score=1, low=0.99, high=1)}
    axis = reader_chart([("one", sure)], "y", [xray], THEMES["light"])["yAxis"]
    assert axis["min"] < xray.heads["y"].chance < axis["max"]
    low, band, one, *_, two = both["series"][:6]
    assert one["data"] == pytest.approx(two["data"])
    assert one["data"][0] == read
    assert low["data"][0] == line["left"].low
    assert band["name"] == one["name"] == "one"
