"""What a session looks at on the Viewer page: a model, the block that is open, what is selected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from typing import Literal

from components.core.graph import Graph, Group
from components.keras_json import STUB_PREFIX, ImportedModel
from components.render import diagram
from components.render.options import DiagramOptions
from components.render.palette import ThemeName

View = Literal["Blocks", "Layers", "Summary"]
VIEWS: tuple[View, ...] = ("Blocks", "Layers", "Summary")
MOST_DRAWN = 24
"""Layers of one picture: more cannot be read on a screen. Further ones are on further pages."""
MOST_BEFORE, MOST_EDGES = 80, 240
"""Boxes and lines of one picture, with those of what its layers read."""
ROOM = (620.0, 560.0)
"""Points of the picture's place on a screen of 1280 × 800."""
MOST_COLUMNS = 4
LARGE = 11.0
"""Pixels of the smaller letters that need be no larger."""
KEPT = 48
"""Pictures that a session keeps."""


@dataclass
class Looked:
    """One model being looked at. `path` are the blocks that are open in each other."""

    model: ImportedModel
    path: tuple[str, ...] = ()
    view: View = "Blocks"
    page: int = 1
    """Which stretch of the layers is shown, from 1."""
    selected: str | None = None
    _parts: dict[tuple[str, ...], ImportedModel] = field(default_factory=dict)
    _drawn: dict[tuple[object, ...], tuple[DiagramOptions, str]] = field(default_factory=dict)

    def part(self, path: tuple[str, ...]) -> ImportedModel:
        """The model, or the block that such a path leads to."""
        if not path:
            return self.model
        if path not in self._parts:
            self._parts[path] = self.part(path[:-1]).part(path[-1])
        return self._parts[path]

    @property
    def open(self) -> ImportedModel:
        """The model or block that is open."""
        return self.part(self.path)

    @property
    def pages(self) -> list[tuple[str, ...]]:
        """The layers of what is open, by the pages they are drawn on."""
        return self.open.stretches(MOST_DRAWN)

    @property
    def shown(self) -> ImportedModel:
        """What the picture shows: all that is open, or a page of its layers."""
        pages = self.pages if self.view == "Layers" else []
        return self.open.stretch(pages[self.page - 1]) if len(pages) > 1 else self.open

    @property
    def level(self) -> Literal["blocks", "layers"]:
        """What the boxes of the picture are."""
        return "layers" if self.view == "Layers" else "blocks"

    def go(self, path: tuple[str, ...]) -> None:
        """Open a block, or go back to one around it."""
        self.path, self.page, self.selected = path, 1, None
        part = self.open
        few = part.layers <= MOST_DRAWN or len(_own(part.graph)) == 1
        self.view = "Layers" if path and few else "Blocks"

    def see(self, view: View) -> None:
        """Change the view."""
        self.view, self.page, self.selected = view, 1, None

    def turn(self, page: int) -> None:
        """Show another page of layers."""
        self.page, self.selected = page, None

    def pick(self, id: str) -> None:
        """A box was clicked: a block of several layers opens, anything else is selected."""
        if self.view == "Blocks" and self.opens(id):
            self.go((*self.path, id))
        else:
            self.selected = id or None

    def opens(self, block: str) -> bool:
        """Whether there is more to see in a block."""
        own = _own(self.open.graph)
        inside = self.open.graph.members(block)
        return len(own) > 1 and block in {group.id for group in own} and len(inside) > 1

    def picture(self, theme: ThemeName) -> tuple[DiagramOptions, str] | None:
        """The look that can be read best, and the SVG; `None` where that would be a tangle."""
        key = (self.path, self.level, self.page, theme)
        if key not in self._drawn:
            graph = self.shown.graph
            if not legible(graph, self.level):
                return None
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            look = readable(graph, self.level, theme)
            self._drawn[key] = look, diagram.svg(graph, look)
        return self._drawn[key]


def legible(graph: Graph, level: Literal["blocks", "layers"]) -> bool:
    """Whether there are so few boxes and lines that a picture says something."""
    shown = diagram.at_level(graph, DiagramOptions(level=level))
    return len(shown.nodes) <= MOST_BEFORE and len(list(shown.edges())) <= MOST_EDGES


def readable(graph: Graph, level: Literal["blocks", "layers"], theme: ThemeName) -> DiagramOptions:
    """The look whose letters are large enough, else largest: first denser, then in columns."""
    plain = DiagramOptions(level=level, theme=theme)
    long = diagram.depth(graph, plain)
    folds = dict.fromkeys(ceil(long / columns) for columns in range(1, MOST_COLUMNS + 1))
    dense = replace(plain, dense=True)
    looks = [plain, dense, *(replace(dense, fold=fold) for fold in folds if 2 < fold < long)]
    best, largest = plain, 0.0
    for look in looks:
        size = letters(graph, look)
        if size >= LARGE:
            return look
        if size > 1.04 * largest:
            best, largest = look, size
    return best


def letters(graph: Graph, look: DiagramOptions) -> float:
    """Pixels of the smaller letters of a picture in its place on the screen."""
    width, height = diagram.size(graph, look)
    return min(look.small * min(ROOM[0] / width, ROOM[1] / height), LARGE)


def _own(graph: Graph) -> list[Group]:
    """The groups that do not stand for what is read from around."""
    before = {node.group for node in graph.nodes if node.id.startswith(STUB_PREFIX)}
    return [group for group in graph.groups if group.id not in before]
