"""Options of a picture: direction, level, theme, title, legend and caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from components.base.errors import SpecError
from components.base.text import without_control
from components.models.architecture.marks import Mark
from components.models.drawing.branch_weights import BranchWeights
from components.models.drawing.palette import ThemeName
from components.models.language.graph import Graph

Direction = Literal["vertical", "horizontal"]
Level = Literal["blocks", "volumes", "layers", "everything"]
LEVELS: dict[Level, str] = {level: level.capitalize() for level in get_args(Level)}
"""Titles of levels."""
MOST_LAYERS = 40
"""Number of layers above which a picture shows blocks until a person chooses layers."""


def automatic_level(graph: Graph) -> Level:
    """Return the level of a graph: blocks if it has more than `MOST_LAYERS` layers."""
    return "blocks" if len(graph.drawn().nodes) > MOST_LAYERS else "layers"


@dataclass(frozen=True)
class DiagramOptions:
    """Content, direction, theme, title, legend and caption of a diagram.

    `blocks` has one box for each branch, merge, trunk and head; `volumes` draws tensors on a log
    scale; `everything` adds the names and all settings of layers. A title or caption of only spaces
    is left out. If `fold` is not 0, a path of more layers continues in a new column (or row).
    `dense` has small gaps and letters of nearly one size, so that more fits on a page. `joined`
    puts a layer that keeps the shape, such as an activation, on the card before it. `weights` make
    the edges of branches as wide as their shares. `marks` are own names, notes and colours of
    layers and parts. Without `repeats`, equal blocks in a row are drawn once; without `classes`,
    layers have plain names.
    """

    direction: Direction = "vertical"
    shapes: bool = True
    parameters: bool = True
    activations: bool = True
    theme: ThemeName = "light"
    level: Level = "layers"
    legend: bool = False
    title: str = ""
    caption: str = ""
    transparent: bool = True
    fold: int = 0
    dense: bool = False
    joined: bool = False
    weights: BranchWeights | None = None
    marks: tuple[Mark, ...] = ()
    losses: bool = True
    repeats: bool = True
    classes: bool = True

    def __post_init__(self) -> None:
        for name in ("title", "caption"):
            object.__setattr__(self, name, without_control(getattr(self, name)).strip())

    def mark(self, part: str, layer: str = "") -> Mark:
        """Return the emphasis of a layer, or of a whole part."""
        marks = (mark for mark in self.marks if (mark.part, mark.layer) == (part, layer))
        return next(marks, Mark(part=part))

    @property
    def once(self) -> bool:
        """`True` if equal blocks in a row are drawn once."""
        return not self.repeats and self.level in ("layers", "everything")

    @property
    def small(self) -> int:
        """Size of the smaller letters in points."""
        return 13 if self.dense else 11


def require_repeats(options: DiagramOptions) -> None:
    """Raise `SpecError` if repeats are to be left out at a level that draws all of them."""
    if not (options.repeats or options.once):
        raise SpecError(
            "Equal blocks in a row are drawn once only at the levels layers and everything.",
            options.level,
            "Choose another level, or leave `repeats` as it is.",
        )


PLAIN = DiagramOptions()
"""Default: layers with shapes and parameters, top to bottom, light, without title or legend."""
