from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from PIL import Image

from components.models import imported
from components.models.analysis import difference as render
from components.models.analysis.difference import Change, Difference, causes, compare
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build, sketch
from components.models.architecture.costs import costs_of
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph
from components.sharing.record import difference_report
from sample_data.content import applications, presets
from tests.experiments.races.support import two_vectors
from tests.strategies import architectures


def graph(kind: str = "concatenate", **changes: object) -> Graph:
    data = two_vectors(kind).data()
    data["inputs"][0]["encoder"] |= changes
    return build(parse(data)).graph


def rows(found: Difference, kind: str) -> list[Change]:
    return [row for row in found.rows if row.kind == kind]


def test_a_width_changes_a_layer_and_what_reads_it() -> None:
    found = compare(graph(units=4), graph(units=6))
    by_layer = {(row.layer, row.aspect): (row.before, row.after) for row in rows(found, "changed")}
    assert by_layer["a_dense_1", "units"] == ("4", "6")
    assert by_layer["a_dense_1", "output"] == ("4", "6")
    assert by_layer["m_concatenate", "output"] == ("8", "10")
    assert by_layer["y", "parameters"] == ("9", "11")
    assert by_layer["", "parameters"] == ("81", "101")
    assert not rows(found, "added")
    assert not rows(found, "removed")


def test_an_activation_changes_its_layer_alone() -> None:
    found = compare(graph(), graph(activation="tanh"))
    assert found.rows == (Change("changed", "a", "a_dense_1", "activation", "relu", "tanh"),)


def test_a_layer_more_is_added_and_one_less_removed() -> None:
    one, two = graph(), graph(depth=2)
    assert [row.layer for row in rows(compare(one, two), "added")] == ["a_dense_2"]
    found = compare(two, one)
    assert [row.layer for row in rows(found, "removed")] == ["a_dense_2"]
    assert render.marks(found, "before")["a_dense_2"] == ("removed", "")
    assert "a_dense_2" not in render.marks(found, "after")


def test_another_strategy_stands_in_the_place_of_the_old_one() -> None:
    found = compare(graph("add"), graph("multiply"))
    changed = [row for row in rows(found, "changed") if row.part == "m"]
    assert Change("changed", "m", "", "kind", "Add", "Multiply") in changed
    assert Change("changed", "m", "m_multiply", "layer", "Add", "Multiply") in changed
    assert render.marks(found, "before")["m_add"] == ("changed", "Add → Multiply")
    assert not [row for row in changed if row.aspect == "reads"]


def read_by(sources: list[str], *inputs: dict[str, Any]) -> Difference:
    """Return the changes if the merge reads these sources of other inputs."""
    data = two_vectors().data()
    data["merges"][0]["sources"] = sources
    return compare(graph(), build(parse({**data, "inputs": inputs or data["inputs"]})).graph)


def test_branches_that_are_renamed_or_added_or_read_in_another_order() -> None:
    first, second = two_vectors().data()["inputs"]
    renamed = read_by(["sound", "b"], {**first, "name": "sound"}, second)
    assert renamed.rows == (Change("changed", "sound", "", "name", "a", "sound"),)
    assert render.sentence(renamed) == "No layer differs; name a → sound."
    more = read_by(["a", "b", "c"], first, second, {"name": "c", "kind": "vector", "features": 3})
    assert Change("added", "c", "", "branch", "", "Vector") in more.rows
    changes = [(row.layer, row.aspect, row.before, row.after) for row in more.rows]
    assert ("m_concatenate", "reads", "2", "3") in changes
    turned = read_by(["b", "a"]).rows
    assert [(row.aspect, row.before) for row in turned] == [("reads", "in one order")]


