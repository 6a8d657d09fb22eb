"""Names as people write them: titles in any language, and the nearest valid name."""

from __future__ import annotations

import pytest

from components.app.parts.editor import drafts, edits, fixes
from components.app.parts.editor.drafts import Draft
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from sample_data.content import presets


def draft() -> Draft:
    return drafts.drafted(presets.load(presets.DEFAULT))


def parsed(edited: Draft) -> Architecture:
    return parse(drafts.plain(edited))


def test_an_input_has_a_title_in_any_language_beside_its_name() -> None:
    edited = draft()
    edits.call_part(edited, "inputs", 0, "  Größe 温度 ")
    architecture = parsed(edited)
    assert (architecture.inputs[0].name, architecture.inputs[0].label) == ("grosse", "Größe 温度")
    assert architecture.merges[0].sources == ("grosse", "text")
    assert drafts.titles(edited)["grosse"] == "Größe 温度"
    graph = build(architecture).graph
    assert graph.group("grosse").title == "Größe 温度"
    assert {node.id for node in graph.members("grosse")} >= {"grosse", "grosse_conv2d_1"}
    assert parse(architecture.data()) == architecture


def test_a_name_removes_the_title_and_leaves_no_trace_of_it() -> None:
    edited = draft()
    edits.call_part(edited, "inputs", 0, "Bild!")
    edits.call_part(edited, "inputs", 0, "image")
    architecture = parsed(edited)
    assert architecture == presets.load(presets.DEFAULT)
    assert architecture.digest == presets.load(presets.DEFAULT).digest
    assert "label" not in architecture.data()["inputs"][0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("温度", "image"), ("3d scan", "image_3d_scan"), ("Text", "Text"), ("text", "text_2"),
        ("trunk", "trunk_2"), ("x" * 50, "x" * 40), ("Änderung, in %", "anderung_in"),
    ],
)  # fmt: skip
def test_the_nearest_name_is_valid_and_free(text: str, name: str) -> None:
    edited = draft()
    assert edits.good_name(edited, "inputs", 0, text) == name
    edits.rename(edited, "inputs", 0, name)
    parsed(edited)


@pytest.mark.parametrize(
    ("part", "index", "name", "label"),
    [
        ("inputs", 0, "text", "Use `text_2`"),
        ("inputs", 1, "", "Use `embeddings`"),
        ("merges", 0, "späte Fusion", "Use `spate_fusion`"),
        ("heads", 0, "ja/nein", "Use `ja_nein`"),
    ],
)
def test_a_bad_name_has_the_good_one_as_its_fix(
    part: str, index: int, name: str, label: str
) -> None:
    edited = draft()
    edits.call_part(edited, part, index, name)
    (fix,) = fixes.search(edited) or ()
    assert fix.label == label
    fix.edit(edited)
    build(parsed(edited))


def test_the_name_of_a_model_is_fixed_too() -> None:
    edited = draft()
    edited["name"] = "Mein Modell"
    (fix,) = fixes.search(edited) or ()
    assert fix.label == "Use `mein_modell`"
