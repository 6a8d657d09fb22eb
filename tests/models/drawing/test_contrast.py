"""Contrast of texts in pictures and charts, as WCAG 2.2 asks, in every theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.models.drawing.charts import line_color
from components.models.drawing.palette import THEMES, Theme, Tones, contrast

TEXT = 4.5
LINE = 3.0


def texts(theme: Theme) -> Iterator[tuple[str, str, str]]:
    """Yield the role of each text, its colour, and the colour behind it."""
    for ground in (theme.page, theme.card):
        yield "ink", theme.ink, ground
        yield "quiet", theme.quiet, ground
    for name, tones in hues(theme):
        yield f"{name} on its box", tones.on_solid, tones.solid
        yield f"{name}, quiet on its box", tones.quiet_on_solid, tones.solid
        yield f"{name}, title", tones.title, tones.wash
        yield f"{name}, kind beside the title", theme.quiet, tones.wash
        yield f"{name}, name on the page", tones.title, theme.page


def hues(theme: Theme) -> Iterator[tuple[str, Tones]]:
    for number, tones in enumerate(theme.branches):
        yield f"branch {number}", tones
    yield from (("merge", theme.merge), ("trunk", theme.trunk), ("head", theme.head))
    yield "wrong", theme.wrong


def test_black_on_white_has_the_largest_contrast() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_texts_of_a_picture(theme: Theme) -> None:
    pale = {
        name: round(contrast(color, ground), 2)
        for name, color, ground in texts(theme)
        if contrast(color, ground) < TEXT
    }
    assert pale == {}
    solids = [tones.solid for tones in theme.branches]
    assert len(set(solids)) == len(solids)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_lines_of_a_chart(name: str) -> None:
    theme = THEMES[name]
    pale = {
        number: round(contrast(line_color(number, theme), theme.page), 2)
        for number in range(8)
        if contrast(line_color(number, theme), theme.page) < LINE
    }
    assert pale == {}
