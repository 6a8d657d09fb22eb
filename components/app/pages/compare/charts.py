"""The curves, the robustness and the costs of a race as ECharts options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from components.app.parts.charts import curves
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.results import CeilingMark, DatasetResult, StrategyResult
from components.experiments.races.robustness import TITLES, Factor
from components.models.drawing import charts
from components.models.drawing.charts import BandedLine, Option, banded, frame, x_axis, y_axis
from components.models.drawing.palette import Theme

Axis = Literal["parameters", "FLOPs", "ms a step"]
AXES: tuple[Axis, ...] = ("parameters", "FLOPs", "ms a step")
DRAWN = 8
"""Number of lines shown at first; the legend switches the rest on."""
TICKS, LEAST_STEP = 5, 0.01
"""Largest number of steps of a vertical axis, and smallest size of a step."""
LabelPlace = Literal["right", "left", "top", "bottom"]
PLOT, LETTERS, BESIDE, MARGIN = 235.0, 14.0, 0.2, 0.05
"""Sizes for the placement of labels.

Height of the plot and of a line of text in pixels; as shares of the width, the longest label and
the distance that labels may extend beyond the points.
"""


def over_epochs(result: RaceResult, on_dataset: DatasetResult, theme: Theme) -> Option:
    """Draw the means over seeds by epoch, with their 95 % intervals as bands."""
    rows = [row for row in on_dataset.rows if row.curve.epochs]
    key = rows[0].curve.key if rows else result.measure.name
    epochs = max((row.curve.epochs for row in rows), key=len, default=())
    of_measure = bool(rows) and result.measure.name in key
    return _lines_chart(
        [_curve(row, epochs) for row in rows],
        epochs,
        "epoch",
        curves.title(key.removeprefix("val_")),
        _colors(result, theme),
        theme,
        percent=100.0 if result.measure.share and of_measure else 1.0,
        marks=on_dataset.marks if of_measure else (),
    )


def along(result: RaceResult, factor: Factor, xs: Sequence[float], theme: Theme) -> Option:
    """Draw the means of each strategy over a setting of the data with the values `xs`.

    The race is one made by `robust`.
    """
    lines = []
    for entry in result.setup.entries:
        rows = [on_dataset.row(entry.text) for on_dataset in result.tables]
        if any(row.mean is not None for row in rows):
            means = [row.mean for row in rows]
            lows = [row.mean if row.low is None else row.low for row in rows]
            highs = [row.mean if row.high is None else row.high for row in rows]
            lines.append(BandedLine(entry.text, entry.title, means, lows, highs))
    name = TITLES[factor].lower()
    return _lines_chart(
        lines,
        [f"{x:g}" for x in xs],
        name,
        f"{result.measure.title} along: {name}",
        _colors(result, theme),
        theme,
        percent=100.0 if result.measure.share else 1.0,
        symbols=True,
    )


def against(on_dataset: DatasetResult, result: RaceResult, axis: Axis, theme: Theme) -> Option:
    """Draw the means with their intervals against the cost of the strategies."""
    rows = [row for row in on_dataset.rows if row.mean is not None and _cost(row, axis)]
    colors, percent = _colors(result, theme), 100.0 if result.measure.share else 1.0
    means = [row.mean for row in rows if row.mean is not None]
    spans = [end for row in rows for end in (row.low, row.high) if end is not None]
    reach, costs = (
        axis_ends(means, spans, on_dataset.marks, percent),
        [_cost(row, axis) for row in rows],
    )
    along = _axis_positions(costs)
    sides = label_places(along, [percent * mean for mean in means], reach)
    series: list[dict[str, Any]] = []
    for row, x, side in zip(rows, costs, sides, strict=True):
        tint = colors[row.entry]
        if row.low is not None and row.high is not None:
            series.append(
                {
                    "id": f"{row.entry}.span",
                    "name": row.title,
                    "type": "line",
                    "data": [[x, percent * row.low], [x, percent * row.high]],
                    "symbol": "none",
                    "silent": True,
                    "tooltip": {"show": False},
                    "lineStyle": {"color": tint, "width": 2, "opacity": 0.6},
                }
            )
        series.append(
            {
                "id": row.entry,
                "name": row.title,
                "type": "scatter",
                "data": [[x, percent * (row.mean or 0.0)]],
                "symbolSize": 13,
                "itemStyle": {"color": tint, "borderColor": theme.page, "borderWidth": 1.5},
                "label": {
                    "show": side is not None,
                    "formatter": "{a}",
                    "position": side or "top",
                    "color": theme.ink,
                    "fontSize": 12,
                },
                "emphasis": {"label": {"show": True}},
            }
        )
    option = {
        **frame(f"{result.measure.title} against {axis}", theme),
        "tooltip": {"trigger": "item"},
        "xAxis": {**_cost_axis(costs), **x_axis(axis, theme)},
        "yAxis": y_axis(reach, theme),
        "series": series,
    }
    return _with_ceilings(option, on_dataset.marks, theme, reach, percent, over=False)


def axis_ends(
    means: Sequence[float], spans: Sequence[float], marks: Sequence[CeilingMark], percent: float
) -> dict[str, float]:
    """Return the ends and the step of an axis that shows all means and ceilings.

    Wide intervals may extend beyond the axis.
    """
    values = [*means, *(mark.value for mark in marks)]
    if not values:
        return {}
    low, high = min(values), max(values)
    if marks:
        low = max(low, min(mark.value for mark in marks) - 0.5)
    room = max(0.02, (high - low) / 3)
    low = min(low, max(low - room, min(spans, default=low)))
    high = max(high, min(high + room, max(spans, default=high)))
    step = charts.round_step(max(high - low, TICKS * LEAST_STEP), TICKS)
    ends = charts.round_ends(low, high, step, percent)
    return {**ends, "max": min(ends["max"], percent)} if max(values) <= 1 else ends


def _colors(result: RaceResult, theme: Theme) -> dict[str, str]:
    """Return the colour of each entry, the same in every chart of its race."""
    entries = enumerate(result.setup.entries)
    return {entry.text: charts.line_color(number, theme) for number, entry in entries}


def _curve(row: StrategyResult, epochs: Sequence[int]) -> BandedLine:
    curve, at = row.curve, {epoch: index for index, epoch in enumerate(row.curve.epochs)}
    means, lows, highs = (
        [values[at[epoch]] if epoch in at else None for epoch in epochs]
        for values in (curve.mean, curve.low, curve.high)
    )
    return BandedLine(row.entry, row.title, means, lows, highs)


def _lines_chart(
    lines: Sequence[BandedLine],
    xs: Sequence[object],
    x_name: str,
    title: str,
    colors: Mapping[str, str],
    theme: Theme,
    *,
    percent: float,
    marks: Sequence[CeilingMark] = (),
    symbols: bool = False,
) -> Option:
    """Draw lines with bands over an axis of equal steps. The legend hides all but the first few."""
    series = [part for line in lines for part in banded(line, colors, percent, symbols)]
    means = [value for line in lines for value in line.means if value is not None]
    spans = [end for line in lines for end in (*line.lows, *line.highs) if end is not None]
    reach = axis_ends(means, spans, marks, percent)
    titles = [line.title for line in lines]
    option: Option = {
        "legend": {
            **charts.legend(theme),
            "right": 90,
            "data": titles,
            "selected": {title: number < DRAWN for number, title in enumerate(titles)},
        },
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f" if percent > 1 else "%.3f"},
        "xAxis": {
            "type": "category",
            "data": list(xs),
            "boundaryGap": False,
            **x_axis(x_name, theme),
        },
        **frame(title, theme),
        "yAxis": y_axis(reach, theme),
        "series": series,
    }
    return _with_ceilings(option, marks, theme, reach, percent)


def _with_ceilings(
    option: Option,
    marks: Sequence[CeilingMark],
    theme: Theme,
    reach: Mapping[str, float],
    percent: float,
    over: bool = True,
) -> Option:
    """Add the ceilings to a chart, with their names beside it, clear of its contents."""
    if not marks:
        return option
    levels = [charts.LevelLine(mark.title, mark.value) for mark in marks]
    span = (reach["max"] - reach["min"]) / percent
    return charts.with_levels(option, levels, theme, span, percent, over=over)


def _cost(row: StrategyResult, axis: Axis) -> float:
    return float({"parameters": row.parameters, "FLOPs": row.flops}.get(axis, row.step_ms or 0.0))


def _cost_axis(costs: Sequence[float]) -> dict[str, Any]:
    """Return the axis of costs with its ends. It is logarithmic if they differ by large factors."""
    if not costs or max(costs) < 8 * min(costs):
        return {"type": "value", "scale": True}
    low, high = (float(f"{end:.0e}") for end in (min(costs) / 1.5, max(costs) * 1.5))
    return {"type": "log", "min": low, "max": high}


def _axis_positions(costs: Sequence[float]) -> list[float]:
    """Return the positions of points along the drawn axis, 0 to 1."""
    if _cost_axis(costs)["type"] == "log":
        costs = [math.log(cost) for cost in costs]
    low, high = min(costs, default=0.0), max(costs, default=0.0)
    return [(cost - low) / (high - low or 1.0) for cost in costs]


def label_places(
    along: Sequence[float], values: Sequence[float], reach: Mapping[str, float]
) -> list[LabelPlace | None]:
    """Return the position of each point's label: beside it, above or below it.

    `None` if other points or labels take all positions. The highest points choose first.
    """
    span = reach.get("max", 1.0) - reach.get("min", 0.0) or 1.0
    points = [(x, -value / span * PLOT) for x, value in zip(along, values, strict=True)]
    taken: list[tuple[float, float]] = []
    sides: list[LabelPlace | None] = [None] * len(points)

    def is_free(x: float, y: float, own: int) -> bool:
        others = (one for number, one in enumerate(points) if number != own)
        return (
            -MARGIN <= x <= 1 + MARGIN - BESIDE
            and not any(abs(x - a) < BESIDE and abs(y - b) < LETTERS for a, b in taken)
            and not any(x <= a <= x + BESIDE and abs(y - b) < LETTERS for a, b in others)
        )

    for number in sorted(range(len(points)), key=lambda number: -values[number]):
        x, y = points[number]
        spots: dict[LabelPlace, tuple[float, float]] = {
            "right": (x, y),
            "left": (x - BESIDE, y),
            "top": (x - BESIDE / 2, y - LETTERS),
            "bottom": (x - BESIDE / 2, y + LETTERS),
        }
        free = (side for side, spot in spots.items() if is_free(*spot, number))
        side = sides[number] = next(free, None)
        if side:
            taken.append(spots[side])
    return sides
