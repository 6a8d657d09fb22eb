"""What is lost without each input, with its 95 % interval and each seed, as an ECharts option."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from components.inspection.basis.results import HeadRefit, InputRefit
from components.inspection.refit_text import loss_text
from components.render.palette import Theme, Tones
from components.ui.inspect.chart_parts import short_name
from components.ui.kit import charts
from components.ui.kit.charts import Option

ROW, AROUND = 44, 120
"""Pixels of an input's row, and above and below all rows."""
LEFT = 128


def refit_chart(head: HeadRefit, title: str, quality: str, theme: Theme) -> Option:
    """A row for each input: a bar for the interval, small dots for seeds, a large one for the mean.

    A line marks 0: nothing is lost there.
    """
    zero = {"color": theme.quiet, "type": "dashed", "width": 1.2}
    return {
        **charts.frame(title, theme),
        "grid": {"left": LEFT, "right": 28, "top": 46, "bottom": 52},
        "tooltip": {"trigger": "item", "valueFormatter": "%.3f"},
        "xAxis": {"type": "value", **charts.x_axis(f"{quality} lost", theme)},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [short_name(one.name) for one in head.inputs],
            "axisTick": {"show": False},
            "axisLabel": {"color": theme.ink, "fontSize": 12},
        },
        "series": [
            *_rows(head.inputs, theme),
            {
                "id": "zero",
                "type": "line",
                "data": [],
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "label": {"show": False},
                    "data": [{"xAxis": 0, "lineStyle": zero}],
                },
            },
        ],
    }


def chart_height(head: HeadRefit) -> int:
    """The height of the chart, in pixels."""
    return AROUND + ROW * len(head.inputs)


def refit_text(head: HeadRefit, quality: str) -> str:
    """The chart in words."""
    parts = [f"{one.name} {loss_text(one)}" for one in head.inputs if one.loss is not None]
    return f"{quality} lost if trained without an input: {', '.join(parts)}"


def _rows(inputs: Sequence[InputRefit], theme: Theme) -> Iterator[dict[str, Any]]:
    for row, (one, tones) in enumerate(zip(inputs, cycle(theme.branches), strict=False)):
        if one.loss is not None:
            yield from _row(row, one, one.loss, tones, theme)


def _row(
    row: int, one: InputRefit, loss: float, tones: Tones, theme: Theme
) -> Iterator[dict[str, Any]]:
    if one.low is not None and one.high is not None:
        yield {
            "id": f"interval.{row}",
            "name": f"{one.name}: 95 % interval",
            "type": "line",
            "symbol": "none",
            "silent": True,
            "data": [[one.low, row], [one.high, row]],
            "lineStyle": {"color": tones.solid, "width": 10, "opacity": 0.5, "cap": "round"},
        }
    yield {
        "id": f"seeds.{row}",
        "name": f"{one.name}: a seed",
        "type": "scatter",
        "symbolSize": 5,
        "data": [[value, row] for value in one.losses.values()],
        "itemStyle": {"color": theme.ink, "opacity": 0.6},
    }
    yield {
        "id": f"mean.{row}",
        "name": f"{one.name}: mean",
        "type": "scatter",
        "symbolSize": 13,
        "data": [[loss, row]],
        "itemStyle": {"color": tones.solid, "borderColor": theme.ink, "borderWidth": 1},
    }
