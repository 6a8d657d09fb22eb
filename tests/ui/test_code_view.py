"""The code beside the picture: what is marked as changed, and what the page is handed."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from components.ui.build.code_view import _difference, _status, marked
from tests.waiting import PATIENCE_SECONDS


def test_lines_are_marked_by_what_became_of_them() -> None:
    before = ["a", "b", "c", "d"]
    assert marked(before, before) == {}
    assert marked(before, ["a", "x", "c", "d"]) == {2: "changed"}
    assert marked(before, ["a", "b", "x", "y", "c", "d"]) == {3: "added", 4: "added"}
    assert marked(before, ["a", "d"]) == {2: "cut"}
    assert marked(before, ["a", "b", "c"]) == {3: "cut"}
    assert _status({}) == ""
    assert _status({3: "cut"}) == "1 line changed"


def test_the_difference_names_no_files() -> None:
    assert list(_difference("a\nb\n", "a\nc\n")) == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert list(_difference("a\n", "a\n")) == []


def page() -> None:
    import streamlit as st

    from components.model.builder import build, sketch
    from components.model.spec import parse
    from components.ui.build.code_view import code_view
    from sample_data import presets

    data = presets.load("image_text_relevance").data()
    data["inputs"][1]["encoder"]["units"] = st.number_input("units", value=128)
    if st.checkbox("unfit"):
        data["merges"][0]["kind"] = "add"
        data["inputs"][1]["encoder"]["projection"] = 7
        spec = parse(data)
        graph = sketch(spec).graph
    else:
        spec = parse(data)
        graph = build(spec).graph
    code_view(spec, graph, "text_lstm_1", print, key="code", height=500)


def shown(app: AppTest) -> dict[str, object]:
    (part,) = app.get("bidi_component")
    handed: dict[str, object] = json.loads(part.proto.json)
    return handed


def test_the_page_gets_text_nodes_and_marks() -> None:
    app = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS).run()
    assert not app.exception
    first = shown(app)
    assert first["marks"] == {}
    assert first["selected"] == "text_lstm_1"
    lines = str(first["text"]).split("\n")
    nodes = first["nodes"]
    assert isinstance(nodes, dict)
    (number,) = (int(line) for line, node in nodes.items() if node == "text_lstm_1")
    assert lines[number - 1].startswith("text_lstm_1 = layers.LSTM(128")
    app.number_input[0].set_value(96).run()
    second = shown(app)
    assert second["marks"] == {str(number): "changed"}
    assert second["status"] == "1 line changed"
    app.run()
    assert shown(app)["marks"] == second["marks"]
    app.checkbox[0].check().run()
    assert not app.exception
    assert "Fix the shape errors" in app.info[0].value
