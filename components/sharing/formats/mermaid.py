"""Diagrams as Mermaid flowcharts, which many wikis and READMEs render."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

from components.models.drawing import diagram
from components.models.drawing.cards import (
    GAP,
    Line,
    NodeCard,
    box_title,
    is_boxed,
    is_in_block,
    node_card,
)
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.drawing.palette import THEMES, Stroke
from components.models.language.graph import Graph, Node
from components.sharing.formats.base import PictureFormat

_ENTITIES = {ord(letter): f"#{ord(letter)};" for letter in '"&<>#`\\|[]{}()*_~%;'}
"""Characters that are special in Mermaid, or in the Markdown of its labels."""


class MermaidPicture(PictureFormat):
    """Flowchart with boxes in the colours of the diagram."""

    title = "Mermaid"
    rank = 5
    mime = "text/vnd.mermaid"
    about = "Mermaid, for wikis"
    volumes = False
    lacks = ("legend", "fit")

    kind: Literal["mmd"] = "mmd"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the Mermaid text. Raises the errors of `check`."""
        self.check(graph, options)
        return flowchart(graph, options).encode()


def flowchart(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """Return a flowchart with the cards and boxes of the diagram, in their colours."""
    shown = diagram.at_level(graph, options)
    names = _names(shown)
    cards = {node.id: node_card(shown, node, options) for node in shown.nodes}
    lines = [*_head(options), f"flowchart {'TB' if options.direction == 'vertical' else 'LR'}"]
    for number, group in enumerate(shown.groups):
        inside = [f"{names[n.id]}{_label(cards[n.id])}" for n in shown.members(group.id)]
        if not is_boxed(shown, group, options):
            lines.extend(f"  {line}" for line in inside)
            continue
        tones = THEMES[options.theme].tones(group)
        lines.append(f'  subgraph g{number}["{_escaped(_text(box_title(group, options)))}"]')
        lines.extend(f"    {line}" for line in _in_blocks(inside, shown.members(group.id)))
        look = _look(tones.wash, tones.line, tones.title, tones.width, tones.stroke)
        lines += ["  end", f"  style g{number} {look}"]
    lines.extend(_edges(shown, names, options))
    lines.extend(_classes(names, cards))
    return "\n".join(lines) + "\n"


def _in_blocks(lines: Sequence[str], members: Sequence[Node]) -> Iterator[str]:
    """Yield the lines of nodes; those of a repeated block are in a box."""
    for run, inside in groupby(
        zip(members, lines, strict=True),
        key=lambda pair: (pair[0].run, pair[0].times) if is_in_block(pair[0], members) else None,
    ):
        texts = [line for _, line in inside]
        if run is None:
            yield from texts
        else:
            yield f'subgraph {re.sub("[^A-Za-z0-9_]", "_", run[0])}_run["×{run[1]}"]'
            yield from (*(f"  {text}" for text in texts), "end")


def _head(options: DiagramOptions) -> Iterator[str]:
    if options.title:
        quoted = " ".join(options.title.split()).replace("\\", "\\\\").replace('"', '\\"')
        yield from ("---", f'title: "{quoted}"', "---")
    if options.caption:
        yield f"%% {' '.join(options.caption.split()).replace('{', '(').replace('}', ')')}"


def _names(graph: Graph) -> dict[str, str]:
    """Return a unique id for each node that is not a keyword of Mermaid."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for number, node in enumerate(graph.nodes):
        name = f"n_{re.sub('[^A-Za-z0-9_]', '_', node.id)}"
        names[node.id] = name if name not in taken else f"n_{number}_{name}"
        taken.add(names[node.id])
    return names


def _label(card: NodeCard) -> str:
    texts = [text for line in card.lines for text in _text(line).split(GAP)]
    return f'("{"<br/>".join(map(_escaped, texts))}")'


def _text(line: Line) -> str:
    """Return name and rest of a line, once if they are equal except for case."""
    same = line.name.casefold() == line.rest.casefold()
    return line.name if same else f"{line.name} {line.rest}".strip()


def _edges(graph: Graph, names: dict[str, str], options: DiagramOptions) -> Iterator[str]:
    weighted = options.weights.edges(graph) if options.weights else {}
    styles = []
    for number, edge in enumerate(graph.edges()):
        waits = graph[edge.target].state == "waiting"
        weight = weighted.get(edge)
        text = f'|"{_escaped(weight.text)}"|' if weight and weight.text else ""
        yield f"  {names[edge.source]} {'-.->' if waits else '-->'}{text} {names[edge.target]}"
        if weight:
            color = THEMES[options.theme].tones(weight.branch).title
            dashes = ",stroke-dasharray:6 4" if weight.negative else ""
            width = f"stroke-width:{weight.width:.1f}px"
            styles.append(f"  linkStyle {number} stroke:{color},{width}{dashes}")
    yield from styles


def _classes(names: Mapping[str, str], cards: Mapping[str, NodeCard]) -> Iterator[str]:
    """Yield a class for each look, with the nodes that have it."""
    alike: dict[str, list[str]] = defaultdict(list)
    for id, card in cards.items():
        ink = card.lines[0].ink
        look = _look(card.ground, card.border or card.ground, ink, card.width, card.stroke)
        alike[look].append(names[id])
    for number, (look, members) in enumerate(alike.items()):
        yield f"  classDef look{number} {look}"
        yield f"  class {','.join(members)} look{number}"


def _look(fill: str, line: str, ink: str, width: int, stroke: Stroke) -> str:
    dashes = {"solid": "", "dashed": ",stroke-dasharray:6 4", "dotted": ",stroke-dasharray:2 3"}
    return f"fill:{fill},stroke:{line},color:{ink},stroke-width:{width}px{dashes[stroke]}"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_ENTITIES)
