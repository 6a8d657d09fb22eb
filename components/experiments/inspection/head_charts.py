"""Charts of a head's shares and coalitions as ECharts options, with descriptions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple

from components.experiments.inspection.basis.results import CoalitionValue, HeadInspection
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measures.base import InspectionMeasure
from components.experiments.inspection.verdict import chance_of
from components.models.drawing import charts
from components.models.drawing.charts import LevelLine, Option
from components.models.drawing.palette import LIGHT, Theme
from sample_data.ceilings import Ceilings

NOTHING = "no input"
"""Name of the bar of a model that knows no input."""
STEP = 0.2
"""Distance of the numbers on a short axis of qualities."""
LONG = 2.0
"""Length of an axis from which ECharts chooses the numbers."""
SMALL = 0.0005
"""Difference between chance and the quality without any input below which it has no step."""
BEST = 1.0
"""Maximum of accuracy and R²: the axis ends here, and the texts of bars are drawn above it."""
ROUNDED = 0.005
"""Values below this one are rounded to 0.00."""
MOST_LETTERS = 14
"""Maximum number of characters of an input's name on an axis."""
LETTERS = 0.13
"""Height of a level's text, which may have several lines, as a share of the waterfall."""
BESIDE, NARROW = 150, 560
"""Pixels for the texts of levels on the right, and the widest chart that omits them."""
ASIDE, ASIDE_BAR, ASIDE_AXIS = 104, 52, 40
"""Pixels of the area beside the steps: in all, for its bars, and for its axis on the right."""
FULL = 0.85
"""Largest share of the axis beside the steps that a bar takes, to leave space for its text."""
MOST_BARS = 16
"""Largest number of sets of inputs in the chart: all those of four inputs."""
LEAST_ROWS = 4
"""Rows of dots in a chart of the usual height."""
ROW, BELOW, LEFT = 22, 14, 104
"""Pixels: height of a row of dots, space below the rows, and width of the names on the left."""


def quality_axis(values: Iterable[float]) -> dict[str, Any]:
    """Return the limits and interval of an axis of qualities, with 0 in it and space for texts."""
    values = [0.0, *values]
    low, high = min(values), max(values)
    room = 0.06 * (high - low)
    bottom = round(STEP * math.floor((low - room) / STEP), 1) if low < -ROUNDED else 0.0
    top = round(STEP * math.ceil((high + room) / STEP), 1)
    top = min(top, BEST) if high <= BEST + ROUNDED else top
    steps = {"interval": STEP} if top - bottom <= LONG else {}
    return {"type": "value", "min": bottom, "max": top, **steps}


def two_digits(value: float, sign: str = "") -> str:
    """Format a number with two decimals, never -0.00; `sign` is `+` to always write the sign."""
    return f"{round(value, 2) + 0.0:{sign}.2f}"


def short_name(name: str) -> str:
    """Return an input's name, shortened if it is long."""
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def name_axis(names: Iterable[str], theme: Theme, **more: Any) -> dict[str, Any]:
    """Return an axis of names as ECharts options, updated by `more`."""
    label = {"color": theme.ink, "fontSize": 12, "lineHeight": 14}
    axis = {"axisTick": {"show": False}, "axisLabel": label}
    return {"type": "category", "data": list(names), **axis, **more}


class HeadChart(NamedTuple):
    """Chart of a head, its height in pixels, and its description."""

    kind: str
    option: Option
    height: int
    words: str


def charts_of(
    head: HeadInspection, ceilings: Ceilings | None, theme: Theme, title: str, usual: int
) -> Iterator[HeadChart]:
    """Yield the chart of shares and, if the head reads several inputs, the chart of coalitions."""
    shares = waterfall(head, ceilings, theme, title)
    yield HeadChart("shares", shares, usual, waterfall_text(head, chance_of(head, ceilings)))
    if len(drawn_coalitions(head)) > 2:
        option, height = coalition_chart(head, theme), chart_height(head, usual)
        yield HeadChart("coalitions", option, height, coalition_text(head))


# From chance to the quality of a head, share by share


class Step(NamedTuple):
    """Bar from one value to another."""

    name: str
    start: float
    end: float
    text: str
    color: str
    hatched: bool = False


