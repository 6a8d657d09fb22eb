"""State of the Viewer page: the model, the open block, the view and the selection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from typing import Literal, get_args

from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions, Level
from components.models.drawing.palette import ThemeName
from components.models.drawing.readable import first_readable
from components.models.imported import STUB_PREFIX, ImportedModel
from components.models.language.graph import Graph, Group

View = Literal["Blocks", "Volumes", "Layers", "Summary"]
VIEWS: tuple[View, ...] = get_args(View)
LEVELS: dict[View, Level] = {"Blocks": "blocks", "Volumes": "volumes", "Layers": "layers"}
MOST_DRAWN = 24
"""Number of layers of one picture, readable on a screen; the others are on further pages."""
MOST_BEFORE, MOST_EDGES = 80, 240
"""Number of boxes and lines of one picture at most, with the sources of its layers."""
ROOM = (620.0, 560.0)
"""Width and height of the picture on a screen of 1280 × 800."""
MOST_COLUMNS = 4
LARGE = 11.0
"""Size in pixels from which the smaller letters are large enough."""
KEPT = 48
"""Number of pictures cached for a session."""


@dataclass
class ViewerState:
    """Model in the viewer. `path` names the open blocks, from the outside in."""

    model: ImportedModel
    path: tuple[str, ...] = ()
    view: View = "Blocks"
    page: int = 1
    """Number of the page of layers that is shown, from 1."""
    selected: str | None = None
    _parts: dict[tuple[str, ...], ImportedModel] = field(default_factory=dict)
    _drawn: dict[tuple[object, ...], tuple[DiagramOptions, str]] = field(default_factory=dict)

    _file: tuple[object, str] | None = None

    def part(self, path: tuple[str, ...]) -> ImportedModel:
        """Return the model, or the block at a path."""
        if not path:
            return self.model
        if path not in self._parts:
            self._parts[path] = self.part(path[:-1]).part(path[-1])
        return self._parts[path]

    @property
    def open(self) -> ImportedModel:
        """Open model or block."""
        return self.part(self.path)

    @property
    def pages(self) -> list[tuple[str, ...]]:
        """Layers of the open model or block, page by page."""
        return self.open.stretches(MOST_DRAWN)

    @property
    def shown(self) -> ImportedModel:
        """Part in the picture: the open model or block, or a page of its layers."""
        pages = self.pages if self.paged else []
        return self.open.stretch(pages[self.page - 1]) if len(pages) > 1 else self.open

    @property
    def paged(self) -> bool:
        """`True` if the view shows layers page by page."""
        return self.view in ("Volumes", "Layers")

    @property
    def level(self) -> Level:
        """Level of detail of the picture's boxes."""
        return LEVELS.get(self.view, "blocks")

    def go_to(self, path: tuple[str, ...]) -> None:
        """Open a block, or go back to an outer one."""
        self.path, self.page, self.selected = path, 1, None
        part = self.open
        few = part.layers <= MOST_DRAWN or len(_own(part.graph)) == 1
        self.view = "Layers" if path and few else "Blocks"

    def set_view(self, view: View) -> None:
        """Change the view."""
        self.view, self.page, self.selected = view, 1, None

    def set_page(self, page: int) -> None:
        """Show another page of layers."""
        self.page, self.selected = page, None

    def find(self, id: str) -> None:
        """Show the page of layers that a layer is on, and select it."""
        self.set_view("Layers")
        self.page = next(number for number, page in enumerate(self.pages, 1) if id in page)
        self.selected = id

    def click(self, id: str) -> None:
        """Open the block that was clicked if it has several layers; select anything else."""
        if self.view == "Blocks" and self.opens(id):
            self.go_to((*self.path, id))
        else:
            self.selected = id or None

    def opens(self, block: str) -> bool:
        """Return `True` if a block has more to show."""
        own = _own(self.open.graph)
        inside = self.open.graph.members(block)
        return len(own) > 1 and block in {group.id for group in own} and len(inside) > 1

    def picture(self, theme: ThemeName) -> tuple[DiagramOptions, str] | None:
        """Return the most readable options and the SVG; `None` if no picture would be readable."""
        key = (self.path, self.level, self.page, theme)
        if key not in self._drawn:
            graph = self.shown.graph
            if not legible(graph, self.level):
                return None
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            options = readable(graph, self.level, theme)
            self._drawn[key] = options, diagram.svg(graph, options)
        return self._drawn[key]

    def file_svg(self, options: DiagramOptions) -> str:
        """Return the SVG of a file, kept until other options or another part are chosen."""
        key = (self.path, self.level, self.page, options)
        if self._file is None or self._file[0] != key:
            self._file = key, diagram.file_svg(self.shown.graph, options)
        return self._file[1]


def legible(graph: Graph, level: Level) -> bool:
    """Return `True` if a picture has few enough boxes and lines to be readable."""
    shown = diagram.at_level(graph, DiagramOptions(level=level))
    return len(shown.nodes) <= MOST_BEFORE and len(list(shown.edges())) <= MOST_EDGES


def readable(graph: Graph, level: Level, theme: ThemeName) -> DiagramOptions:
    """Return the first options with large enough letters, otherwise those with the largest."""
    plain = DiagramOptions(level=level, theme=theme)
    long = diagram.depth(graph, plain)
    folds = dict.fromkeys(ceil(long / columns) for columns in range(1, MOST_COLUMNS + 1))
    dense = replace(plain, dense=True)
    candidates = [plain, dense, *(replace(dense, fold=fold) for fold in folds if 2 < fold < long)]
    return first_readable(candidates, lambda options: LARGE / letters(graph, options))[0]


def letters(graph: Graph, options: DiagramOptions) -> float:
    """Return the size in pixels of a picture's smaller letters on the screen."""
    width, height = diagram.size(graph, options)
    return min(options.small * min(ROOM[0] / width, ROOM[1] / height), LARGE)


def _own(graph: Graph) -> list[Group]:
    """Return the groups of the part itself, without its sources outside."""
    before = {node.group for node in graph.nodes if node.id.startswith(STUB_PREFIX)}
    return [group for group in graph.groups if group.id not in before]
