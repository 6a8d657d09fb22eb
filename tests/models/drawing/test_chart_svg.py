"""Charts as SVG, with the texts and lengths that the option has."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from components.experiments.inspection.head_charts import (
    coalition_chart,
    drawn_coalitions,
    waterfall,
    waterfall_steps,
)
from components.experiments.inspection.verdict import chance_of
from components.models.drawing.chart_svg import chart_svg
from components.models.drawing.palette import THEMES
from tests.experiments.inspection.models import bayes, whole

LIGHT = THEMES["light"]
HEAD = whole(bayes("xor")).heads["y"]
SVG = "{http://www.w3.org/2000/svg}"


def bars(svg: str) -> list[tuple[float, float]]:
    """Return the upper and lower end of each bar, from the left."""
    root = ElementTree.fromstring(svg)
    found = [one.attrib for one in root.iter(f"{SVG}rect") if "x" in one.attrib]
    return [(float(one["y"]), float(one["y"]) + float(one["height"])) for one in found]


def texts(svg: str) -> list[str]:
    return [str(one.text) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_each_step_of_a_waterfall_starts_where_the_last_one_ends() -> None:
    svg = chart_svg(waterfall(HEAD, None, LIGHT, "y"), 720, 330, "y", LIGHT)
    chance, first, second, whole_bar, _ = bars(svg)
    assert first[1] == pytest.approx(chance[0], abs=0.2)
    assert second[1] == pytest.approx(first[0], abs=0.2)
    assert second[0] == pytest.approx(whole_bar[0], abs=0.2)
    assert whole_bar[1] == chance[1]
    assert {step.text for step in waterfall_steps(HEAD, chance_of(HEAD), LIGHT)} <= set(texts(svg))


def test_a_bar_is_as_high_as_its_value() -> None:
    svg = chart_svg(coalition_chart(HEAD, LIGHT), 720, 330, "y", LIGHT)
    heights = [low - high for high, low in bars(svg)]
    values = [one.value for one in drawn_coalitions(HEAD)]
    assert heights == pytest.approx([heights[-1] * value / values[-1] for value in values], abs=0.2)


def test_a_narrow_chart_has_short_texts() -> None:
    svg = chart_svg(waterfall(HEAD, None, LIGHT, "y"), 400, 330, "y", LIGHT)
    assert not re.search("±", svg)
