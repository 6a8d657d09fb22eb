"""Hostile names and titles in everything that is shown or saved: they stay text."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable
from itertools import cycle
from typing import get_args
from xml.etree import ElementTree

import pydot
import pytest
from hypothesis import example, given
from hypothesis import strategies as draw
from markdown_it import MarkdownIt
from markupsafe import Markup

from components.app.parts.widgets import html_parts
from components.base.markup import escape_markdown, message_markdown
from components.models.architecture.builder import build
from components.models.architecture.costs import costs_of
from components.models.drawing import cost_charts, diagram, interactive
from components.models.drawing.html_table import html_table
from components.models.drawing.options import DiagramOptions, Level
from components.models.language.graph import Graph
from components.sharing.code import parameters
from components.sharing.formats.csv import CsvTable
from components.sharing.formats.latex import LatexTable
from components.sharing.formats.markdown import MarkdownTable
from components.sharing.formats.mermaid import flowchart
from components.sharing.formats.pdf import PdfPicture
from sample_data.content import presets
from tests.models.drawing.test_files import check_mermaid
from tests.sharing.record.test_forms import Page

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; drop table runs; --",
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "`code` **bold** ~~gone~~ $x^2$ :red[x] :smile:",
    r"\input{/etc/passwd} \write18{id} % & # _ { } ~ ^",
    '"]; evil [label="x',
    "</text><script/>",
    "a|b\n---|---\n",
    "]]> <!-- --> &amp; &lt;",
    "%{hovertext} {{ 7 * 7 }} ${x}",
)
texts = draw.one_of(
    draw.sampled_from(HOSTILE),
    draw.text(draw.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30),
)
NAMED = {"p", "code", "table", "tbody", "tr", "td", "th", "thead", "caption", "div", "h4", "dl"}
NAMED |= {"dt", "dd", "i", "b", "br", "h2", "span"}


def tags_of(html: str) -> set[str]:
    """Return the tags that a browser finds, after a check for foreign tags and attributes."""
    elements = Page(html).elements
    tags = {tag for tag, _ in elements}
    assert tags <= NAMED
    assert {name for _, own in elements for name in own} <= {
        "class", "style", "title", "data-testid"
    }  # fmt: skip
    return tags


@pytest.fixture(scope="module")
def renamed() -> Graph:
    """Return a graph with hostile texts as its name, layers, arguments, titles and notes."""
    graph, texts = build(presets.load("deep_fm")).graph, cycle(HOSTILE)
    assert len(graph.drawn().nodes) > len(HOSTILE)
    nodes = [
        dataclasses.replace(node, layer=text, arguments={"x": text})
        for node, text in zip(graph.nodes, texts, strict=False)
    ]
    groups = [
        dataclasses.replace(group, title=text, note=text)
        for group, text in zip(graph.groups, texts, strict=False)
    ]
    return Graph(HOSTILE[0], tuple(nodes), tuple(groups))


@pytest.mark.parametrize(
    "write",
    [
        lambda text: html_table([(text, 1)], (text,), caption=text),
        lambda text: html_parts.card(text, Markup("<p>x</p>"), note=text),
        lambda text: html_parts.figures([html_parts.Figure(text, text, text)], text),
        lambda text: html_parts.share_bar(text, text, 0.5, "red"),
        lambda text: html_parts.rows([(text, text)]),
    ],
    ids=["table", "card", "figures", "bar", "rows"],
)
@pytest.mark.parametrize("text", HOSTILE)
def test_html(write: Callable[[str], str], text: str) -> None:
    assert tags_of(str(write(text)))


def test_pictures(renamed: Graph) -> None:
    graph, every = renamed, " ".join(HOSTILE)
    for level in get_args(Level):
        look = DiagramOptions(title=every, legend=True, caption=every, level=level)
        root = ElementTree.fromstring(diagram.file_svg(graph, look))
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not names & {"script", "image", "foreignObject", "a", "b"}
        drawn = pydot.graph_from_dot_data(diagram.dot(graph, look)) or []
        assert len(drawn) == 1
        assert "evil" not in {node.get_name() for node in drawn[0].get_nodes()}
        text = flowchart(graph, look)
        check_mermaid(text)
        assert not re.search(r"<(script|img|/)", text.partition("flowchart")[2])
    assert PdfPicture().write(graph, look).startswith(b"%PDF")
    chart, whole = interactive.figure(graph, costs_of(graph), look), costs_of(graph)
    (tree,), (bars,) = cost_charts.treemap(graph, whole).data, cost_charts.bars(graph, whole).data
    shown = [*chart.data[0].hovertext, *tree.labels, *bars.y]
    for label in shown:
        assert tags_of(label) <= {"b", "br"}


def test_tables(renamed: Graph) -> None:
    table = parameters.by_layer(renamed, costs_of(renamed))
    for row in csv.reader(io.StringIO(CsvTable().write(table), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(MarkdownTable().write(table))
    tags = set(re.findall(r"<(\w+)", shown))
    assert tags <= {"table", "thead", "tbody", "tr", "th", "td", "strong"}
    assert not re.search(r"\\(input|write)\b", LatexTable().write(table))


@given(texts)
@example("1. item")
@example("- item")
@example("+ item")
@example("# title")
@example("> quote")
@example("***")
def test_markdown(text: str) -> None:
    """Allow only text and numbered lists: no links, pictures or tags."""
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escape_markdown(text))
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p", "ol", "li", "pre", "code"}
    of_message = MarkdownIt("gfm-like", {"linkify": False}).render(message_markdown(f"A {text}"))
    assert set(re.findall(r"<(\w+)", of_message)) <= {"p", "code"}
