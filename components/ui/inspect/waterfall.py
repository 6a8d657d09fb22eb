"""From chance to the accuracy of a head, share by share, as an ECharts option."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from components.inspection.basis.results import HeadInspection
from components.inspection.measures import MEASURES
from components.inspection.measures.base import InspectionMeasure
from components.render.palette import Theme
from components.ui.inspect.chart_parts import quality_axis, short_name, two_digits
from components.ui.kit import charts
from components.ui.kit.charts import LevelLine, Option
from sample_data.ceilings import Ceilings

LETTERS = 0.13
"""Height of a level's text, which may have several lines, as a share of the chart."""
BESIDE, NARROW = 150, 560
"""Pixels for the texts of levels at the right; a chart up to `NARROW` has none."""


@dataclass(frozen=True)
class Step:
    """A bar from one value to another."""

    name: str
    start: float
    end: float
    text: str
    color: str
    hatched: bool = False


def waterfall(head: HeadInspection, ceilings: Ceilings | None, theme: Theme, title: str) -> Option:
    """An ECharts option: chance, the share of each input, cooperation within them, the quality.

    The ceilings of the data are dashed lines with their texts beside the chart.
    """
    steps, levels = list(waterfall_steps(head, theme)), ceiling_lines(ceilings)
    ends = [end for step in steps for end in (step.start, step.end)]
    axis = quality_axis([*ends, *(level.value for level in levels)])
    apart = LETTERS * (axis["max"] - axis["min"])
    lines = charts.level_lines(levels, theme, apart=apart, width=BESIDE - 14)
    for mark in lines["markLine"]["data"]:
        mark["label"]["position"] = "end"
    return {
        **charts.frame(title, theme, right=BESIDE if levels else 24),
        "tooltip": {"trigger": "item", "valueFormatter": "%.3f"},
        "xAxis": {
            "type": "category",
            "data": [short_name(step.name) for step in steps],
            **charts.axis(theme, lines=False),
            "axisLabel": {"color": theme.ink, "interval": 0, "fontSize": 12},
            "axisTick": {"show": False},
        },
        "yAxis": {**axis, **charts.axis(theme)},
        "series": [*_bars(steps, theme), lines],
        "media": [
            {
                "query": {"maxWidth": NARROW},
                "option": {
                    "grid": {"left": 40, "right": 12, "bottom": 76},
                    "xAxis": {"axisLabel": {"rotate": 40, "fontSize": 12}},
                    "series": [{"id": "levels", "markLine": {"data": _silent(lines)}}],
                },
            },
            {
                "option": {
                    "grid": {"left": 52, "right": BESIDE if levels else 24, "bottom": 32},
                    "xAxis": {"axisLabel": {"rotate": 0, "fontSize": 12}},
                    "series": [{"id": "levels", "markLine": {"data": lines["markLine"]["data"]}}],
                }
            },
        ],
    }


def waterfall_text(head: HeadInspection) -> str:
    """What the chart shows, in words."""
    shares = ", ".join(
        f"{name} {two_digits(value, '+')}"
        for measure in in_chart("step")
        for name, value in zip(head.inputs, measure.values(head), strict=True)
    )
    name = head.quality_name
    ends = f"from {two_digits(head.nothing)} without inputs to {name} {two_digits(head.quality)}"
    return f"Shares of the inputs {ends}: {shares}"


def waterfall_steps(head: HeadInspection, theme: Theme) -> Iterator[Step]:
    """All bars, from the left. Shares lead from chance to the quality; cooperation ends there."""
    at = head.nothing
    yield Step("no input", 0.0, at, two_digits(at), theme.trunk.solid)
    for measure in in_chart("step"):
        colors = (tones.solid for tones in cycle(theme.branches))
        for name, share, color in zip(head.inputs, measure.of(head), colors, strict=False):
            text = two_digits(share.value, "+")
            text += f" ± {share.error:.2f}" if share.error else ""
            yield Step(name, at, at + share.value, text, color)
            at += share.value
    for measure in in_chart("part") if cooperates(head) else ():
        (value,), title = measure.values(head), measure.title.lower()
        start, text = head.quality - value, two_digits(value, "+")
        yield Step(title, start, head.quality, text, theme.merge.solid, hatched=True)
    yield Step(head.quality_name, 0.0, head.quality, two_digits(head.quality), theme.head.solid)


def in_chart(role: str) -> list[type[InspectionMeasure]]:
    """The measures with this role in the chart: `step` or `part`."""
    return [measure for _, measure in MEASURES.items() if measure.in_chart == role]


def cooperates(head: HeadInspection) -> bool:
    """Whether the head reads several inputs."""
    return not head.coalitions or len(head.coalitions) > 2


def ceiling_lines(ceilings: Ceilings | None) -> list[LevelLine]:
    """Chance, each input alone, the additive model and the Bayes optimum."""
    if ceilings is None:
        return []
    return [
        LevelLine("chance", ceilings.chance.value),
        *(LevelLine(f"{name} alone", alone.value) for name, alone in ceilings.single.items()),
        LevelLine("additive model", ceilings.additive.value),
        LevelLine("Bayes optimum", ceilings.bayes.value),
    ]


def _bars(steps: Sequence[Step], theme: Theme) -> Iterator[dict[str, Any]]:
    """Two series on each other: an invisible one up to the start of each bar, and the bar."""
    common = {"type": "bar", "stack": "steps", "stackStrategy": "all", "barCategoryGap": "28%"}
    yield {
        **common,
        "id": "start",
        "data": [step.start for step in steps],
        "silent": True,
        "tooltip": {"show": False},
        "itemStyle": {"color": "transparent"},
    }
    yield {**common, "id": "steps", "data": [_bar(step, theme) for step in steps]}


def _bar(step: Step, theme: Theme) -> dict[str, Any]:
    up = step.end >= step.start
    style: dict[str, Any] = {"color": step.color}
    if step.hatched:
        style = {
            "color": f"{step.color}55",
            "borderColor": step.color,
            "decal": {
                "symbol": "rect",
                "color": step.color,
                "dashArrayX": [1, 0],
                "dashArrayY": [2, 5],
                "rotation": -math.pi / 4,
            },
        }
    return {
        "value": step.end - step.start,
        "name": step.name,
        "itemStyle": style,
        "label": {
            "show": True,
            "position": "top" if up else "bottom",
            "formatter": step.text,
            "color": theme.ink,
            "fontSize": 13,
            "fontWeight": 600,
        },
    }


def _silent(lines: dict[str, Any]) -> list[dict[str, Any]]:
    """The marks of lines without their texts."""
    return [
        {**mark, "label": {**mark["label"], "show": False}} for mark in lines["markLine"]["data"]
    ]
