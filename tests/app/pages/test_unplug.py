"""Unplug on the Inspect page: chart, texts, CSV, drawn samples, and the page's sliders."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.inspect.charts import unplug_chart
from components.app.pages.inspect.unplug import (
    drawn_samples,
    explain_unplug,
    prediction_text,
    step_text,
    unplug_csv,
)
from components.experiments.inspection.basis.results import Inspection, Unplug, UnpluggedHead
from components.models.drawing.palette import THEMES
from sample_data.core.drawings import Values
from sample_data.loading.synthetic import DataSpec, make, parse_data
from sample_data.relations import RELATIONS
from tests.app.pages.desk import html, well
from tests.app.pages.examples import inspection_of_vectors
from tests.app.pages.test_inspect_page import inspected, opened, page, request, trained
from tests.experiments.training.support import VECTORS

__all__ = ["page"]

LIGHT = THEMES["light"]
LEVELS = (0.0, 1.0)
QUALITY = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Quality by the steps of two inputs, each unchanged, with noise, and removed."""
ROWS = (0, 1, 2, 3)


@pytest.fixture(scope="module")
def unplug() -> Unplug:
    head = UnpluggedHead(
        quality=QUALITY,
        rows=ROWS,
        truth=(1, 0, 1, 0),
        predicted=((1, 1, 0, 1, 1, 0, 1, 1, 0), *[(0,) * 9] * 3),
        confidence=((0.9, 0.8, 0.7, 0.6, 0.55, 0.6, 0.7, 0.8, 0.9), *[(0.75,) * 9] * 3),
    )
    others = {row: (row + 4, row + 8) for row in ROWS}
    return Unplug(levels=LEVELS, samples=40, seed=0, others=others, heads={"y": head})


@pytest.fixture(scope="module")
def inspection(unplug: Unplug) -> Inspection:
    """Return an inspection of a model with the inputs of `VECTORS` and unplugged samples."""
    return inspection_of_vectors().model_copy(
        update={"unplug": unplug, "sample_rows": tuple(range(40))}
    )


def test_lines_are_the_steps_of_one_input_while_the_other_stays(
    unplug: Unplug, inspection: Inspection
) -> None:
    option: Any = unplug_chart(unplug, "y", inspection.heads["y"], (1, 2), LIGHT)
    left, right, levels = option["series"]
    assert [point["value"] for point in left["data"]] == [0.7, 0.4, 0.1]
    assert [point["value"] for point in right["data"]] == [0.6, 0.5, 0.4]
    assert [point.get("symbol") for point in left["data"]] == [None, "diamond", None]
    assert [point.get("symbol") for point in right["data"]] == [None, None, "diamond"]
    assert {0.4, 0.9} <= {mark["yAxis"] for mark in levels["markLine"]["data"]}
    assert option["xAxis"]["data"] == ["as it is", "1", "removed"]
    json.dumps(option)


def test_texts_say_what_is_changed_and_what_it_costs(
    unplug: Unplug, inspection: Inspection
) -> None:
    head = inspection.heads["y"]
    assert explain_unplug(unplug, "y", head, (0, 0), ()) == (
        "All inputs are as they are: accuracy 0.90."
    )
    assert explain_unplug(unplug, "y", head, (1, 2), ("left",)) == (
        "`left` 50% replaced and `right` removed: accuracy 0.40, instead of 0.90."
    )
    assert explain_unplug(unplug, "y", head, (1, 0), ()) == (
        "`left` with 1 sd of noise: accuracy 0.60, instead of 0.90."
    )
    assert step_text(unplug, 1) == "1 sd"
    of = unplug.heads["y"]
    assert prediction_text(of, "binary", 0, 0, ("no", "yes")) == "yes (90%)"
    assert prediction_text(of, "binary", 0, 2, ()) == "0 (70%), wrong"
    of_values = of.model_copy(update={"confidence": ()})
    assert prediction_text(of_values, "values", 0, 0, ()) == "1.00"


def test_all_combinations_are_in_the_csv(unplug: Unplug, inspection: Inspection) -> None:
    lines = unplug_csv(unplug, "y", inspection.heads["y"], ()).splitlines()
    assert lines[0] == "left,right,accuracy"
    assert lines[6] == "1 sd,removed,0.4"
    assert len(lines) == 10


def test_samples_are_drawn_as_the_model_gets_them(unplug: Unplug) -> None:
    asked = request(40)
    samples = drawn_samples(asked, tuple(range(40)), unplug, "y")
    assert samples is not None
    data = make(VECTORS, DataSpec(relation=RELATIONS["xor"](), samples=40))
    whole, noisy, removed = (samples.drawn(unplug, steps) for steps in ((0, 0), (1, 0), (2, 0)))
    for number in range(4):
        left = [one[number].inputs["left"] for one in (whole, noisy, removed)]
        right = [one[number].inputs["right"] for one in (whole, noisy, removed)]
        assert right[0] == right[1] == right[2]
        values = [one.values for one in left if isinstance(one, Values)]
        assert values[0] == pytest.approx(data.inputs["left"][number], abs=1e-3)
        assert values[1] != values[0]
        assert values[2] == pytest.approx(data.inputs["left"][number + 4], abs=1e-3)
    again = samples.drawn(unplug, (1, 0))[0].inputs["left"]
    assert again == noisy[0].inputs["left"]


def test_absent_inputs_of_held_out_samples_are_drawn_as_absent() -> None:
    asked = request(60)
    data = DataSpec(relation=parse_data("missing:p=0.5"), samples=60)
    asked = asked.model_copy(update={"data": data})
    held = tuple(range(60))
    rows = (0, 1, 2, 3)
    head = UnpluggedHead(quality=(1.0,), rows=rows, truth=(0,) * 4, predicted=(), confidence=())
    others = dict.fromkeys(rows, (4, 5))
    unplug = Unplug(levels=LEVELS, samples=60, seed=0, others=others, heads={"y": head})
    samples = drawn_samples(asked, held, unplug, "y")
    assert samples is not None
    assert samples.absent is not None
    for number, drawn in enumerate(samples.drawn(unplug, (1, 1))):
        gone = {name for m, name in enumerate(("left", "right")) if samples.absent[number, m]}
        assert drawn.absent == gone
        assert all(not np.any(samples.samples.inputs[name][number]) for name in gone)


def test_sliders_change_the_text_and_the_samples_and_are_reset(
    page: AppTest, inspection: Inspection
) -> None:
    run = trained()
    inspected(run, inspection)
    opened(page, run)
    well(page)
    left, right = page.select_slider
    assert (left.label, right.label) == ("left", "right")
    assert any("All inputs are as they are" in text.value for text in page.markdown)
    drawn = html(page)
    right.set_value(2).run()
    well(page)
    assert any("`right` removed: accuracy 0.70" in text.value for text in page.markdown)
    assert "0 (70%), wrong" in html(page)
    assert html(page) != drawn
    page.button(key="unplug_reset").click().run()
    well(page)
    assert [slider.value for slider in page.select_slider] == [0, 0]
    assert page.button(key="unplug_reset").disabled
