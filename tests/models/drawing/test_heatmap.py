"""Heat map: every square has its text, colour and frame, and every text is readable."""

from xml.etree import ElementTree

import pytest

from components.models.drawing.heatmap import (
    FRAMES,
    Heatmap,
    HeatmapCell,
    HeatmapGroup,
    HeatmapRow,
    colours,
    heatmap,
)
from components.models.drawing.palette import DARK, LIGHT, THEMES, contrast

SVG = "{http://www.w3.org/2000/svg}"


def test_squares_stand_in_their_rows_and_columns() -> None:
    reached = HeatmapRow("Bayes", (HeatmapCell("92"), HeatmapCell("100")), quiet=True)
    sums = (
        HeatmapRow("a < b", (HeatmapCell("90 ± 1", 0.9, "best", "top"), HeatmapCell("51", 0.0))),
        HeatmapRow("add", (HeatmapCell("89 ± 1", 0.8, "tied"), HeatmapCell("50", 0.0))),
    )
    groups = (HeatmapGroup("", (reached,)), HeatmapGroup("Sum", sums))
    shown = Heatmap("Wins", ("redundant", "xor"), groups, "A note.")
    page = ElementTree.fromstring(heatmap(shown, LIGHT))
    texts = [item.text for item in page.iter(f"{SVG}text")]
    assert texts == [
        "Wins", "redundant", "xor", "Bayes", "92", "100", "Sum", "a < b", "90 ± 1", "51",
        "add", "89 ± 1", "50", "A note.",
    ]  # fmt: skip
    boxes = [item for item in page.iter(f"{SVG}rect") if item.get("rx")]
    assert [box.get("x") == boxes[place % 2].get("x") for place, box in enumerate(boxes)] == [
        True
    ] * 6
    frames = [float(box.get("stroke-width", 0)) for box in boxes]
    assert frames == [0, 0, FRAMES["best"], 0, FRAMES["tied"], 0]
    assert FRAMES["best"] >= 2 > FRAMES["tied"] > 0
    assert [item.text for item in page.iter(f"{SVG}title")] == ["top"]


def test_the_greater_the_share_the_stronger_the_colour() -> None:
    fills = [colours(share, LIGHT)[0] for share in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    assert fills[0] == fills[1] == LIGHT.merge.wash
    assert fills[3] == fills[4] == LIGHT.merge.line
    assert len(set(fills)) == 3
    assert colours(None, DARK) == (DARK.page, DARK.ink)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_shade(theme: str) -> None:
    for step in range(101):
        fill, ink = colours(step / 100, THEMES[theme])
        assert contrast(fill, ink) >= 4.5, (step, fill, ink)
