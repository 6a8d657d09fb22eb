"""The Viewer page in Streamlit's test runner: examples, files, blocks that open, views."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.viewer import page
from components.app.pages.viewer.state import (
    MOST_DRAWN,
    VIEWS,
    ViewerState,
    legible,
    letters,
    readable,
)
from components.app.parts.widgets import layer_cards
from components.base.markup import escape_markdown
from components.base.paths import DATA_FOLDER
from components.models import imported
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import LIGHT
from components.models.imported import STUB_PREFIX, ImportedModel
from components.models.imported.handed_over import PARAMETER, hand_over
from components.sharing.code import parameters
from components.sharing.formats import TABLES
from components.sharing.formats.base import TOTAL
from sample_data.content import applications
from tests.app.pages.desk import html, well, with_model


@pytest.fixture
def look(keras_is_in: None) -> AppTest:
    opened = with_model("pages/5_Viewer.py").run()
    well(opened)
    return opened


def state_of(app: AppTest) -> ViewerState:
    state: ViewerState = app.session_state["viewer"]
    return state


def upload(app: AppTest, text: str | bytes, name: str = "model.json") -> None:
    content = text.encode() if isinstance(text, str) else text
    (widget,) = app.file_uploader
    widget.set_value((name, content, "application/json")).run()
    assert not app.exception


def picked(app: AppTest, id: str) -> None:
    """Select a box as a click does, which the test runner can't do."""
    state_of(app).click(id)
    app.run()
    well(app)


@pytest.fixture(scope="module")
def efficient() -> ImportedModel:
    return imported.read(applications.text("EfficientNetB0"))


