"""The heat map: every square has its text, colour and frame, and every text can be read."""

from xml.etree import ElementTree

import pytest

from components.render.heatmap import HeatmapCell, HeatmapRow, _contrast, colours, heatmap
from components.render.palette import DARK, LIGHT, THEMES

SVG = "{http://www.w3.org/2000/svg}"


def test_squares_stand_in_their_rows_and_columns() -> None:
    rows = (
        HeatmapRow("Bayes", (HeatmapCell("92"), HeatmapCell("100")), quiet=True),
        HeatmapRow("a < b", (HeatmapCell("90 ± 1", 0.9, True, "best"), HeatmapCell("51 ± 1", 0.0))),
    )
    page = ElementTree.fromstring(heatmap(rows, ("redundant", "xor"), LIGHT, "Wins", "A note."))
    texts = [item.text for item in page.iter(f"{SVG}text")]
    assert texts == [
        "Wins", "redundant", "xor", "Bayes", "92", "100", "a < b", "90 ± 1", "51 ± 1", "A note.",
    ]  # fmt: skip
    boxes = [item for item in page.iter(f"{SVG}rect") if item.get("rx")]
    assert [box.get("x") == boxes[place % 2].get("x") for place, box in enumerate(boxes)] == [
        True
    ] * 4
    assert [box.get("stroke") for box in boxes] == [None, None, LIGHT.ink, None]
    assert [item.text for item in page.iter(f"{SVG}title")] == ["best"]


def test_the_greater_the_share_the_stronger_the_colour() -> None:
    fills = [colours(share, LIGHT)[0] for share in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    assert fills[0] == fills[1] == LIGHT.merge.wash
    assert fills[3] == fills[4] == LIGHT.merge.solid
    assert len(set(fills)) == 3
    assert colours(None, DARK) == (DARK.page, DARK.ink)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_shade(theme: str) -> None:
    for step in range(101):
        fill, ink = colours(step / 100, THEMES[theme])
        assert _contrast(fill, ink) >= 3.5, (step, fill, ink)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        heatmap((HeatmapRow("add", (HeatmapCell("1"),)),), ("xor", "dot"), LIGHT)
