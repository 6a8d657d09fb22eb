from __future__ import annotations

import base64
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from components.base.errors import FileError
from components.base.paths import ROOT
from components.models.architecture.architecture import parse
from components.models.architecture.builder import Blueprint, build
from components.models.architecture.costs import costs_of
from components.models.drawing import diagram, interactive, summary
from components.models.drawing import formatting as words
from components.models.drawing.diagram_svg import page_size
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.language.graph import Graph, Group, Node
from sample_data.content import presets
from tests import matrix
from tests.originals import ORIGINALS

SNAPSHOTS = ROOT / "tests" / "snapshots"
SVG = "{http://www.w3.org/2000/svg}"
LOOKS = [
    DiagramOptions(level="blocks"),
    DiagramOptions(),
    DiagramOptions(direction="horizontal", theme="dark"),
]


def node(layer: str = "Dense", **more: Any) -> Node:
    given_ = {"id": "n", "keras_name": "n", "group": "g", "sources": (), "shape": (4,)}
    return Node(**{"layer": layer, "dtype": "float32", "parameters": 0, **given_, **more})


def drawn_nodes(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [g.attrib["id"] for g in root.iter(f"{SVG}g") if g.attrib.get("class") == "node"]


def texts(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return "\n".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


# Diagram


def test_dot_text_is_as_it_was() -> None:
    """Rewrite the text kept here with `UPDATE_SNAPSHOTS=1`, and look at each change."""
    kept = SNAPSHOTS / "siamese_digits.dot"
    text = diagram.dot(build(presets.load("siamese_digits")).graph)
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("classes", [True, False])
def test_layers_of_an_input_that_may_be_missing_have_names_of_their_own(classes: bool) -> None:
    graph, options = build(presets.load("simbamm")).graph, DiagramOptions(classes=classes)
    layers = texts(diagram.svg(graph, options)).splitlines()
    for name in ("Is present", "Filling"):
        assert sum(line.startswith(name) for line in layers) == 3
    assert "Filling" in texts(diagram.svg(graph, dataclasses.replace(options, level="blocks")))


def test_direction_turns_the_picture(relevance: Blueprint) -> None:
    width, height = diagram.size(relevance.graph)
    across, down = diagram.size(relevance.graph, DiagramOptions(direction="horizontal"))
    assert width < across
    assert height > down


@pytest.mark.parametrize(
    ("hidden", "gone", "kept"),
    [
        ("shapes", "62 × 62 × 32", "896 params"),
        ("parameters", "896 params", "62 × 62 × 32"),
        ("activations", "relu", "896 params"),
    ],
)
def test_option_hides_what_it_names(
    relevance: Blueprint, hidden: str, gone: str, kept: str
) -> None:
    full = texts(diagram.svg(relevance.graph))
    without: dict[str, Any] = {hidden: False}
    less = texts(diagram.svg(relevance.graph, dataclasses.replace(PLAIN, **without)))
    assert gone in full
    assert gone not in less
    assert kept in less


def test_no_graphviz_of_the_system_is_used(
    relevance: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    diagram.program.cache_clear()
    drawn = diagram.svg(relevance.graph, decorate=lambda _, text: text.replace("Conv", "Once"))
    assert len(drawn_nodes(drawn)) == len(relevance.graph.nodes)


def test_missing_program_is_reported(
    relevance: Blueprint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    diagram.program.cache_clear()
    with pytest.raises(FileError, match=r"Install the packages of requirements\.txt"):
        diagram.svg(relevance.graph, decorate=lambda _, text: text.replace("Conv", "Never"))


# Interactive graph


FIGURES = [(name, look) for name in ORIGINALS for look in LOOKS]


@pytest.mark.parametrize(
    ("name", "look"),
    matrix.cases(FIGURES, FIGURES[: len(LOOKS)], lambda name, look: f"{name}-{look.level}"),
)
def test_figure_is_the_diagram_with_markers_on_every_card(name: str, look: DiagramOptions) -> None:
    preset = build(presets.load(name))
    figure = interactive.figure(preset.graph, costs_of(preset.graph), look)
    (layers,), (picture,) = figure.data, figure.layout.images
    shown = diagram.at_level(preset.graph, look)
    names = dict.fromkeys(name for (name,) in layers.customdata)
    assert list(names) == [node.id for node in shown.nodes]
    assert len(set(zip(layers.x, layers.y, strict=True))) == len(layers.x)
    assert layers.marker.opacity == 0
    svg = base64.b64decode(picture.source.partition("base64,")[2]).decode()
    assert drawn_nodes(svg) == drawn_nodes(diagram.svg(preset.graph, look))
    assert "@font-face" in svg  # An image has no fonts of the page.
    assert (picture.sizex, picture.sizey) == pytest.approx(page_size(svg), rel=1e-4)
    cards = {part.id: part.outlines[0].box for part in diagram.drawing(preset.graph, look).parts}
    for (name,), x, y in zip(layers.customdata, layers.x, layers.y, strict=True):
        left, top, right, bottom = cards[name]
        assert left < x < right
        assert top < picture.y - y < bottom


def test_hover_shows_all_facts_of_a_layer(relevance: Blueprint) -> None:
    (layers,) = interactive.figure(relevance.graph, costs_of(relevance.graph)).data
    place = [name for (name,) in layers.customdata].index("image_conv2d_1")
    assert layers.hovertext[place].split("<br>") == [
        "<b>Conv2D</b> image_conv2d_1",
        "32 · 3×3 · relu",
        "input 64 × 64 × 3",
        "output 62 × 62 × 32",
        "896 parameters · < 0.1 %",
        "6.77 M FLOPs per sample · 17.7 %",
        "492 KB activations per sample",
    ]


def test_selected_layer_has_a_ring(relevance: Blueprint) -> None:
    figure = interactive.figure(relevance.graph, costs_of(relevance.graph), selected="relevance")
    (layers,), (ring,) = figure.data, figure.layout.shapes
    inside = {
        name
        for (name,), x, y in zip(layers.customdata, layers.x, layers.y, strict=True)
        if ring.x0 < x < ring.x1 and ring.y0 < y < ring.y1
    }
    assert inside == {"relevance"}


def test_zoom_is_kept_while_the_direction_is(relevance: Blueprint) -> None:
    looks = DiagramOptions(theme="dark"), DiagramOptions(), DiagramOptions(direction="horizontal")
    found = costs_of(relevance.graph)
    charts = [interactive.figure(relevance.graph, found, look) for look in looks]
    one, other, turned = (chart.layout.uirevision for chart in charts)
    assert one == other != turned


@pytest.mark.parametrize("form", ["svg", "png"])
def test_charts_save_themselves_in_the_browser(form: interactive.ImageFormat) -> None:
    saved = interactive.config("model", form)["toImageButtonOptions"]
    assert (saved["format"], saved["filename"]) == (form, "model")
    assert interactive.toolbox("curves", form)["feature"]["saveAsImage"]["type"] == form


# Summary


def test_summary_is_that_of_keras(preset: Blueprint) -> None:
    text = summary.text(preset.model)
    assert f"Total params: {preset.model.count_params():,}" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("columns", [None, "40"])
def test_summary_is_as_wide_as_its_names_on_every_terminal(
    relevance: Blueprint, monkeypatch: pytest.MonkeyPatch, columns: str | None
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    text = summary.text(relevance.model)
    assert max(len(line) for line in text.splitlines()) == summary.LINE
    assert "image_projection (Dense)" in text
    assert os.environ.get("COLUMNS") == columns


def test_summary_holds_the_longest_names_whole() -> None:
    names = ["a" * 40, "b" * 40]
    inputs = [{"name": n, "kind": "image", "encoder": {"kind": "conv2d"}} for n in names]
    merge = {"name": "m", "kind": "add", "sources": names}
    head = {"name": "y", "kind": "binary", "source": "m"}
    architecture = parse({"inputs": inputs, "merges": [merge], "heads": [head]})
    text = summary.text(build(architecture).model)
    for name in names:
        assert f"{name}_projection (Dense)" in text
        assert f"{name}_projection[0][0]" in text


def test_columns_describe_each_layer(relevance: Blueprint) -> None:
    columns = summary.layer_columns(relevance.graph, costs_of(relevance.graph))
    place = columns["Layer"].index("fusion_concatenate")
    assert {title: cells[place] for title, cells in columns.items()} == {
        "Layer": "fusion_concatenate",
        "Kind": "Concatenate",
        "Part": "fusion",
        "Output": "256",
        "Parameters": 0,
        "Share": 0.0,
        "FLOPs": 0,
        "Activations": 1024,
        "Reads": "image_projection, text_projection",
    }


# Words


@pytest.mark.parametrize(
    ("shape", "text"),
    [((62, 62, 32), "62 × 62 × 32"), ((None, 4), "any × 4"), ((), "1"), ((1024,), "1,024")],
)
def test_shape(shape: tuple[int | None, ...], text: str) -> None:
    assert words.shape(shape) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 10, "0 %"), (0, 0, "0 %"), (1, 10_000, "< 0.1 %"), (1, 1000, "0.1 %"),
        (1, 3, "33.3 %"), (9_999, 10_000, "> 99.9 %"), (10, 10, "100.0 %"),
    ],
)  # fmt: skip
def test_share(part: float, whole: float, text: str) -> None:
    assert words.share(part, whole) == text


@pytest.mark.parametrize(
    ("layer", "given", "text"),
    [
        ("Conv2D", {"filters": 8, "kernel_size": 3, "padding": "same"}, "8 · 3×3 · same"),
        ("Conv1D", {"filters": 8, "kernel_size": 3, "padding": "valid"}, "8 · 3"),
        ("LSTM", {"units": 4, "return_sequences": True}, "4 · all steps"),
        ("Dot", {"axes": -1, "normalize": True}, "normalize"),
        ("Dot", {"axes": -1, "normalize": False}, ""),
        ("Dropout", {"rate": 0.1234567}, "0.123457"),
        ("Embedding", {"input_dim": 100, "output_dim": 8}, "8"),
        ("Dense", {"units": 4096, "activation": "linear"}, "4,096"),
        ("Dense", {"units": 4, "activation": "relu"}, "4 · relu"),
    ],
)
def test_arguments(layer: str, given: dict[str, Any], text: str) -> None:
    shown = node(layer, arguments=given)
    assert words.arguments(shown) == text
    assert words.arguments(shown, activations=False) == text.removesuffix(" · relu")


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        ("Concatenate", (3,), "3 + 3 → 6"), ("Multiply", (3,), "3 × 3 → 6"),
        ("Subtract", (3,), "3 − 3 → 6"), ("Dot", (3,), "3 · 3 → 6"),
        ("Average", (3,), "3, 3 → 6"), ("MultiHeadAttention", (3,), "3, 3 → 6"),
        ("Add", (5, 5, 3), "(5 × 5 × 3) + (5 × 5 × 3) → 6"),
    ],
)  # fmt: skip
def test_joined(layer: str, shape: tuple[int, ...], text: str) -> None:
    reads = node("InputLayer", id="a", shape=shape)
    merge = node(layer, id="m", sources=("a", "a"), shape=(6,))
    graph = Graph("g", (reads, merge), (Group("g", "merge", "g", 0),))
    assert words.merged_widths(graph, merge) == text


def test_settings_name_the_arguments() -> None:
    layer = node(arguments={"units": 4096, "return_sequences": True, "rate": 0.1234567})
    named = {"units": "4,096", "return sequences": "True", "rate": "0.1234567"}
    assert words.settings(layer) == named