def test_consequences_stand_under_their_cause() -> None:
    """Change a width and so the sizes down to the head, or add a layer that the next one reads."""
    wider, deeper = compare(graph(units=4), graph(units=6)), compare(graph(), graph(depth=2))
    named = {
        f"{row.layer} {row.aspect}": f"{cause.layer} {cause.aspect}"
        for found in (wider, deeper)
        for row, cause in causes(found).items()
    }
    assert named == {
        "a_dense_1 output": "a_dense_1 units",
        "a_dense_1 parameters": "a_dense_1 units",
        "m_concatenate output": "a_dense_1 units",
        "y parameters": "a_dense_1 units",
        "m_concatenate reads": "a_dense_2 layer",
    }
    assert render.marks(wider, "after") == {"a_dense_1": ("changed", "units 4 → 6")}
    then = [text for row, text in difference_report.folded(wider) if row.layer]
    assert then == [
        "output 4 → 6, parameters 36 → 54, m_concatenate: output 8 → 10, y: parameters 9 → 11"
    ]
    last = difference_report.csv(wider).splitlines()[-1]
    assert last == "≠ changed,y,y,parameters,9,11,a_dense_1 units"
    assert causes(compare(graph("add"), graph("add", depth=2)))


def test_new_connections_follow_from_nothing() -> None:
    assert not causes(read_by(["b", "a"]))


def test_added_and_changed_have_frames_of_their_own() -> None:
    found = compare(graph("add"), graph("gated", units=6))
    drawn = ElementTree.fromstring(render.svg(found, "after"))
    looks = {
        (frame.get("stroke-dasharray"), frame.get("stroke-width"))
        for card in drawn.iter()
        if card.get("class") == "node"
        for frame in list(card)[:1]
        if frame.get("stroke-width")
    }
    assert looks == {(None, "3"), ("2,4", "2")}


def test_a_png_is_as_wide_as_a_slide_at_most() -> None:
    found = compare(graph("gated"), build(presets.load("two_tower")).graph)
    widths = [
        Image.open(io.BytesIO(render.both_png(found, natural))).width for natural in (False, True)
    ]
    assert widths[0] == 2560 < widths[1]
    same = compare(graph(), graph())
    small = [
        Image.open(io.BytesIO(render.both_png(same, natural))).width for natural in (False, True)
    ]
    assert small[0] == small[1] < 2560


@pytest.mark.matrix
@given(architectures(), architectures())
def test_an_addition_one_way_is_a_removal_the_other_way(one: object, other: object) -> None:
    left, right = sketch(one).graph, sketch(other).graph  # type: ignore[arg-type]
    assert compare(left, left).same
    there, back = compare(left, right), compare(right, left)
    for found in (there, back):
        assert len(set(found.pairs.values())) == len(found.pairs)
        assert all(node in found.before for node in found.pairs)
        assert all(node in found.after for node in found.pairs.values())
    here = {row.layer for row in rows(there, "added") if row.layer}
    assert here == {n.id for n in there.after.nodes} - set(there.pairs.values())
    gone = {row.layer for row in rows(there, "removed") if row.layer}
    assert gone == {n.id for n in there.before.nodes} - set(there.pairs)


def read_back(architecture: Architecture, old: str = "", new: str = "") -> Difference:
    """Return the difference of a model and its file of Keras, in which a text is replaced."""
    written = build(architecture)
    text = written.model.to_json()
    assert old in text
    model = imported.read(text.replace(old, new))
    return compare(written.graph, model.graph, costs_of(written.graph), model.costs)


PRESETS = (
    *("image_text_relevance", "siamese_digits", "tensor_fusion_sentiment"),
    *("bottleneck_transformer", "visual_question_answering"),
)


@pytest.mark.parametrize("name", PRESETS)
def test_a_model_that_keras_wrote_and_that_was_read_is_the_same(name: str) -> None:
    assert read_back(presets.load(name)).rows == ()


def test_a_layer_of_a_file_with_another_name_is_the_one_in_its_place() -> None:
    assert read_back(two_vectors("add"), '"m_add"', '"mixed"').rows == ()


@pytest.mark.matrix
@given(architectures())
def test_every_model_that_keras_wrote_and_that_was_read_is_the_same(one: Architecture) -> None:
    assume(not sketch(one).errors)
    assert read_back(one).rows == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"activation": "relu"', '"activation": "tanh"', ("activation", "relu", "tanh")),
        ('"use_bias": true', '"use_bias": false', ("use bias", "True", "False")),
        ('"class_name": "Add"', '"class_name": "Multiply"', ("layer", "Add", "Multiply")),
    ],
)
def test_a_change_in_a_file_of_keras_is_a_difference(
    old: str, new: str, expected: tuple[str, str, str]
) -> None:
    found = read_back(two_vectors("add"), old, new)
    assert expected in {(row.aspect, row.before, row.after) for row in found.rows}


