"""What a head reaches if only some inputs are known, as an ECharts option: an UpSet plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import Any

from components.inspection.basis.results import CoalitionValue, HeadInspection
from components.render.palette import Theme
from components.ui.inspect.chart_parts import quality_axis, short_name, two_digits
from components.ui.kit import charts
from components.ui.kit.charts import Option

MOST_BARS = 16
"""Sets that are drawn: all of four inputs."""
LEAST_ROWS = 4
"""Rows of dots that a chart of the usual height has room for."""
ROW, BELOW, LEFT = 22, 14, 104
"""Pixels of a row of dots, below them, and for the names beside them."""


def drawn_coalitions(head: HeadInspection) -> list[CoalitionValue]:
    """The coalitions in the order of the chart: by size, then by value.

    Of more than `MOST_BARS`, those of no and all inputs come first, then each alone, then all but
    one, then those whose inputs together differ most from the sum of each alone.
    """
    chosen = sorted(head.coalitions, key=partial(_rank, head))[:MOST_BARS]
    return sorted(chosen, key=lambda one: (len(one.inputs), one.value))


def explain_coalitions(head: HeadInspection) -> str:
    """Which sets are drawn, what they say, and what they do not say."""
    drawn, every = len(drawn_coalitions(head)), 1 << _reads(head)
    which = (
        "Each bar is a set of inputs that this model knows"
        if drawn == every
        else f"{drawn} of all {every:,} sets of known inputs: none, all, each alone, all but one, "
        "then those that differ most from the sum of their inputs alone"
    )
    return f"{which}. It does not say what a model trained on those inputs alone would reach."


def coalition_text(head: HeadInspection) -> str:
    """The chart in words."""
    bars = (f"{_title(one)} {two_digits(one.value)}" for one in drawn_coalitions(head))
    return f"{head.quality_name} if only some inputs are known: {', '.join(bars)}"


def chart_height(head: HeadInspection, usual: int) -> int:
    """Pixels of the chart: more than usual for many rows of dots."""
    return usual + ROW * max(0, _reads(head) - LEAST_ROWS)


def _reads(head: HeadInspection) -> int:
    """How many inputs the head reads."""
    return max((len(one.inputs) for one in head.coalitions), default=0)


def _rank(head: HeadInspection, one: CoalitionValue) -> tuple[int, float]:
    """Small for what is drawn first."""
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
    """An ECharts option: a bar for each coalition, and dots below that say which inputs it has."""
    coalitions = drawn_coalitions(head)
    known = [name for name in head.inputs if any(name in c.inputs for c in coalitions)]
    colors = cycle(tones.solid for tones in theme.branches)
    hues = dict(zip(head.inputs, colors, strict=False))
    dots = ROW * len(known)
    axis = quality_axis(one.value for one in coalitions)
    numbers = list(range(len(coalitions)))
    bottom = {"left": LEFT, "right": 12, "height": dots, "bottom": BELOW}
    hidden = {"show": False, "type": "category", "data": numbers}
    return {
        **charts.frame(f"{head.quality_name.capitalize()} if only some inputs are known", theme),
        "grid": [{"left": LEFT, "right": 12, "top": 62, "bottom": dots + BELOW + 8}, bottom],
        "tooltip": {"trigger": "item"},
        "xAxis": [{**hidden, "gridIndex": 0}, {**hidden, "gridIndex": 1}],
        "yAxis": [
            {**axis, **charts.axis(theme)},
            {
                "type": "category",
                "gridIndex": 1,
                "inverse": True,
                "data": [short_name(name) for name in known],
                "axisLine": {"show": False},
                "axisTick": {"show": False},
                "axisLabel": {"color": theme.ink, "fontSize": 12},
            },
        ],
        "series": [
            _bars(coalitions, hues, theme),
            _links(coalitions, known, theme),
            *(_dots(coalitions, row, name, hues[name], theme) for row, name in enumerate(known)),
        ],
    }


def _bars(
    coalitions: Sequence[CoalitionValue], hues: Mapping[str, str], theme: Theme
) -> dict[str, Any]:
    def color(one: CoalitionValue) -> str:
        if len(one.inputs) == 1:
            return hues[one.inputs[0]]
        return theme.merge.solid if one.inputs else theme.trunk.solid

    return {
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
        "label": {
            "show": True,
            "position": "top",
            "color": theme.ink,
            "fontSize": 12,
        },
    }


def _title(one: CoalitionValue) -> str:
    return " + ".join(one.inputs) or "no input"


def _links(
    coalitions: Sequence[CoalitionValue], known: Sequence[str], theme: Theme
) -> dict[str, Any]:
    """Lines from the first to the last dot of each coalition, broken between them."""
    data: list[list[Any]] = []
    for number, one in enumerate(coalitions):
        rows = [row for row, name in enumerate(known) if name in one.inputs]
        data += [*([number, row] for row in rows), ["-", "-"]]
    return {
        "id": "links",
        "type": "line",
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "data": data,
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": theme.quiet, "width": 2},
    }


def _dots(
    coalitions: Sequence[CoalitionValue], row: int, name: str, color: str, theme: Theme
) -> dict[str, Any]:
    """A row of dots: filled where the input is known."""
    return {
        "id": f"dots.{name}",
        "type": "scatter",
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "symbolSize": 12,
        "silent": True,
        "data": [
            {
                "value": [number, row],
                "itemStyle": {"color": color}
                if name in one.inputs
                else {"color": theme.quiet, "opacity": 0.22},
            }
            for number, one in enumerate(coalitions)
        ],
    }
