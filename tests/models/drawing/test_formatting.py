"""Texts about a model: caption, alternative text, tables of parameters."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

import pytest

from components.models.architecture.builder import Blueprint, build
from components.models.architecture.costs import costs_of
from components.models.drawing import caption
from components.models.language.graph import Graph, Group, Node
from components.sharing.code import parameters
from components.sharing.formats.base import TextTable
from components.sharing.formats.csv import CsvTable
from components.sharing.formats.latex import LatexTable
from components.sharing.formats.markdown import MarkdownTable
from sample_data.content import presets

NASTY = '=<b>&"x"\\ `|`* _{}[]$%#~^'


def caption_of(name: str) -> str:
    return caption.text(build(presets.load(name)).graph)


def test_caption_names_all_parts() -> None:
    assert caption_of("image_text_relevance") == (
        "Two branches: image of 64 × 64 × 3 through Conv2D, MaxPooling2D, Flatten and "
        "Dense; text, Embeddings of 100 × 100 through LSTM and Dense. Fusion merges image and text "
        "by Concatenate. One head: relevance (binary_crossentropy) reads fusion. "
        "4,071,297 parameters, 96.7 % of them in image."
    )
    assert "Nothing merges them. Two heads: churn" in caption_of("independent_predictions")
    assert "right, Image of 28 × 28 × 1 through the layers of left." in caption_of("siamese_digits")
    assert "pressure, Vector of 1 as it is;" in caption_of("sensor_timeseries_anomaly")


def test_alternative_text_is_one_short_sentence(preset: Blueprint) -> None:
    text = caption.alt(preset.graph)
    assert text.startswith(f"Diagram of {preset.architecture.name}: ")
    assert text.endswith(".")
    assert len(text) <= 150


def test_many_parts_are_counted() -> None:
    groups = tuple(Group(f"b{i}", "branch", f"b{i}", i) for i in range(30))
    nodes = tuple(Node(g.id, "InputLayer", g.id, g.id, (), (2,), "float32", 0) for g in groups)
    graph = Graph("many", nodes, groups)
    assert caption.text(graph).startswith("30 branches: b0 of 2 as it is, ")
    assert "24 more" in caption.text(graph)
    assert caption.alt(graph) == "Diagram of many: 30 branches, not merged."


def test_blocks_of_one_input_are_one_branch() -> None:
    groups = tuple(Group(f"b{i}", "branch", f"b{i}", 0) for i in range(8))
    nodes = tuple(Node(g.id, "Dense", g.id, g.id, (), (2,), "float32", 1) for g in groups)
    graph = Graph("chain", nodes, groups)
    assert caption.text(graph).startswith("One branch of eight blocks: b0, b1, b2, b3, b4 and 3")
    assert "Nothing merges" not in caption.text(graph)
    assert caption.alt(graph) == "Diagram of chain: one branch of eight blocks."


def test_graph_without_roles_is_still_described() -> None:
    nodes = (Node("a", "Dense", "a", "g", (), (2,), "float32", 3),)
    graph = Graph("one", nodes, (Group("g", "trunk", "body", 0),))
    assert caption.text(graph) == "Body is Dense. 3 parameters."
    assert caption.alt(graph) == "Diagram of one: one layer."


def test_tables_end_with_the_total(preset: Blueprint) -> None:
    graph, found = preset.graph, costs_of(preset.graph)
    for table in (parameters.by_layer(graph, found), parameters.by_part(graph, found)):
        place = table.columns.index("Parameters")
        numbers = [row[place] for row in table.rows]
        assert numbers[-1] == sum(numbers[:-1]) == preset.model.count_params()  # type: ignore[arg-type]
        assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.fixture
def nasty(relevance: Blueprint) -> TextTable:
    graph = relevance.graph
    nodes = tuple(dataclasses.replace(n, layer=f"{NASTY}\n{NASTY}") for n in graph.nodes)
    groups = tuple(dataclasses.replace(g, title=NASTY) for g in graph.groups)
    hostile = Graph(NASTY, nodes, groups)
    return parameters.by_layer(hostile, costs_of(graph))


def test_csv_reads_back_and_computes_nothing(nasty: TextTable) -> None:
    rows = list(csv.reader(io.StringIO(CsvTable().write(nasty), newline="")))
    assert rows[0] == list(nasty.columns)
    assert len(rows) == len(nasty.rows) + 1
    assert rows[1][1] == f"'{NASTY}\n{NASTY}"


def test_markdown_keeps_its_cells(nasty: TextTable) -> None:
    lines = MarkdownTable().write(nasty).splitlines()
    assert len(lines) == len(nasty.rows) + 2
    for line in lines:
        assert len(re.findall(r"(?<!\\)\|", line)) == len(nasty.columns) + 1
    assert re.sub(r"\\(.)", r"\1", lines[2].split(" | ")[1]).startswith('=<b>&"x"\\')


def test_latex_escapes_what_it_would_read(nasty: TextTable) -> None:
    text = LatexTable().write(nasty)
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(body) == len(nasty.rows) + 1
    for line in body:
        assert len(re.findall(r"(?<!\\)&", line)) == len(nasty.columns) - 1
        plain = re.sub(r"\\text\w+\{\}|\\[&%$#_{}]|\$\\?[a-z-]+\$|\\\\$", "", line)
        assert not re.search(r"[\\$%#_{}~^<>|\"]", plain)
