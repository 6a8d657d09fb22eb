"""X-ray of a sample as SVG: the model's diagram with layer outputs in it, or one large layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

from components.experiments.inspection.basis.xray_results import BLANK, Xray, XrayEpoch
from components.experiments.inspection.layer_pictures import picture_of
from components.experiments.inspection.layer_pictures.base import LayerView, PictureBox
from components.models.analysis.additive import inputs_of
from components.models.drawing import diagram, diagram_svg, formatting
from components.models.drawing.drawing import Box, Drawing, Shapes
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import Theme, ThemeName
from components.models.drawing.svg_parts import svg_page, svg_rect, svg_text
from components.models.language.graph import Graph, Node, NodeOutput
from sample_data.core.arrays import Array

WIDE, HIGH = 176, 46
"""Width and height of a picture in the diagram, in points."""
SMALL, AROUND = 9.5, 5
"""Letter size of the text below a picture, and the margin around it, in points."""
ROOM = HIGH + SMALL + AROUND
LARGE = PictureBox(20, 62, 760, 300)
"""Area of the picture of a large layer."""
STILL = 0.005
"""Smallest movement of a layer's output that counts."""


@dataclass(frozen=True)
class ModelXray:
    """X-ray of a model with the displayed sample, swap and epoch, all as indices.

    `swapped` has an input and its replacement, as in `Xray.row`.
    """

    graph: Graph
    """Graph of the model."""
    xray: Xray
    sample: int = 0
    swapped: tuple[int, int] | None = None
    at: int = -1

    @property
    def epoch(self) -> XrayEpoch:
        """Displayed epoch."""
        return self.xray.epochs[self.at]

    @property
    def nodes(self) -> list[Node]:
        """Layers in the diagram."""
        return [node for node in self.graph.drawn().nodes if node.id in self.epoch.layers]

    @property
    def row(self) -> int:
        """Row of the sample with its swap."""
        return self.xray.row(self.sample, self.swapped)

    def moved(self, id: str) -> float:
        """Return the change of a layer's output by the swap, relative to the output's length.

        For a head with classes, return the largest change of a probability.
        """
        head = self.xray.heads.get(id)
        if head is not None and head.target != "values":
            return float(abs(self.values(id) - self.unswapped.values(id)).max())
        return float(self.epoch.layers[id].moved.values()[self.row])

    def values(self, id: str) -> Array:
        """Return the kept part of a layer's output."""
        values: Array = self.epoch.layers[id].kept.values()[self.row]
        return values

    def ends(self, id: str) -> tuple[float, float]:
        """Return the smallest and the largest number of the output."""
        low, high = self.epoch.layers[id].ends.values()[self.row]
        return float(low), float(high)

    def view(self, node: Node, theme: Theme) -> LayerView:
        """Return the view of a layer for its picture."""
        head = self.xray.heads.get(node.id)
        return LayerView(
            node=node,
            outputs=self.epoch.layers[node.id],
            values=self.values(node.id),
            before=self.unswapped.values(node.id) if self.swapped else None,
            theme=theme,
            colours={group.id: theme.tones(group).solid for group in self.graph.groups},
            words=self._words(node.id),
            attention=self._attention(node),
            head=head,
            truth=head.truth[self.sample] if head else 0.0,
        )

    def _words(self, id: str) -> tuple[str, ...] | None:
        if id not in self.xray.words:
            return None
        origin = self.xray.origin(self.row, self.xray.inputs.index(id))
        return () if origin == BLANK else self.xray.words[id][origin]

    def _attention(self, node: Node) -> Array | None:
        """Return the attention of a layer to each step.

        For words, it is the attention of the first layer that reads them.
        """
        reader = node.id
        if node.id in self.xray.words:
            reader = next(_readers(self.graph, node.id), node.id)
        scores = self.epoch.layers[reader].attention
        return None if scores is None else scores.values()[self.row]

    def title(self) -> str:
        """Describe the sample and its swap in one line."""
        text = f"Sample {self.sample + 1}, after epoch {self.epoch.epoch:,}"
        if self.graph.imported:
            text = f"Sample {self.xray.rows[self.sample]}"
        if self.swapped is None:
            return text
        input = self.swapped[0]
        other = self.xray.origin(self.row, input)
        taken = "blank" if other == BLANK else f"that of sample {other + 1}"
        return f"{text}; input {self.xray.inputs[input]} is {taken}"

    def explain(self) -> str:
        """Describe the predictions of the heads, and how far a swap has an effect, in sentences."""
        answers = [self._answer(name) for name in self.xray.heads]
        text = f"{'; '.join(answers)}."
        if self.swapped is None:
            return text
        moved = [node.id for node in self.nodes if self.moved(node.id) >= STILL]
        if not moved:
            return f"{text} Nothing changes."
        if moved[-1] in self.xray.heads:
            return f"{text} The change reaches the end."
        return f"{text} The change stops after {moved[-1]}."

    @property
    def unswapped(self) -> ModelXray:
        """Same sample without a swap."""
        return replace(self, swapped=None)

    def _answer(self, head: str) -> str:
        known, texts = self.xray.heads[head], list[str]()
        for shown in (self.unswapped, self) if self.swapped else (self,):
            value = shown.values(head).ravel()
            texts.append(f"{value.argmax()}" if known.target == "classes" else f"{value[0]:.2f}")
        return f"{head} is {' → '.join(texts)}, truth {known.labels[self.sample]}"


