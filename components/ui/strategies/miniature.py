"""The layers of a card as a small picture in the page, in the page's font."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from components.core.graph import Graph
from components.model.spec import Architecture
from components.render import diagram
from components.render.diagram_svg import page_size
from components.render.options import DiagramOptions
from components.render.palette import ThemeName
from components.ui.kit import inline_component
from components.ui.strategies.cards import Card, Section, card

WIDTH, HEIGHT, LARGEST = 246, 180, 0.9
"""Pixels of a miniature, and the largest scale of a picture in it."""
_HTML = '<figure><div class="drawn" role="img"></div><figcaption></figcaption></figure>'
_component = inline_component.component("miniature", _HTML, Path(__file__).parent)


@dataclass(frozen=True)
class Miniature:
    """An SVG with its size on the page in pixels."""

    svg: str
    width: int
    height: int


def miniature(picture: Miniature, card: Card) -> None:
    """Show the picture of a card, in a box of constant height."""
    size = {"width": picture.width, "height": picture.height, "room": HEIGHT}
    data = {"svg": picture.svg, "alt": card.alt, "caption": card.on, **size}
    _component(key=f"miniature_{card.kind}", data=data)


@lru_cache(maxsize=1024)
def picture(spec: Architecture, section: Section, kind: str, theme: ThemeName) -> Miniature:
    """The layers as a miniature, from the inputs above to the result below."""
    options = DiagramOptions("vertical", False, False, False, theme)
    return _sized(card(spec, section, kind).graph, options)


def _sized(graph: Graph, options: DiagramOptions) -> Miniature:
    svg = diagram.svg(graph, options)
    width, height = page_size(svg)
    scale = min(WIDTH / width, HEIGHT / height, LARGEST)
    return Miniature(svg, round(width * scale), round(height * scale))