def waterfall(head: HeadInspection, ceilings: Ceilings | None, theme: Theme, title: str) -> Option:
    """Draw the steps from chance to the quality; cooperation is drawn beside them.

    The ceilings of the data are dashed lines, with their texts beside the chart.
    """
    steps = list(waterfall_steps(head, chance_of(head, ceilings), theme))
    levels = ceiling_lines(ceilings)
    aside = list(beside_steps(head, theme))
    ends = [end for step in steps for end in (step.start, step.end)]
    axis = quality_axis([*ends, *(level.value for level in levels)])
    apart = LETTERS * (axis["max"] - axis["min"])
    lines = charts.level_lines(levels, theme, apart=apart, width=BESIDE - 14, beside=True)
    marks = lines["markLine"]["data"]
    silent = [{**mark, "label": {**mark["label"], "show": False}} for mark in marks]
    stack = {"stack": "steps", "stackStrategy": "all", "barCategoryGap": "28%"}
    hidden = {"silent": True, "tooltip": {"show": False}, "itemStyle": {"color": "transparent"}}
    start = [step.start for step in steps]
    room = ASIDE if aside else 0
    wide = {"left": 52, "right": room + (BESIDE if levels else 24), "bottom": 32}
    narrow = {"left": 40, "right": room + 12, "bottom": 76}

    bars = [_bar(step, theme) for step in steps]
    short = [_bar(step._replace(text=step.text.partition(" ±")[0]), theme) for step in steps]

    def sized(grid: Option, rotate: int, marks: Sequence[Option], bars: Sequence[Option]) -> Option:
        second = {"bottom": grid["bottom"], "right": ASIDE_AXIS, "width": ASIDE_BAR, "top": 62}
        return {
            "grid": [grid, second],
            "xAxis": [{"axisLabel": {"rotate": rotate, "fontSize": 12}} for _ in range(2)],
            "series": [
                {"id": "levels", "markLine": {"data": marks}},
                {"id": "steps", "data": bars},
            ],
        }

    def names(shown: Sequence[Step], grid: int) -> Option:
        return {
            **charts.axis(theme, lines=False),
            **name_axis([short_name(step.name) for step in shown], theme),
            "axisLabel": {"color": theme.ink, "interval": 0, "fontSize": 12},
            "axisLine": {"onZero": False},
            "gridIndex": grid,
            "show": bool(shown),
        }

    other: Option = {"type": "value", "gridIndex": 1, "position": "right", **charts.axis(theme)}
    return {
        **charts.frame(title, theme, right=BESIDE if levels else 24),
        "grid": [{"top": 62}, {"top": 62}],
        "tooltip": {"trigger": "item", "valueFormatter": "%.3f"},
        "xAxis": [names(steps, 0), names(aside, 1)],
        "yAxis": [{**axis, **charts.axis(theme)}, {**other, **_aside_axis(axis, aside)}],
        "series": [
            {"id": "start", "type": "bar", **stack, "data": start, **hidden},
            {"id": "steps", "type": "bar", **stack, "data": bars},
            {
                "id": "aside",
                "type": "bar",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "data": [_bar(step, theme) for step in aside],
            },
            lines,
        ],
        "media": [
            {"query": {"maxWidth": NARROW}, "option": sized(narrow, 40, silent, short)},
            {"option": sized(wide, 0, marks, bars)},
        ],
    }


def _aside_axis(axis: Mapping[str, Any], aside: Sequence[Step]) -> dict[str, Any]:
    """Return the axis beside the steps, with 0 in the middle and at least as long as theirs."""
    room = max((abs(step.end) for step in aside), default=0.0) / FULL
    half = max((axis["max"] - axis["min"]) / 2, STEP * math.ceil(room / STEP))
    half = round(half, 1)  # ECharts writes all digits of 3 * 0.2.
    return {"min": -half, "max": half, "interval": half, "show": bool(aside)}


def waterfall_text(head: HeadInspection, chance: float) -> str:
    """Describe the chart of shares in words."""
    start, *between, end = waterfall_steps(head, chance, LIGHT)
    shares = ", ".join(f"{step.name} {step.text.partition(' ±')[0]}" for step in between)
    ends = f"from {start.name} {start.text} to {end.name} {end.text}"
    parts = (f"{part.title} {two_digits(part.values(head)[0], '+')}" for part in _parts(head))
    return ". ".join((f"Shares of the inputs {ends}: {shares}", *parts))


