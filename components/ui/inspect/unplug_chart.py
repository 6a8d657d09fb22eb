"""How the quality of a head falls if inputs get noise or are removed: chart, texts and CSV."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import cycle, product
from typing import Any

from components.core.markup import to_csv
from components.core.text import join_names
from components.inspection.basis.results import HeadInspection, Unplug, UnpluggedHead
from components.inspection.unplug import REPLACED
from components.render.palette import Theme
from components.ui.inspect.chart_parts import class_name, quality_axis, short_name
from components.ui.kit import charts
from components.ui.kit.charts import LevelLine, Option

WHOLE, REMOVED = "as it is", "removed"
LIMIT = (
    "It does not say what a model that is trained on such inputs would reach: "
    "this one has never met them."
)
APART = 0.07
"""Height of a level's text as a share of the chart."""


def step_text(unplug: Unplug, step: int, ids: bool = False) -> str:
    """The name of an input's step: noise in standard deviations, or the share of replaced ids."""
    if step == 0:
        return WHOLE
    if step == len(unplug.levels):
        return REMOVED
    level = unplug.levels[step]
    return f"{REPLACED[level]:.0%} replaced" if ids else f"{level:g} sd"


def unplug_chart(
    unplug: Unplug, name: str, head: HeadInspection, steps: Sequence[int], theme: Theme
) -> Option:
    """An ECharts option: a line for each input over its steps, while the others stay at theirs.

    Diamonds mark where the inputs are.
    """
    of = unplug.heads[name]
    lines = [_along(unplug, of, steps, number) for number in range(len(steps))]
    levels = [
        LevelLine("chance", head.nothing),
        LevelLine(WHOLE, of.quality[0]),
        LevelLine("now", of.quality[unplug.combination(steps)]),
    ]
    values = [value for line in lines for value in line] + [level.value for level in levels]
    axis = quality_axis(values)
    apart = APART * (axis["max"] - axis["min"])
    return {
        **charts.frame(f"{head.quality_name.capitalize()} if one more input is changed", theme),
        "grid": {"left": 48, "right": 36, "top": 62, "bottom": 52},
        "legend": charts.legend(theme),
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3f"},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": [_axis_text(unplug, step) for step in range(unplug.steps)],
            **charts.x_axis("noise in standard deviations", theme),
        },
        "yAxis": {**axis, **charts.axis(theme)},
        "series": [
            *(
                _line(input, values, step, tones.solid, theme)
                for input, values, step, tones in zip(
                    head.inputs, lines, steps, cycle(theme.branches), strict=False
                )
            ),
            _at_the_end(charts.level_lines(levels, theme, apart=apart)),
        ],
    }


def explain_unplug(
    unplug: Unplug,
    name: str,
    head: HeadInspection,
    steps: Sequence[int],
    ids: Collection[str],
) -> str:
    """What the model reaches with these inputs. Names of inputs stand in backticks."""
    of, quality = unplug.heads[name], head.quality_name
    now = of.quality[unplug.combination(steps)]
    changed = [
        _change(unplug, input, step, input in ids)
        for input, step in zip(head.inputs, steps, strict=True)
        if step
    ]
    if not changed:
        return f"All inputs are as they are: {quality} {now:.2f}."
    return f"{join_names(changed)}: {quality} {now:.2f}, instead of {of.quality[0]:.2f}."


def _change(unplug: Unplug, name: str, step: int, ids: bool) -> str:
    noisy = step < len(unplug.levels) and not ids
    noise = f"with {step_text(unplug, step)} of noise" if noisy else step_text(unplug, step, ids)
    return f"`{name}` {noise}"


def prediction_text(
    of: UnpluggedHead, target: str, sample: int, combination: int, names: Sequence[str]
) -> str:
    """What is predicted for a sample, with the probability of a class, and whether it is wrong."""
    predicted = of.predicted[sample][combination]
    if target == "values":
        return f"{predicted:.2f}"
    wrong = ", wrong" if predicted != of.truth[sample] else ""
    return f"{class_name(int(predicted), names)} ({of.confidence[sample][combination]:.0%}){wrong}"


def unplug_csv(unplug: Unplug, name: str, head: HeadInspection, ids: Collection[str]) -> str:
    """The quality of all combinations, one a row."""
    inputs = head.inputs
    rows: list[tuple[object, ...]] = [(*inputs, head.quality_name)]
    every = product(range(unplug.steps), repeat=len(inputs))
    for steps, quality in zip(every, unplug.heads[name].quality, strict=True):
        texts = (step_text(unplug, s, n in ids) for s, n in zip(steps, inputs, strict=True))
        rows.append((*texts, quality))
    return to_csv(rows)


def _along(unplug: Unplug, of: UnpluggedHead, steps: Sequence[int], number: int) -> list[float]:
    """The quality at each step of an input, the others at theirs."""
    every = ([*steps[:number], step, *steps[number + 1 :]] for step in range(unplug.steps))
    return [of.quality[unplug.combination(one)] for one in every]


def _axis_text(unplug: Unplug, step: int) -> str:
    whole, last = step == 0, step == len(unplug.levels)
    return WHOLE if whole else REMOVED if last else f"{unplug.levels[step]:g}"


def _at_the_end(lines: dict[str, Any]) -> dict[str, Any]:
    """Level lines with their texts at the right, where the lines of inputs are low."""
    for mark in lines["markLine"]["data"]:
        mark["label"]["position"] = "insideEndTop"
    return lines


def _line(
    name: str, values: Sequence[float], step: int, color: str, theme: Theme
) -> dict[str, Any]:
    marked = {"symbol": "diamond", "symbolSize": 16}
    border = {"borderColor": theme.page, "borderWidth": 1}
    return {
        "id": f"unplugged.{name}",
        "name": short_name(name),
        "type": "line",
        "symbol": "circle",
        "symbolSize": 6,
        "lineStyle": {"color": color, "width": 2},
        "itemStyle": {"color": color},
        "data": [
            {"value": value, **marked, "itemStyle": {"color": color, **border}}
            if number == step
            else {"value": value}
            for number, value in enumerate(values)
        ],
    }