def xray_svg(shown: ModelXray, theme: Theme, *, file: bool = False) -> str:
    """Draw the diagram as SVG; a file also has the font, title and description."""
    drawing = _laid_out(_SameGraph(shown.graph), theme.name)
    nodes = {node.id: node for node in shown.nodes}
    boxes = {part.id: part.outlines[0].box for part in drawing.parts if part.role == "node"}
    inside = {id: _inside(shown, node, boxes[id], theme) for id, node in nodes.items()}
    marked = tuple(
        _marked(part, theme) if part.id in nodes and shown.moved(part.id) >= STILL else part
        for part in drawing.parts
    )
    words = (shown.title(), shown.explain()) if file else None
    return diagram_svg.svg(
        replace(drawing, parts=marked), theme.page if file else "", words, inside=inside
    )


def layer_svg(shown: ModelXray, id: str, theme: Theme) -> str:
    """Draw one large layer with all kept values."""
    node = shown.graph[id]
    view = shown.view(node, theme)
    wide, high = LARGE.left * 2 + LARGE.width, LARGE.top + LARGE.height + 20
    heading = f"{node.layer} {id} · {formatting.output(node)}"
    parts = [
        svg_text(LARGE.left, 28, heading, theme.ink, 16, bold=True),
        svg_text(LARGE.left, 48, _facts(shown, id), theme.quiet, 13),
        picture_of(view).svg(view, LARGE),
    ]
    return svg_page(wide, high, f"{heading}. {shown.title()}", parts, theme)


def about_layer(shown: ModelXray, id: str, theme: Theme) -> str:
    """Explain the large picture of a layer."""
    return picture_of(shown.view(shown.graph[id], theme)).all_of_it


def _inside(shown: ModelXray, node: Node, card: Box, theme: Theme) -> str:
    """Draw the picture on a card, with the range below it and the other facts as a tooltip."""
    left, _, right, bottom = card
    plate = PictureBox(left + AROUND, bottom - AROUND - ROOM, right - left - 2 * AROUND, ROOM)
    wide = plate.width - 2 * AROUND
    box = PictureBox(plate.left + AROUND, plate.top + AROUND, wide, HIGH - AROUND)
    view = shown.view(node, theme)
    y, texts = plate.top + ROOM - 2, list[str]()
    if view.head is None and view.words is None:
        texts.append(svg_text(box.left, y, _range(shown, node.id), theme.quiet, SMALL))
    if (moved := shown.moved(node.id)) >= STILL and view.head is None:
        text = f"moved {moved:.0%}" if moved < 10 else "moved > 1000 %"
        x, colour = box.left + box.width, theme.merge.title
        texts.append(svg_text(x, y, text, colour, SMALL, "end", bold=True))
    return (
        f"<title>{escape(f'{node.id}: {_facts(shown, node.id)}')}</title><g>"
        + svg_rect(plate.left, plate.top, plate.width, plate.height, theme.card, ' rx="4"')
        + picture_of(view).svg(view, box)
        + "".join(texts)
        + "</g>"
    )


def _facts(shown: ModelXray, id: str) -> str:
    """Describe the shape, range and change of an output, and the score of a linear reader."""
    parts = [f"shape {formatting.output(shown.graph[id])}", f"from {_range(shown, id)}"]
    if shown.swapped:
        parts.append(f"moved by {shown.moved(id):.1%}")
    for head, read in list(shown.epoch.readings.get(id, {}).items())[:1]:
        parts.append(f"a linear reader reads {head} with {read.score:.2f}")
    return ", ".join(parts)


def _range(shown: ModelXray, id: str) -> str:
    """Format the smallest and largest number; one that is tiny compared to the other becomes 0."""
    ends = shown.ends(id)
    least = 1e-3 * max(map(abs, ends))
    return " to ".join(f"{end if abs(end) > least else 0:.3g}" for end in ends)


def _marked(part: Shapes, theme: Theme) -> Shapes:
    """Mark a card that a swap has changed."""
    first, *rest = part.outlines
    look = {"line": theme.merge.title, "width": 2.4, "stroke": "dashed"}
    return replace(part, outlines=(replace(first, **look), *rest))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class _SameGraph:
    """Graph as a cache key that is equal only to itself, because its nodes hold dicts."""

    graph: Graph

    def __hash__(self) -> int:
        return id(self.graph)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameGraph) and other.graph is self.graph


@lru_cache(maxsize=64)
def _laid_out(same: _SameGraph, theme: ThemeName) -> Drawing:
    """Lay out the diagram with space for a picture on each card."""
    room = f'<tr><td colspan="2" width="{WIDE}" height="{ROOM}"></td></tr>'

    def decorate(_: str, card: str) -> str:
        return card.replace("</table>>", f"{room}</table>>")

    options = DiagramOptions(theme=theme, parameters=False)
    return diagram.drawing(same.graph, options, decorate)


def _readers(graph: Graph, input: str) -> Iterator[str]:
    """Yield the attention layers that read the steps of an input."""
    for node in graph.nodes:
        if node.layer != "MultiHeadAttention" or node.call is None:
            continue
        values = [*node.call.args, *node.call.named.values()]
        read = values[min(1, len(values) - 1)]
        if not isinstance(read, NodeOutput) or inputs_of(graph, read.node) != {input}:
            continue
        if graph[read.node].shape[:1] == graph[input].shape[:1]:
            yield node.id
