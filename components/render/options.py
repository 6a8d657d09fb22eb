"""What a picture shows and how: direction, level, theme, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.render.palette import ThemeName

Direction = Literal["vertical", "horizontal"]
Level = Literal["blocks", "layers", "everything"]


@dataclass(frozen=True)
class DiagramOptions:
    """What a diagram shows, which way it runs, its theme, and what stands around it.

    `blocks` has one box for each branch, merge, trunk and head; `everything` adds the names and all
    settings of layers. Title and caption are left out where they are empty. Where `fold` is not 0,
    a path of more layers than that goes on in a further column (or row). What is `dense` has small
    gaps and letters of nearly one size, so that more can be read on a page.
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

    @property
    def small(self) -> int:
        """Points of the smaller letters."""
        return 13 if self.dense else 11

    @property
    def around(self) -> bool:
        """Whether anything stands around the diagram."""
        return bool(self.legend or self.title or self.caption)


PLAIN = DiagramOptions()
"""Layers with what they give and hold, top to bottom, light, with nothing around."""
