"""Tensors as volumes: sizes, layers without a volume of their own, and shapes of each format."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE

from components.base.errors import FileError
from components.models.architecture.builder import Blueprint
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions, Direction
from components.models.drawing.volumes import DOUBLING, Volume, volume_graph, volume_of
from components.models.language.graph import Graph, Group, Node, Shape
from components.sharing.formats import PICTURES

LOOK = DiagramOptions(level="volumes")


def node(id: str, layer: str, shape: Shape, *sources: str, **more: Any) -> Node:
    return Node(id, layer, id, "a", sources, shape, "float32", more.pop("parameters", 0), **more)


def test_each_doubling_adds_the_same_length() -> None:
    for across in (False, True):
        lengths = [
            max(volume_of((size,), across).width, volume_of((size,), across).height)
            for size in (128, 256, 512)
        ]
        assert lengths[1] - lengths[0] == lengths[2] - lengths[1] == DOUBLING


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ((), ("", "1", "")),
        ((7,), ("", "7", "")),
        ((9, 7), ("9", "7", "")),
        ((32, 24, 3), ("3", "24", "32")),
        ((4, 32, 24, 3), ("3", "24", "32")),
        ((None, 7), ("any", "7", "")),
    ],
)
def test_sizes_stand_at_the_edges_they_measure(shape: Shape, numbers: tuple[str, ...]) -> None:
    def of(volume: Volume) -> tuple[str, ...]:
        return volume.left, volume.below, volume.right

    assert of(volume_of(shape, across=False)) == numbers
    assert sorted(of(volume_of(shape, across=True))) == sorted(numbers)


def test_what_only_changes_numbers_has_no_volume() -> None:
    nodes = (
        node("in", "InputLayer", (8, 8, 3)),
        node("conv", "Conv2D", (8, 8, 4), "in", parameters=112),
        node("norm", "BatchNormalization", (8, 8, 4), "conv", parameters=16),
        node("relu", "ReLU", (8, 8, 4), "norm"),
        node("more", "Conv2D", (8, 8, 4), "relu", parameters=148),
        node("drop", "Dropout", (8, 8, 4), "more"),
        node("add", "Add", (8, 8, 4), "drop", "relu"),
    )
    graph = Graph("residual", nodes, (Group("a", "branch", "a", 0),))
    shown = volume_graph(graph)
    assert [n.id for n in shown.nodes] == ["in", "conv", "more", "add"]
    assert [follower.layer for follower in shown["conv"].config["then"]] == [
        "BatchNormalization",
        "ReLU",
    ]
    assert shown["add"].sources == ("more", "conv")
    assert shown.model_parameters == graph.model_parameters
    assert "then BatchNormalization, ReLU" in diagram.svg(graph, LOOK)


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_editable_shapes_hold_a_cuboid_and_an_arrow_each(
    relevance: Blueprint, direction: Direction
) -> None:
    graph, look = relevance.graph, replace(LOOK, direction=direction)
    shown = diagram.at_level(graph, look)
    many, arrows = len(shown.nodes), len(list(shown.edges()))
    files = {kind: PICTURES[kind]().write(graph, look) for kind in ("drawio", "tikz", "excalidraw")}
    slide = Presentation(io.BytesIO(PICTURES["pptx"]().write(graph, look))).slides[0]
    kinds = [shape.auto_shape_type for shape in _shapes(slide.shapes) if shape.shape_type == 1]
    assert kinds.count(MSO_SHAPE.CUBE) == many
    cells = {c.attrib["id"]: c for c in ElementTree.fromstring(files["drawio"]).iter("mxCell")}
    cubes = [cell for cell in cells.values() if "shape=cube" in cell.get("style", "")]
    assert len(cubes) == many
    assert {cube.attrib["parent"] for cube in cubes} == {f"layer {n.id}" for n in shown.nodes}
    assert files["tikz"].count(rb"\filldraw") == 3 * many
    assert files["tikz"].count(rb"\draw[arrow") == arrows
    elements = json.loads(files["excalidraw"])["elements"]
    assert sum(element["type"] == "line" for element in elements) == 3 * many


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        yield from _shapes(shape.shapes) if shape.shape_type == 6 else [shape]


@pytest.mark.parametrize("kind", ["dot", "mmd"])
def test_text_formats_report_that_they_have_no_volumes(relevance: Blueprint, kind: str) -> None:
    with pytest.raises(FileError, match="can't show volumes"):
        PICTURES[kind]().write(relevance.graph, LOOK)
