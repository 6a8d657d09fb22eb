"""Learning speed on the Train and Inspect pages: its chart, its sentences, where it is left out."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.inspection.speeds import (
    LIMIT,
    explain_speeds,
    speeds_csv,
    total_speeds,
    with_speeds,
)
from components.render.palette import THEMES
from components.training.events import Epoch, Finished, Inspected, Started
from components.training.learning_speed import AFTER, HEADS
from components.training.requests import RunRequest, Settings
from components.training.service import service
from components.ui.inspect.measures_table import measures_csv, measures_table
from components.ui.kit.learning_speed import speed_option
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.training.support import VECTORS
from tests.ui.desk import VISITOR, html, well
from tests.ui.examples import inspection_of_vectors

LIGHT, DARK = THEMES["light"], THEMES["dark"]
SPEEDS = ({"left": 3.0, "right": 0.25, AFTER: 8.0}, {"left": 1.0, "right": 0.25, AFTER: 2.0})


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that waits is started."""
    monkeypatch.setattr(service()._queue, "_next_job", lambda: None)


def epochs(*speeds: dict[str, float]) -> list[Epoch]:
    logs = {"loss": 0.5}
    return [Epoch(epoch=n, logs=logs, seconds=0.1, speeds=s) for n, s in enumerate(speeds, 1)]


def trained(*speeds: dict[str, float]) -> str:
    """A run that has finished, with an inspection, as the store has them."""
    data = DataSpec(relation=RELATIONS["xor"](), samples=40)
    request = RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=2))
    store = service().store
    run = store.create(request, VISITOR, "mine")
    store.keep_model(run, b"a model")
    started = Started(epochs=2, estimated_bytes=1, parameters=1)
    store.append(run, started, *epochs(*speeds), Finished(seconds=1.0))
    inspected = Inspected(inspection=inspection_of_vectors().json_text())
    store.append(service().inspect(run, VISITOR), inspected, Finished(seconds=1.0))
    return run


def shown(app: AppTest, page: str, run: str) -> tuple[bool, str]:
    """Whether a page shows the chart of a run, and all of its HTML."""
    opened = app.switch_page(page)
    opened.query_params["run"] = run
    opened.run()
    well(opened)
    names = [chart.proto.id for chart in opened.get("echarts_chart")]
    return any("chart.learning_speed" in name for name in names), html(opened)


@pytest.mark.parametrize("page", ["pages/1_Train.py", "pages/2_Inspect.py"])
def test_a_page_shows_the_speeds_of_its_run(app: AppTest, page: str) -> None:
    charted, text = shown(app, page, trained(*SPEEDS))
    assert charted
    assert "<code>left</code> learns 8 times as fast as <code>right</code>" in text
    assert "It does not say: what an input contributes" in text


@pytest.mark.parametrize("page", ["pages/1_Train.py", "pages/2_Inspect.py"])
def test_a_page_shows_no_speeds_of_an_older_run(app: AppTest, page: str) -> None:
    charted, text = shown(app, page, trained({}, {}))
    assert not charted
    assert "Learning speed" not in text


@pytest.mark.parametrize("branch", ["left", "left + right"])
def test_one_branch_is_compared_with_none(app: AppTest, branch: str) -> None:
    charted, _ = shown(app, "pages/1_Train.py", trained({branch: 1.0, AFTER: 2.0}))
    assert not charted


def test_the_sentences() -> None:
    explained = explain_speeds(total_speeds(epochs(*SPEEDS)), 2)
    assert explained is not None
    assert explained.values == "`left` 4, `right` 0.5, after the merge 10"
    assert explained.meaning == (
        "Over 2 epochs, `left` learns 8 times as fast as `right` relative to the size of their "
        "weights: training favours `left`."
    )
    assert explained.limit == LIMIT


@pytest.mark.parametrize(
    ("right", "sentence"),
    [
        (0.95, "all branches learn about equally fast"),
        (0.0, "the weights of `right` get no gradient"),
    ],
)
def test_sentences_of_ends(right: float, sentence: str) -> None:
    explained = explain_speeds({"left": 1.0, "right": right, HEADS: 5.0}, 1)
    assert explained is not None
    assert sentence in explained.meaning


def test_lines_have_the_colours_of_the_diagram() -> None:
    points = epochs({"left + right": 1.0, "other": 0.0, AFTER: 2.0}, {"other": 1.0})
    series = speed_option(points, 5, ["left", "other", "right"], DARK)["series"]
    assert [line["name"] for line in series] == ["left + right", "other", AFTER]
    assert [line["lineStyle"]["color"] for line in series] == [
        DARK.branches[0].title,
        DARK.branches[1].title,
        DARK.merge.title,
    ]
    assert [line["lineStyle"]["type"] for line in series] == ["solid", "solid", "dashed"]
    assert [line["data"] for line in series] == [[[1, 1.0]], [[2, 1.0]], [[1, 2.0]]]


def test_heads_without_a_merge_have_their_colour() -> None:
    (*_, heads) = speed_option(epochs({"left": 1.0, HEADS: 2.0}), 1, ["left"], LIGHT)["series"]
    assert heads["lineStyle"]["color"] == LIGHT.head.title


def test_many_epochs_are_thinned() -> None:
    points = epochs(*({"left": 1.0} for _ in range(1000)))
    (line,) = speed_option(points, 1000, ["left"], LIGHT)["series"]
    assert len(line["data"]) <= 400
    assert line["data"][-1] == [1000, 1.0]


def test_the_speeds_as_csv() -> None:
    assert speeds_csv(epochs(SPEEDS[0], {"left": 1.0})) == (
        "epoch,left,right,after the merge\n1,3.0,0.25,8.0\n2,1.0,,\n"
    )


def test_the_measures_of_an_inspection_have_them_once() -> None:
    inspection = with_speeds(inspection_of_vectors(), epochs(*SPEEDS))
    speeds = explain_speeds(inspection.learning_speed, inspection.trained_epochs)
    assert "8 times as fast" in measures_table(inspection.heads["y"], speeds=speeds)
    rows = [row for row in measures_csv(inspection).splitlines() if "learning speed" in row]
    assert rows == [
        ",learning speed,left,4.0,",
        ",learning speed,right,0.5,",
        ",learning speed,after the merge,10.0,",
    ]
    assert "Learning speed" not in measures_table(inspection.heads["y"])
