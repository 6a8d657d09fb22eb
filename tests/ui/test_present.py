"""Projector mode: which picture is shown, and how large the letters of charts are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.analysis import model_view
from components.core.paths import ROOT
from components.render import diagram
from components.render.options import DiagramOptions
from components.render.palette import LIGHT
from components.training.events import Epoch
from components.ui.charts import charts, curves
from components.ui.charts.charts import LevelLine
from components.ui.charts.curves import Curve
from components.ui.charts.large_charts import WIDE, WIDE_FROM, enlarged
from components.ui.editor import drafts, edit_kinds
from components.ui.frame import page_files, present
from sample_data import presets
from tests.ui.desk import editor, html, well

POINTS = tuple(
    Epoch(epoch=epoch, logs={"y/accuracy": 0.5 + epoch / 10}, seconds=1.0) for epoch in (1, 2)
)
CURVE = Curve("1", "run", POINTS, 2, ("y/accuracy",))


def sizes(option: Any, name: str = "fontSize") -> Iterator[float]:
    """All values of a name in an option."""
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


def test_all_letters_of_a_chart_grow_and_no_value_does(option: dict[str, Any]) -> None:
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


@pytest.mark.parametrize("name", ["independent_predictions", "clip_pairs", "deep_fm"])
def test_a_diagram_has_letters_of_20_px_or_the_largest_there_are(name: str) -> None:
    architecture = presets.load(name)
    graph = model_view.model_view(architecture).graph
    drawn: list[tuple[DiagramOptions, float]] = []

    def draw(options: DiagramOptions) -> str:
        svg = diagram.svg(graph, options)
        drawn.append((options, present.letters(svg, present.ROOM)))
        return svg

    choices = list(present.options(graph, LIGHT, present.LEVELS))
    chosen = present.letters(present.most_detailed(draw, choices, present.ROOM), present.ROOM)
    assert chosen == max(size for _, size in drawn)
    if chosen >= present.LETTERS:
        assert [options for options, _ in drawn] == choices[: len(drawn)]
    else:
        assert len(drawn) == len(choices)
    assert {"independent_predictions": "layers", "clip_pairs": "blocks"}.get(name) in (
        None,
        drawn[-1][0].level,
    )


def test_the_words_of_curves_have_their_last_values() -> None:
    assert curves.alt("y/accuracy", [Curve("", "", (), 2, ("y/accuracy",))]) == (
        "y · accuracy by epoch"
    )
    assert curves.alt("y/accuracy", [CURVE]) == (
        "y · accuracy by epoch; run after 2 epochs: training 0.700"
    )


EMPTY = {
    "pages/1_Train.py": "No run yet",
    "pages/2_Inspect.py": "No run has been trained yet.",
    "pages/3_Compare.py": "No race yet.",
    "pages/4_Strategies.py": "Puts the numbers of all sources in one row.",
    "pages/5_Viewer.py": "MobileNetV3Small",
    "pages/6_Learn.py": "Why can&#39;t a late sum do xor?",
    "app.py": "Layers",
}


def test_each_page_says_what_it_has_not_got_yet(app: AppTest) -> None:
    assert {ROOT / page for page in EMPTY} == {path for path, _ in page_files.pages()}
    for page, text in EMPTY.items():
        app.switch_page(page)
        app.query_params["present"] = "1"
        well(app.run())
        assert text in html(app)
        assert "Leave projector mode" in html(app)


def test_a_model_that_cannot_be_built_says_so_on_the_projector(app: AppTest) -> None:
    app.query_params["present"] = "1"
    editor(app).edit(lambda draft: drafts.put(draft, ("inputs", 0, "encoder", "projection"), 64))
    editor(app).edit(lambda draft: edit_kinds.set_kind(draft, "merges", 0, "add"))
    app.run()
    assert not app.exception
    assert any("can't be built" in text.value for text in app.markdown)
