"""Projector mode: the visible picture, and the size of letters in charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.app.parts.charts import curves
from components.app.parts.charts.chart_download import WIDE, WIDE_FROM, enlarged
from components.app.parts.charts.curves import Curve
from components.app.parts.editor import drafts, edits
from components.app.parts.widgets import projector
from components.base.pages import page_file, pages
from components.experiments.training.events import Epoch
from components.models.analysis import model_view
from components.models.drawing import charts, diagram
from components.models.drawing.charts import LevelLine
from components.models.drawing.diagram_svg import page_size, smallest
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import LIGHT
from sample_data.content import presets
from tests.app.pages.desk import editor, html, well

POINTS = tuple(
    Epoch(epoch=epoch, logs={"y/accuracy": 0.5 + epoch / 10}, seconds=1.0) for epoch in (1, 2)
)
CURVE = Curve("1", "run", POINTS, 2, ("y/accuracy",))


def sizes(option: Any, name: str = "fontSize") -> Iterator[float]:
    """Yield all values of a name in an option."""
    if isinstance(option, Mapping):
        if name in option:
            yield option[name]
        for value in option.values():
            yield from sizes(value, name)
    elif isinstance(option, Sequence) and not isinstance(option, str):
        for value in option:
            yield from sizes(value, name)


@pytest.fixture(scope="module")
def option() -> dict[str, Any]:
    return dict(curves.option("y/accuracy", [CURVE], LIGHT, [LevelLine("chance", 0.5)]))


def test_all_letters_of_a_chart_grow_and_no_value_changes(option: dict[str, Any]) -> None:
    large = enlarged(option, 20)
    assert min(sizes(large)) >= 20
    assert large["legend"]["textStyle"]["fontSize"] == 20
    assert large["xAxis"]["axisLabel"]["fontSize"] == 20
    assert large["grid"]["left"] == pytest.approx(option["grid"]["left"] * 20 / 12, abs=0.01)
    for axis in ("xAxis", "yAxis"):
        assert large[axis].get("max") == option[axis].get("max")
    for line, before in zip(large["series"], option["series"], strict=True):
        assert line["data"] == before["data"]
    assert large["series"][-1]["markLine"]["data"][0]["yAxis"] == 0.5


def test_on_a_wide_screen_all_is_larger_still(option: dict[str, Any]) -> None:
    media = enlarged(option, 20)["media"]
    wide = [one["option"] for one in media if one.get("query") == {"minWidth": WIDE_FROM}]
    assert min(sizes(wide)) >= 20 * WIDE
    narrow = next(one["query"]["maxWidth"] for one in media if "maxWidth" in one.get("query", {}))
    assert narrow == charts.NARROW * 20 / 12
    assert any("query" not in one for one in media)


def test_a_chart_without_other_layouts_has_one_for_wide_screens() -> None:
    media = enlarged({"title": {"textStyle": {"fontSize": 14}}}, 24)["media"]
    assert media[0] == {"option": {}}
    assert media[1]["option"]["title"]["textStyle"]["fontSize"] == 42


@pytest.mark.parametrize("name", ["independent_predictions", "clip_pairs", "deep_fm", "dlrm"])
def test_a_diagram_can_be_read_and_is_cut_at_no_side_but_below(name: str) -> None:
    architecture = presets.load(name)
    graph = model_view.model_view(architecture).graph

    def draw(options: DiagramOptions) -> str:
        return diagram.svg(graph, options)

    choices = projector.choices(graph, DiagramOptions(), ("layers", "blocks"))
    svg = projector.readable(draw, choices, projector.ROOM)
    width, _ = page_size(svg)
    assert width * projector.LETTERS / smallest(svg) <= projector.ROOM[0]


def test_a_picture_shown_as_a_whole_has_as_many_details_as_are_readable() -> None:
    graph = model_view.model_view(presets.load("independent_predictions")).graph
    choices = list(projector.choices(graph, DiagramOptions(), ("layers", "blocks")))
    drawn: list[DiagramOptions] = []

    def draw(options: DiagramOptions) -> str:
        drawn.append(options)
        return diagram.svg(graph, options)

    svg = projector.readable(draw, choices, projector.ROOM)
    assert drawn == choices[: len(drawn)]
    assert svg == diagram.svg(graph, drawn[-1])
    assert drawn[-1].level == "layers"


def test_the_words_of_curves_have_their_last_values() -> None:
    assert curves.alt("y/accuracy", [Curve("", "", (), 2, ("y/accuracy",))]) == (
        "y · accuracy by epoch"
    )
    assert curves.alt("y/accuracy", [CURVE]) == (
        "y · accuracy by epoch; run after 2 epochs: training 0.700"
    )


@pytest.mark.parametrize("page", [*pages(), "Room"])
def test_each_page_has_large_letters_and_a_way_out(app: AppTest, page: str) -> None:
    app.switch_page(str(page_file(page)))
    app.query_params["present"] = "1"
    well(app.run())
    assert projector.STYLE in html(app)
    assert "Leave projector mode" in html(app)


def test_a_model_that_cannot_be_built_says_so_on_the_projector(app: AppTest) -> None:
    app.query_params["present"] = "1"
    editor(app).edit(lambda draft: drafts.put(draft, ("inputs", 0, "encoder", "projection"), 64))
    editor(app).edit(lambda draft: edits.set_kind(draft, "merges", 0, "add"))
    app.run()
    assert not app.exception
    assert any("can't be built" in text.value for text in app.markdown)