def waterfall_steps(head: HeadInspection, chance: float, theme: Theme) -> Iterator[Step]:
    """Yield all steps from left to right, which add up from chance to the quality.

    A metric other than accuracy and R² has no chance: its steps start without any input.
    """
    at, gap = head.nothing, head.nothing - chance
    start = NOTHING if head.metric else "chance"
    yield Step(start, 0.0, chance, two_digits(chance), theme.quiet)
    if abs(gap) >= SMALL:
        yield Step(NOTHING, chance, at, two_digits(gap, "+"), theme.trunk.solid)
    for measure in _in_chart("step"):
        for name, share, tones in zip(
            head.inputs, measure.of(head), cycle(theme.branches), strict=False
        ):
            text = two_digits(share.value, "+")
            text += f" ± {share.error:.2f}" if share.error else ""
            yield Step(name, at, at + share.value, text, tones.solid)
            at += share.value
    yield Step(head.quality_name, 0.0, head.quality, two_digits(head.quality), theme.head.solid)


def beside_steps(head: HeadInspection, theme: Theme) -> Iterator[Step]:
    """Yield the bars beside the steps, drawn from 0: cooperation."""
    for measure in _parts(head):
        (value,), title = measure.values(head), measure.title.lower()
        text = two_digits(value, "+")
        yield Step(title, 0.0, value, text, theme.merge.solid, hatched=True)


def _parts(head: HeadInspection) -> list[type[InspectionMeasure]]:
    """Return the measures beside the steps; empty if the head reads one input only."""
    return _in_chart("part") if cooperates(head) else []


def _in_chart(role: str) -> list[type[InspectionMeasure]]:
    return [measure for _, measure in MEASURES.items() if measure.in_chart == role]


def cooperates(head: HeadInspection) -> bool:
    """Return `True` if the head reads several inputs."""
    return not head.coalitions or len(head.coalitions) > 2


def ceiling_lines(ceilings: Ceilings | None) -> list[LevelLine]:
    """Return lines for chance, each input alone, the additive model and the Bayes optimum."""
    if ceilings is None:
        return []
    return [
        LevelLine("chance", ceilings.chance.value),
        *(LevelLine(f"{name} alone", alone.value) for name, alone in ceilings.single.items()),
        LevelLine("additive model", ceilings.additive.value),
        LevelLine("Bayes optimum", ceilings.bayes.value),
    ]


def _bar(step: Step, theme: Theme) -> dict[str, Any]:
    style: dict[str, Any] = {"color": step.color}
    if step.hatched:
        lines = {"dashArrayX": [1, 0], "dashArrayY": [2, 5], "rotation": -math.pi / 4}
        decal = {"symbol": "rect", "color": step.color, **lines}
        style = {"color": f"{step.color}55", "borderColor": step.color, "decal": decal}
    return {
        "value": step.end - step.start,
        "name": step.name,
        "itemStyle": style,
        "label": {
            "show": True,
            "position": "top" if step.end >= step.start else "bottom",
            "formatter": step.text,
            "color": theme.ink,
            "fontSize": 13,
            "fontWeight": 600,
        },
    }


# UpSet plot: quality of a head if only some inputs are known


def drawn_coalitions(head: HeadInspection) -> list[CoalitionValue]:
    """Return the coalitions in the order of the chart: by size, then by value.

    If there are more than `MOST_BARS`, choose none and all, then each input alone, then all but
    one, then those that differ most from the sum of their inputs alone.
    """
    chosen = sorted(head.coalitions, key=partial(_rank, head))[:MOST_BARS]
    return sorted(chosen, key=lambda one: (len(one.inputs), one.value))


def explain_coalitions(head: HeadInspection) -> str:
    """Explain the chart of coalitions: the sets in it, their meaning, and its limits."""
    drawn, every = len(drawn_coalitions(head)), 1 << _reads(head)
    which = (
        "Each bar is a set of inputs that this model knows"
        if drawn == every
        else f"{drawn} of all {every:,} sets of known inputs: none, all, each alone, all but one, "
        "then those that differ most from the sum of their inputs alone"
    )
    return f"{which}. It does not say what a model trained on those inputs alone would reach."


