"""One palette for diagram, graph, curves and bars. Each input its own hue; merges one, heads one.

`light` and `dark` are the app's: their hues differ in lightness as well as in colour. `print` is
grey, and tells branches apart by their patterns and borders. `colour-blind` has the colours of
Okabe and Ito 2008, "Color Universal Design", which every kind of colour vision tells apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.core.graph import Group

ThemeName = Literal["light", "dark", "print", "colour-blind"]
Stroke = Literal["solid", "dashed", "dotted"]


@dataclass(frozen=True)
class Tones:
    """One hue: `solid` for filled boxes and lines, `line` for borders, `wash` behind a group.

    `stroke` and `width`, in points, are how borders are drawn; filled boxes have one of `outline`'s
    colour, if it names any. `hatch` are the angles, in degrees, of lines across `wash`.
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
    hatch: tuple[int, ...] = ()


@dataclass(frozen=True)
class Theme:
    """Every colour of a picture."""

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
    """What does not fit."""

    def tones(self, group: Group) -> Tones:
        """The hue of a group."""
        if group.role == "branch":
            return self.branches[group.hue % len(self.branches)]
        return {"merge": self.merge, "trunk": self.trunk, "head": self.head}[group.role]


def _tones(solid: str, quiet: str, line: str, wash: str, title: str) -> Tones:
    return Tones(solid, "#FFFFFF", quiet, line, wash, title)


def _grey(solid: str, wash: str, stroke: Stroke, width: int, *hatch: int) -> Tones:
    ink = "#000000"
    return Tones(solid, ink, "#262626", ink, wash, ink, stroke, width, ink, hatch)


def _black(solid: str) -> Tones:
    return Tones(solid, "#FFFFFF", "#E5E5E5", "#000000", "#F7F7F7", "#000000")


def _vivid(solid: str, wash: str, title: str, on_solid: str = "#000000") -> Tones:
    return Tones(solid, on_solid, on_solid, solid, wash, title)


LIGHT = Theme(
    name="light",
    page="#FFFFFF",
    card="#FFFFFF",
    ink="#0F172A",
    quiet="#5B6779",
    edge="#94A3B8",
    branches=(
        _tones("#2563EB", "#DBEAFE", "#93C5FD", "#EFF6FF", "#1D4ED8"),
        _tones("#047857", "#D1FAE5", "#6EE7B7", "#ECFDF5", "#047857"),
        _tones("#BE185D", "#FCE7F3", "#F9A8D4", "#FDF2F8", "#BE185D"),
        _tones("#0E7490", "#CFFAFE", "#67E8F9", "#ECFEFF", "#0E7490"),
        _tones("#92700C", "#FEF9C3", "#E5C558", "#FEFCE8", "#854D0E"),
        _tones("#4D7C0F", "#ECFCCB", "#BEF264", "#F7FEE7", "#3F6212"),
    ),
    merge=_tones("#7C3AED", "#EDE9FE", "#C4B5FD", "#F5F3FF", "#6D28D9"),
    trunk=_tones("#475569", "#E2E8F0", "#CBD5E1", "#F8FAFC", "#475569"),
    head=_tones("#C2410C", "#FFEDD5", "#FDBA74", "#FFF7ED", "#C2410C"),
    wrong=_tones("#DC2626", "#FEE2E2", "#DC2626", "#FEF2F2", "#B91C1C"),
)

DARK = Theme(
    name="dark",
    page="#0E1117",
    card="#1A2130",
    ink="#F1F5F9",
    quiet="#A3B0C2",
    edge="#64748B",
    branches=(
        _tones("#2563EB", "#DBEAFE", "#3B6FD4", "#131E38", "#93C5FD"),
        _tones("#047857", "#D1FAE5", "#12805F", "#0D2622", "#6EE7B7"),
        _tones("#BE185D", "#FCE7F3", "#B03A72", "#2C1424", "#F9A8D4"),
        _tones("#0E7490", "#CFFAFE", "#1C86A1", "#0C2530", "#67E8F9"),
        _tones("#92700C", "#FEF9C3", "#9A7B1F", "#282110", "#FDE047"),
        _tones("#4D7C0F", "#ECFCCB", "#608F24", "#1A2611", "#BEF264"),
    ),
    merge=_tones("#7C3AED", "#EDE9FE", "#8055D0", "#1F1738", "#C4B5FD"),
    trunk=_tones("#475569", "#E2E8F0", "#51607A", "#161D2A", "#CBD5E1"),
    head=_tones("#C2410C", "#FFEDD5", "#B35426", "#2A1912", "#FDBA74"),
    wrong=_tones("#DC2626", "#FEE2E2", "#F87171", "#2D1214", "#FCA5A5"),
)

PRINT = Theme(
    name="print",
    page="#FFFFFF",
    card="#FFFFFF",
    ink="#000000",
    quiet="#404040",
    edge="#404040",
    branches=(
        _grey("#E3E3E3", "#F6F6F6", "solid", 1, 45),
        _grey("#D6D6D6", "#F5F5F5", "dashed", 1, 135),
        _grey("#C9C9C9", "#F4F4F4", "solid", 2, 0),
        _grey("#BCBCBC", "#F3F3F3", "dotted", 1, 90),
        _grey("#AFAFAF", "#F2F2F2", "dashed", 2, 45, 135),
        _grey("#A2A2A2", "#F1F1F1", "solid", 3, 0, 90),
    ),
    merge=_black("#000000"),
    trunk=_black("#5C5C5C"),
    head=_black("#3D3D3D"),
    wrong=_black("#000000"),
)

COLOUR_BLIND = Theme(
    name="colour-blind",
    page="#FFFFFF",
    card="#FFFFFF",
    ink="#000000",
    quiet="#4A4A4A",
    edge="#6B6B6B",
    branches=(
        _vivid("#0072B2", "#E8F3FA", "#005A8C", "#FFFFFF"),
        _vivid("#E69F00", "#FDF4E0", "#7A5500"),
        _vivid("#009E73", "#E3F5EF", "#00674B"),
        _vivid("#CC79A7", "#FAEFF5", "#8A3E69"),
        _vivid("#56B4E9", "#EAF6FD", "#1B6693"),
        _vivid("#F0E442", "#FDFBE3", "#6B6400"),
    ),
    merge=_vivid("#D55E00", "#FCEDE2", "#A34700"),
    trunk=_vivid("#595959", "#F2F2F2", "#4A4A4A", "#FFFFFF"),
    head=_vivid("#000000", "#F2F2F2", "#000000", "#FFFFFF"),
    wrong=_vivid("#000000", "#F2F2F2", "#000000", "#FFFFFF"),
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, PRINT, COLOUR_BLIND)}