@pytest.mark.parametrize(("theme", "side"), [("light", "before"), ("dark", "after")])
def test_pictures_mark_what_differs(theme: str, side: str) -> None:
    found = compare(graph("add"), graph("gated", units=6))
    look = DiagramOptions(theme=theme)  # type: ignore[arg-type]
    made = render.svg(found, side, look)  # type: ignore[arg-type]
    ElementTree.fromstring(made)
    shown = found.before if side == "before" else found.after
    assert {node.id for node in shown.nodes} <= set(re.findall(r'id="([^"]+)" class="node"', made))
    assert "≠ units 4 → 6" in made
    assert ("+ added" in made) == (side == "after")
    assert THEMES[theme].ink.lower() in made.lower()


def test_the_sentence_counts_layers_and_names_the_costs() -> None:
    one, two = graph("add"), graph("add", depth=2)
    found = compare(one, two, costs_of(one), costs_of(two))
    assert render.sentence(found) == (
        "Layers that differ: 1 added; 1 more follows from these; parameters 77 → 97; "
        "FLOPs 149 → 185."
    )
    assert render.sentence(compare(one, one)) == "Nothing differs."


def test_flops_that_leave_out_a_layer_are_compared_as_such() -> None:
    one, two = graph("add"), graph("add", depth=2)
    *others, last = two.nodes
    own = replace(two, nodes=(*others, replace(last, layer="Own")))
    (row,) = (
        r for r in compare(one, own, costs_of(one), costs_of(own)).rows if r.aspect == "FLOPs"
    )
    assert (row.before, row.after) == ("149", "at least 176, without 1 layer")


def test_both_pictures_are_one_file_without_names_that_clash() -> None:
    found = compare(graph("add"), graph("multiply"))
    drawn = ElementTree.fromstring(render.both(found))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}tspan")]
    assert "Add" in texts
    assert "Multiply" in texts
    ids = [part.attrib["id"] for part in drawn.iter() if "id" in part.attrib]
    assert len(ids) == len(set(ids))
    _, _, width, _ = map(float, drawn.attrib["viewBox"].split())
    assert all(float(t.get("x")) < width for t in drawn.iter() if t.tag.endswith("text"))  # type: ignore[arg-type]


def test_markdown_holds_for_a_pull_request() -> None:
    found = compare(graph("add"), graph("multiply"))
    text = difference_report.markdown(found)
    assert render.sentence(found) in text
    assert "| ≠ changed | m | m_multiply | layer | Add | Multiply |" in text.replace("\\", "")
    assert len(list(csv.reader(difference_report.csv(found).splitlines()))) == 1 + len(found.rows)
    same = compare(graph(), graph())
    assert "|" not in difference_report.markdown(same)
    assert len(difference_report.csv(same).splitlines()) == 1


def test_nothing_differs_from_itself() -> None:
    same = compare(graph(), graph())
    assert same.same
    assert render.marks(same, "before") == render.marks(same, "after") == {}
    assert render.alt(same) == "Diagrams of two versions of tiny: nothing differs."


def test_two_models_of_keras_correspond_alike_both_ways() -> None:
    one, other = (
        imported.read(applications.text(name), name).graph
        for name in ("MobileNetV3Small", "EfficientNetB0")
    )
    back = compare(other, one).pairs
    assert compare(one, other).pairs == {before: after for after, before in back.items()}
    assert "12 parts have other names" in render.sentence(compare(one, other))


def test_alt_text_counts_what_differs() -> None:
    found = compare(graph(), build(presets.load("wide_and_deep")).graph)
    counts = "2 added, 1 removed, 4 changed; 1 more follows from these"
    assert render.alt(found) == f"Diagrams of tiny and wide_and_deep; layers that differ: {counts}."