def coalition_text(head: HeadInspection) -> str:
    """Describe the chart of coalitions in words."""
    bars = (f"{_title(one)} {two_digits(one.value)}" for one in drawn_coalitions(head))
    return f"{head.quality_name} if only some inputs are known: {', '.join(bars)}"


def chart_height(head: HeadInspection, usual: int) -> int:
    """Return the height of the chart of coalitions in pixels, larger for many rows of dots."""
    return usual + ROW * max(0, _reads(head) - LEAST_ROWS)


def _reads(head: HeadInspection) -> int:
    return max((len(one.inputs) for one in head.coalitions), default=0)


def _rank(head: HeadInspection, one: CoalitionValue) -> tuple[int, float]:
    """Return the sort key by which coalitions are chosen for the chart."""
    if not one.inputs or len(one.inputs) == _reads(head):
        return 0, 0.0
    if len(one.inputs) == 1:
        return 1, -one.value
    if len(one.inputs) == _reads(head) - 1:
        return 2, one.value
    alone = {other.inputs[0]: other.value for other in head.coalitions if len(other.inputs) == 1}
    added = sum(alone[name] - head.nothing for name in one.inputs)
    return 3, -abs(one.value - head.nothing - added)


def coalition_chart(head: HeadInspection, theme: Theme) -> Option:
    """Draw a bar for each coalition, and below it a dot for each of its inputs."""
    coalitions = drawn_coalitions(head)
    known = [name for name in head.inputs if any(name in c.inputs for c in coalitions)]
    hues = {
        name: tones.solid for name, tones in zip(head.inputs, cycle(theme.branches), strict=False)
    }
    dots, numbers = ROW * len(known), list(range(len(coalitions)))
    sides = {"left": LEFT, "right": 12}
    below = {"xAxisIndex": 1, "yAxisIndex": 1, "silent": True}
    links: list[list[Any]] = []
    for number, one in enumerate(coalitions):
        rows = [row for row, name in enumerate(known) if name in one.inputs]
        links += [*([number, row] for row in rows), ["-", "-"]]

    def color(one: CoalitionValue) -> str:
        if len(one.inputs) == 1:
            return hues[one.inputs[0]]
        return theme.merge.solid if one.inputs else theme.trunk.solid

    def dot(number: int, row: int, name: str) -> dict[str, Any]:
        """Return a dot, filled if the input is known."""
        filled = name in coalitions[number].inputs
        style = {"color": hues[name]} if filled else {"color": theme.quiet, "opacity": 0.22}
        return {"value": [number, row], "itemStyle": style}

    return {
        **charts.frame(f"{head.quality_name.capitalize()} if only some inputs are known", theme),
        "grid": [
            {**sides, "top": 62, "bottom": dots + BELOW + 8},
            {**sides, "height": dots, "bottom": BELOW},
        ],
        "tooltip": {"trigger": "item"},
        "xAxis": [
            {"show": False, "type": "category", "data": numbers, "gridIndex": index}
            for index in range(2)
        ],
        "yAxis": [
            {**quality_axis(one.value for one in coalitions), **charts.axis(theme)},
            name_axis(
                map(short_name, known), theme, gridIndex=1, inverse=True, axisLine={"show": False}
            ),
        ],
        "series": [
            {
                "id": "values",
                "type": "bar",
                "barCategoryGap": "30%",
                "data": [
                    {
                        "value": round(one.value, 4),
                        "name": _title(one),
                        "itemStyle": {"color": color(one)},
                        "label": {"formatter": two_digits(one.value)},
                    }
                    for one in coalitions
                ],
                "label": {"show": True, "position": "top", "color": theme.ink, "fontSize": 12},
            },
            {
                "id": "links",
                "type": "line",
                "data": links,
                "symbol": "none",
                "lineStyle": {"color": theme.quiet, "width": 2},
                **below,
            },
            *(
                {
                    "id": f"dots.{name}",
                    "type": "scatter",
                    "symbolSize": 12,
                    "data": [dot(number, row, name) for number in numbers],
                    **below,
                }
                for row, name in enumerate(known)
            ),
        ],
    }


def _title(one: CoalitionValue) -> str:
    return " + ".join(one.inputs) or NOTHING
