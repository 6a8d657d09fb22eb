"""Palette of diagram, graph, curves and bars: a hue for each input, one for merges and heads.

`light` and `dark` are for the app; their hues also differ in lightness. `print` is grey; its
branches differ by grey and border. `colour-blind` has the colours of Okabe and Ito 2008, "Color
Universal Design", which people with every kind of colour vision can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from components.models.language.graph import Group

ThemeName = Literal["light", "dark", "print", "colour-blind"]
Stroke = Literal["solid", "dashed", "dotted"]
_NAMES = ("blue", "green", "pink", "teal", "gold", "olive")
_SAFE_NAMES = ("blue", "gold", "green", "pink", "teal", "olive")
"""Names of the colours of branches, in order."""
_Hues = dict[str, tuple[str, ...]]
"""Colours by part; branches are numbered."""
_SCREEN: _Hues = {
    "0": ("#2563EB", "#EFF6FF"),
    "1": ("#047857", "#D1FAE5"),
    "2": ("#BE185D", "#FCE7F3"),
    "3": ("#0E7490", "#CFFAFE"),
    "4": ("#92700C", "#FFFDF0"),
    "5": ("#4D7C0F", "#ECFCCB"),
    "merge": ("#7C3AED", "#EDE9FE"),
    "trunk": ("#475569", "#E2E8F0"),
    "head": ("#C2410C", "#FFEDD5"),
    "wrong": ("#DC2626", "#FEF6F6"),
}
"""Filled boxes of `light` and `dark`, and the quiet text on them; other text on them is white."""
_LIGHT: _Hues = {
    "0": ("#93C5FD", "#EFF6FF", "#1D4ED8"),
    "1": ("#6EE7B7", "#ECFDF5", "#047857"),
    "2": ("#F9A8D4", "#FDF2F8", "#BE185D"),
    "3": ("#67E8F9", "#ECFEFF", "#0E7490"),
    "4": ("#E5C558", "#FEFCE8", "#854D0E"),
    "5": ("#BEF264", "#F7FEE7", "#3F6212"),
    "merge": ("#C4B5FD", "#F5F3FF", "#6D28D9"),
    "trunk": ("#CBD5E1", "#F8FAFC", "#475569"),
    "head": ("#FDBA74", "#FFF7ED", "#C2410C"),
    "wrong": ("#DC2626", "#FEF2F2", "#B91C1C"),
}
"""Line, wash and title colour of each part."""
_DARK: _Hues = {
    "0": ("#3B6FD4", "#131E38", "#93C5FD"),
    "1": ("#12805F", "#0D2622", "#6EE7B7"),
    "2": ("#B03A72", "#2C1424", "#F9A8D4"),
    "3": ("#1C86A1", "#0C2530", "#67E8F9"),
    "4": ("#9A7B1F", "#282110", "#FDE047"),
    "5": ("#608F24", "#1A2611", "#BEF264"),
    "merge": ("#8055D0", "#1F1738", "#C4B5FD"),
    "trunk": ("#51607A", "#161D2A", "#CBD5E1"),
    "head": ("#B35426", "#2A1912", "#FDBA74"),
    "wrong": ("#F87171", "#2D1214", "#FCA5A5"),
}
_GREYS: tuple[tuple[str, str, Stroke, int], ...] = (
    ("#EDEDED", "#FAFAFA", "solid", 1),
    ("#D2D2D2", "#E6E6E6", "dashed", 1),
    ("#B9B9B9", "#F2F2F2", "solid", 3),
    ("#E0E0E0", "#D6D6D6", "dotted", 1),
    ("#C5C5C5", "#FAFAFA", "dashed", 3),
    ("#ABABAB", "#E6E6E6", "dotted", 3),
)
"""Solid, wash, stroke and width of the branches of `print`; neighbours differ most."""
_BLACKS = {"merge": "#000000", "trunk": "#5C5C5C", "head": "#3D3D3D", "wrong": "#000000"}
_OKABE_ITO: _Hues = {
    "0": ("#0072B2", "#E8F3FA", "#005A8C", "#FFFFFF"),
    "1": ("#E69F00", "#FDF4E0", "#7A5500", "#000000"),
    "2": ("#009E73", "#E3F5EF", "#00674B", "#000000"),
    "3": ("#CC79A7", "#FAEFF5", "#8A3E69", "#000000"),
    "4": ("#56B4E9", "#EAF6FD", "#1B6693", "#000000"),
    "5": ("#F0E442", "#FDFBE3", "#6B6400", "#000000"),
    "merge": ("#D55E00", "#FCEDE2", "#A34700", "#000000"),
    "trunk": ("#595959", "#F2F2F2", "#4A4A4A", "#FFFFFF"),
    "head": ("#000000", "#F2F2F2", "#000000", "#FFFFFF"),
    "wrong": ("#000000", "#F2F2F2", "#000000", "#FFFFFF"),
}
"""Colours: solid, wash, title, and text on solid."""


@dataclass(frozen=True)
class Tones:
    """Colours of one hue: `solid` for boxes and lines, `line` for borders, `wash` behind a group.

    Borders have `stroke` and `width` in points; those of filled boxes have the colour `outline`, if
    it is not empty.
    """

    solid: str
    on_solid: str
    quiet_on_solid: str
    line: str
    wash: str
    title: str
    stroke: Stroke = "solid"
    width: int = 1
    outline: str = ""


@dataclass(frozen=True)
class Theme:
    """Colours of a picture."""

    name: ThemeName
    page: str
    card: str
    ink: str
    quiet: str
    edge: str
    branches: tuple[Tones, ...]
    merge: Tones
    trunk: Tones
    head: Tones
    wrong: Tones
    """Colours of shape errors."""

    def tones(self, group: Group) -> Tones:
        """Return the colours of a group."""
        if group.color:
            return self.own_tones(group.color)
        if group.role == "branch":
            return self.branches[group.hue % len(self.branches)]
        return {"merge": self.merge, "trunk": self.trunk, "head": self.head}[group.role]

    def own_tones(self, color: str) -> Tones:
        """Return the colours that a person chose by name."""
        if color == "grey":
            return self.trunk
        names = _SAFE_NAMES if self.name == "colour-blind" else _NAMES
        return self.branches[names.index(color)]


def _theme(
    name: ThemeName, surfaces: tuple[str, str, str, str, str], hues: Iterable[Tones]
) -> Theme:
    """Make a theme of page, card, ink, quiet and edge, and the hues of branches, then of parts."""
    *branches, merge, trunk, head, wrong = hues
    return Theme(name, *surfaces, tuple(branches), merge, trunk, head, wrong)


def _screen(rest: _Hues) -> Iterator[Tones]:
    for part, (solid, quiet) in _SCREEN.items():
        line, wash, title = rest[part]
        yield Tones(solid, "#FFFFFF", quiet, line, wash, title)


def _printed() -> Iterator[Tones]:
    ink = "#000000"
    for solid, wash, stroke, width in _GREYS:
        yield Tones(solid, ink, "#262626", ink, wash, ink, stroke, width, ink)
    for solid in _BLACKS.values():
        yield Tones(solid, "#FFFFFF", "#E5E5E5", ink, "#F7F7F7", ink)


def _colour_blind() -> Iterator[Tones]:
    for solid, wash, title, text in _OKABE_ITO.values():
        yield Tones(solid, text, text, solid, wash, title)


LIGHT = _theme("light", ("#FFFFFF", "#FFFFFF", "#0F172A", "#5B6779", "#94A3B8"), _screen(_LIGHT))
DARK = _theme("dark", ("#0E1117", "#1A2130", "#F1F5F9", "#A3B0C2", "#64748B"), _screen(_DARK))
PRINT = _theme("print", ("#FFFFFF", "#FFFFFF", "#000000", "#404040", "#404040"), _printed())
COLOUR_BLIND = _theme(
    "colour-blind", ("#FFFFFF", "#FFFFFF", "#000000", "#4A4A4A", "#6B6B6B"), _colour_blind()
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, PRINT, COLOUR_BLIND)}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours by WCAG 2.2, from 1 to 21."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in bytes.fromhex(colour[1:]))
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
