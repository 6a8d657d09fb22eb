"""The curves and the robustness of a race as ECharts options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from components.race.measures import Measure
from components.race.result import DatasetResult, StrategyResult
from components.race.robustness import TITLES, Factor, RobustnessLine
from components.render.palette import Theme
from components.ui.compare.chart_parts import (
    banded,
    ends,
    legend,
    levels,
)
from components.ui.kit import curves
from components.ui.kit.charts import Option, frame, x_axis, y_axis


def over_epochs(
    table: DatasetResult, entries: Sequence[str], measure: Measure, theme: Theme
) -> Option:
    """Means over seeds by epoch, with their 95 % intervals as bands."""
    rows = [row for row in table.rows if row.curve.epochs]
    longest = max((row.curve.epochs for row in rows), key=len, default=())
    percent = _percent(rows, measure)
    series = [part for row in rows for part in _curve(row, longest, entries, percent, theme)]
    marks = table.marks if rows and measure.name in rows[0].curve.key else ()
    if marks:
        series.append(levels(marks, percent, theme))
    key = rows[0].curve.key if rows else measure.name
    means = [v for row in rows for v in row.curve.mean]
    spans = [v for row in rows for v in (*row.curve.low, *row.curve.high)]
    return {
        **_over(longest, "epoch", [row.title for row in rows], percent > 1, theme),
        **frame(curves.title(key.removeprefix("val_")), theme),
        "yAxis": y_axis(ends(means, spans, marks, percent), theme),
        "series": series,
    }


def along(
    lines: Sequence[RobustnessLine], factor: Factor, measure: Measure, theme: Theme
) -> Option:
    """Each strategy along a setting of the data, with its 95 % interval as a band."""
    percent = 100.0 if measure.share else 1.0
    entries = [line.entry for line in lines]
    xs = [f"{point.x:g}" for point in lines[0].points] if lines else []
    series: list[dict[str, Any]] = []
    for line in lines:
        known = [point for point in line.points if point.mean is not None]
        if not known:
            continue
        means, lows, highs = (
            [None if v is None else percent * v for v in values]
            for values in (
                [p.mean for p in line.points],
                [p.mean if p.low is None else p.low for p in line.points],
                [p.mean if p.high is None else p.high for p in line.points],
            )
        )
        series += banded(line.entry, line.title, means, lows, highs, entries, theme, symbols=True)
    points = [point for line in lines for point in line.points]
    values = [point.mean for point in points if point.mean is not None]
    spans = [end for point in points for end in (point.low, point.high) if end is not None]
    name = TITLES[factor].lower()
    return {
        **_over(xs, name, [line.title for line in lines], measure.share, theme),
        **frame(f"{measure.title} along: {name}", theme),
        "yAxis": y_axis(ends(values, spans, (), percent), theme),
        "series": series,
    }


def _over(
    xs: Sequence[object], name: str, titles: Sequence[str], short: bool, theme: Theme
) -> dict[str, Any]:
    """Lines over an axis of equal steps, with legend and tooltip, whose values may be `short`."""
    return {
        "legend": legend(titles, theme),
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f" if short else "%.3f"},
        "xAxis": {
            "type": "category",
            "data": list(xs),
            "boundaryGap": False,
            **x_axis(name, theme),
        },
    }


def _curve(
    row: StrategyResult, epochs: Sequence[int], entries: Sequence[str], percent: float, theme: Theme
) -> Iterator[dict[str, Any]]:
    at = {epoch: index for index, epoch in enumerate(row.curve.epochs)}

    def values(series: Sequence[float]) -> list[float | None]:
        return [percent * series[at[epoch]] if epoch in at else None for epoch in epochs]

    means, lows, highs = map(values, (row.curve.mean, row.curve.low, row.curve.high))
    yield from banded(row.entry, row.title, means, lows, highs, entries, theme)


def _percent(rows: Sequence[StrategyResult], measure: Measure) -> float:
    logged = bool(rows) and measure.name in rows[0].curve.key
    return 100.0 if measure.share and logged else 1.0