class Own(keras.layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x


def strange() -> str:
    x = keras.Input((6,))
    y = keras.layers.Lambda(lambda t: t, name="code")(Own(name="own")(x))
    text: str = keras.Model(x, keras.layers.Dense(2, name="end")(y), name="strange").to_json()
    return text


def test_a_first_visit_shows_an_example_as_blocks_and_others_open(look: AppTest) -> None:
    assert state_of(look).model.name == applications.names()[0]
    assert "2,554,968" in html(look)
    assert "expanded conv 9" in html(look)
    assert state_of(look).view == "Blocks"
    for name in reversed(applications.names()):
        look.button(key=f"viewer.{name}").click().run()
        well(look)
        assert state_of(look).model.name == name
    look.button(key="viewer.EfficientNetB0").click().run()
    assert "5,330,571" in html(look)


def test_a_file_is_read_and_its_unknown_layers_are_listed(look: AppTest) -> None:
    upload(look, strange(), "my_model.json")
    well(look)
    assert state_of(look).model.name == "strange"
    assert "14 + ?" in html(look)
    assert any("Unknown: Own, Lambda" in text.value for text in look.markdown)
    state_of(look).set_view("Layers")
    picked(look, "own")
    assert "could not be inferred" in html(look)
    state_of(look).set_view("Summary")
    look.run()
    assert look.dataframe[0].value["Unknown"].any()
    look.button(key="viewer.MobileNetV3Small").click().run()
    assert not any("Unknown" in text.value for text in look.markdown)


def test_a_layer_is_found_on_its_page(look: AppTest, efficient: ImportedModel) -> None:
    look.button(key="viewer.EfficientNetB0").click().run()
    layer = efficient.stretches(MOST_DRAWN)[3][0]
    (search,) = (box for box in look.selectbox if box.label == "Find a layer")
    search.set_value(layer).run()
    well(look)
    state = state_of(look)
    assert (state.view, state.page, state.selected) == ("Layers", 4, layer)


BAD = {
    "no text": b"\xff\xfe\x00",
    "no model": b"[1, 2]",
    "another kind of file": b"%PDF-1.7",
    "a damaged archive": b"PK\x03\x04",
    "a damaged HDF5 file": b"\x89HDF\r\n\x1a\n",
}


def test_a_bad_file_is_one_sentence_and_the_model_stays(look: AppTest) -> None:
    for case, content in BAD.items():
        upload(look, content)
        (error,) = look.error
        assert "\n" not in error.value, case
        assert state_of(look).model.name == applications.names()[0]
    look.button(key="viewer.EfficientNetB0").click().run()
    well(look)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_file_that_keras_saved_is_shown(look: AppTest, tmp_path: Path, ending: str) -> None:
    x = keras.Input((4,))
    path = tmp_path / f"model.{ending}"
    keras.Model(x, keras.layers.Dense(3)(x), name="mine").save(path)
    upload(look, path.read_bytes(), path.name)
    well(look)
    assert state_of(look).model.name == "mine"
    look.button(key="viewer.MobileNetV3Small").click().run()


def test_a_block_opens_its_layers_have_cards_and_the_path_leads_back(look: AppTest) -> None:
    picked(look, "block_5")
    assert state_of(look).view == "Layers"
    assert any("expanded conv 4" in text.value for text in look.markdown)
    assert "58,304" in html(look)
    picked(look, "expanded_conv_4_depthwise")
    assert "DepthwiseConv2D" in html(look)
    picked(look, f"{STUB_PREFIX}{state_of(look).open.graph.nodes[0].id.removeprefix(STUB_PREFIX)}")
    assert "An input of this part" in html(look)
    look.button(key="viewer.way.0").click().run()
    well(look)
    assert (state_of(look).path, state_of(look).view) == ((), "Blocks")
    assert "2,554,968" in html(look)


def test_every_view_of_model_and_block(look: AppTest) -> None:
    for view in VIEWS:
        look.segmented_control[0].set_value(view).run()
        well(look)
        assert state_of(look).view == view
        assert bool(look.dataframe) == (view == "Summary")
        picked(look, "")
        state_of(look).go_to(("block_3",))
        state_of(look).set_view(view)
        look.run()
        well(look)
        state_of(look).go_to(())
        look.run()


def test_layers_of_a_large_model_are_shown_in_pages(look: AppTest) -> None:
    look.segmented_control[0].set_value("Layers").run()
    assert any(text.value.startswith("1–19 of 182") for text in look.caption)
    state_of(look).set_page(2)
    look.run()
    well(look)
    assert any(text.value.startswith("20–") for text in look.caption)
    assert "expanded_conv_1" in "".join(state_of(look).pages[1])


def test_all_can_be_downloaded(look: AppTest) -> None:
    assert not look.get("download_button")
    look.session_state["viewer.take"] = True
    look.run()
    labels = {button.proto.label for button in look.get("download_button")}
    assert labels == {"Picture as SVG", "Parameters as Markdown"}
    for form, title in (("png", "PNG"), ("pdf", "PDF"), ("dot", "DOT")):
        look.selectbox(key="viewer.form").set_value(form).run()
        well(look)
        labels = {button.proto.label for button in look.get("download_button")}
        assert f"Picture as {title}" in labels


# Code behind the page


def test_pages_hold_all_layers_once_and_whole_blocks(efficient: ImportedModel) -> None:
    runs = efficient.stretches(MOST_DRAWN)
    ids = [id for run in runs for id in run]
    assert sorted(ids) == sorted(node.id for node in efficient.graph.nodes)
    assert max(map(len, runs)) <= MOST_DRAWN
    assert len({efficient.graph[run[0]].group for run in runs}) == len(runs)
    parameters_ = 0
    for run in runs:
        part = efficient.stretch(run)
        assert [
            node.id for node in part.graph.nodes if not node.id.startswith(STUB_PREFIX)
        ] == list(run)
        assert {node.group for node in part.graph.nodes} == {g.id for g in part.graph.groups}
        seen: set[str] = set()
        for node in part.graph.nodes:
            assert set(node.sources) <= seen
            seen.add(node.id)
        parameters_ += part.costs.total.parameters
    assert parameters_ == efficient.costs.total.parameters
    short = efficient.stretches(4)
    assert max(map(len, short)) == 4
    assert sum(map(len, short)) == efficient.layers


def test_blocks_and_pages_of_layers_are_readable_on_a_screen(efficient: ImportedModel) -> None:
    for name in applications.names():
        graph = imported.read(applications.text(name)).graph
        look = readable(graph, "blocks", "light")
        assert letters(graph, look) >= 7.5
        assert look.fold
    for run in efficient.stretches(MOST_DRAWN)[::3]:
        graph = efficient.stretch(run).graph
        assert letters(graph, readable(graph, "layers", "light")) >= 7.5


def test_a_block_of_blocks_opens_again_and_a_single_one_does_not() -> None:
    one = keras.layers
    inner = keras.Sequential([keras.Input((4,)), one.Dense(3), one.Dense(4)], name="inner")
    x = y = keras.Input((4,), name="x")
    for _ in range(2):
        y = inner(y)
    outer = keras.Model(x, [one.Dense(1, name="end")(y)])
    state = ViewerState(imported.read(outer.to_json()))
    graph = state.open.graph
    opened = next(group.id for group in graph.groups if state.opens(group.id))
    single = next(group.id for group in graph.groups if len(graph.members(group.id)) == 1)
    state.click(single)
    assert (state.path, state.selected) == ((), single)
    state.click(opened)
    assert state.path == (opened,)
    state.go_to(())
    assert not state.path
    assert state.selected is None


def test_a_tangle_is_not_drawn() -> None:
    x = keras.Input((4,))
    layers = [x]
    for _ in range(30):
        layers.append(keras.layers.Add()(layers[-20:] if len(layers) > 1 else [x, x]))
    model = imported.read(keras.Model(x, layers[-1]).to_json())
    state = ViewerState(model)
    state.set_view("Layers")
    assert not legible(model.graph, "layers")
    pictures = []
    for number in range(1, len(state.pages) + 1):
        state.set_page(number)
        pictures.append(state.picture("light"))
    assert None in pictures
    assert legible(model.graph, "blocks")


def test_the_table_marks_unknown_values() -> None:
    model = imported.read(strange())
    table = parameters.by_layer(model.graph, model.costs, "Block")
    rows = {row[0]: row for row in table.rows}
    assert rows["own"][4] == "?"
    assert rows["end"][4] == 14
    assert rows[TOTAL][4] == 14
    assert all("?" in form().write(table) for form in TABLES.values())


def test_names_from_a_file_stay_names() -> None:
    name = "<b>:red[x]</b> **y** $z$"
    x = keras.Input((3,))
    data = json.loads(keras.Model(x, keras.layers.Dense(2, name="end")(x)).to_json())
    model = imported.read(json.dumps(data), name)
    assert escape_markdown(name).count("\\") > 8
    for view in VIEWS:
        assert "<b>" not in page.card(model, None, view.lower(), LIGHT)


def test_numbers_keep_their_units() -> None:
    model = imported.read(applications.text("MobileNetV3Small"))
    card = page.card(model, None, "blocks", LIGHT)
    assert "1.67\N{NO-BREAK SPACE}M\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}65.5" in card
    assert diagram.svg(model.graph, DiagramOptions(level="blocks"))


def test_the_largest_are_few_also_where_many_are_equal() -> None:
    x = keras.Input((3,))
    layers = [keras.layers.Dense(3, name=f"dense_{number}") for number in range(20)]
    model = imported.read(keras.Sequential([x, *layers]).to_json(), "equal")
    card = page.card(model, None, "layers", LIGHT)
    assert card.count("bar") == layer_cards.LARGEST
    assert f"The {layer_cards.LARGEST} largest." in card


def test_a_model_is_shown_that_the_address_names(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATA_FOLDER, str(tmp_path))
    app = with_model("pages/5_Viewer.py")
    model = replace(imported.read(strange(), "handed over"), notes=("Drawn as its layers.",))
    app.query_params[PARAMETER] = hand_over(model)
    app.run()
    well(app)
    assert state_of(app).model.name == "handed over"
    assert "Drawn as its layers." in [caption.value for caption in app.caption]
    app.query_params[PARAMETER] = "0" * 32
    app.run()
    assert any("There is no model at this address" in error.value for error in app.error)
    assert state_of(app).model.name == "handed over"
