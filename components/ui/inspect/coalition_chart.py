"""What a head reaches if only some inputs are known, as an ECharts option: an UpSet plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from components.inspection.explanation import quality_name
from components.inspection.results import CoalitionValue, HeadInspection
from components.render.palette import Theme
from components.ui.inspect.chart_parts import quality_axis, short_name, two_digits
from components.ui.kit import charts
from components.ui.kit.charts import Option

MOST_INPUTS = 4
"""Inputs whose coalitions are drawn: 16 bars."""
ROW, BELOW, LEFT = 22, 14, 104
"""Pixels of a row of dots, below them, and for the names beside them."""


def drawn_coalitions(head: HeadInspection) -> list[CoalitionValue]:
    """The coalitions in the order of the chart: by size, then by value; none if there are many."""
    if len(head.coalitions) > 1 << MOST_INPUTS:
        return []
    return sorted(head.coalitions, key=lambda one: (len(one.inputs), one.value))


def coalition_chart(head: HeadInspection, theme: Theme) -> Option:
    """An ECharts option: a bar for each coalition, and dots below that say which inputs it has."""
    coalitions = drawn_coalitions(head)
    known = [share.name for share in head.inputs if any(share.name in c.inputs for c in coalitions)]
    colors = cycle(tones.solid for tones in theme.branches)
    hues = dict(zip((share.name for share in head.inputs), colors, strict=False))
    dots = ROW * len(known)
    axis = quality_axis(one.value for one in coalitions)
    numbers = list(range(len(coalitions)))
    bottom = {"left": LEFT, "right": 12, "height": dots, "bottom": BELOW}
    hidden = {"show": False, "type": "category", "data": numbers}
    return {
        **charts.frame(f"{quality_name(head).capitalize()} if only some inputs are known", theme),
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
                "name": " + ".join(one.inputs) or "no input",
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
