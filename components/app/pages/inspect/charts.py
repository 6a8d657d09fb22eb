"""ECharts options for the charts of an inspection: without animation, each with a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

from components.app.parts.charts import curves
from components.app.parts.data.sample_view import class_name, prediction_text
from components.base.text import humanize
from components.experiments.inspection.basis.results import (
    HeadInspection,
    Readout,
    SampleShares,
    Unplug,
)
from components.experiments.inspection.head_charts import name_axis, quality_axis, short_name
from components.experiments.inspection.missing_rates import RATES
from components.experiments.races.statistics import Interval
from components.models.drawing import charts
from components.models.drawing.charts import BandedLine, LevelLine, Option, banded
from components.models.drawing.palette import Theme

SHOWN = 10
"""Worst samples in the chart, one per row."""
MOST_CLASSES = 10
"""Maximum number of classes in a readout's chart; with more, it shows the mean of all samples."""
TITLES = {"gate": "gate", "attention": "attention", "weights": "learned weights"}
WHOLE, REMOVED = "as it is", "removed"
BY_ROW = {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.3f"}
"""Tooltip with all values of a row."""


def _bars(id: str, name: str, values: Iterable[Any], color: str, **more: Any) -> dict[str, Any]:
    style = {"itemStyle": {"color": color}}
    return {"id": id, "name": name, "type": "bar", "data": list(values), **style, **more}


def _diamonds(id: str, name: str, values: Iterable[float], theme: Theme, size: int) -> Option:
    return {
        "id": id,
        "name": name,
        "type": "scatter",
        "symbol": "diamond",
        "symbolSize": size,
        "data": list(values),
        "itemStyle": {"color": theme.ink, "borderColor": theme.page, "borderWidth": 1},
    }


def _legend(theme: Theme) -> dict[str, Any]:
    return {**charts.legend(theme), "icon": "rect", "itemWidth": 16, "itemHeight": 8}


# Single samples


def sample_chart(head: HeadInspection, names: Sequence[str], theme: Theme) -> Option:
    """Return the stacked pushes of each sample, from 0 and the score without any input.

    A diamond marks their sum. `names` are the class names, if there are any.
    """
    samples = head.samples[:SHOWN]
    stack = {"stack": "pushes", "barCategoryGap": "34%"}
    pushes = zip(head.inputs, cycle(theme.branches), strict=False)
    lines = charts.axis(theme)["splitLine"]
    return {
        **charts.frame("What pushed the worst predictions", theme),
        "grid": {"left": 150, "right": 24, "top": 62, "bottom": 48},
        "legend": _legend(theme),
        "tooltip": BY_ROW,
        "xAxis": {"type": "value", **charts.x_axis(axis_name(head), theme), "splitLine": lines},
        "yAxis": name_axis(
            (sample_title(head, one, names, "\n") for one in samples), theme, inverse=True
        ),
        "series": [
            _bars("base", "no input", [one.base for one in samples], theme.trunk.solid, **stack),
            *(
                _bars(
                    f"push.{number}",
                    short_name(name),
                    [one.pushes[number] for one in samples],
                    tones.solid,
                    **stack,
                )
                for number, (name, tones) in enumerate(pushes)
            ),
            _diamonds("sum", "sum", [one.score for one in samples], theme, 12),
        ],
    }


def sample_title(
    head: HeadInspection, sample: SampleShares, names: Sequence[str], between: str = ", "
) -> str:
    """Return a sample's row number with its true and predicted label or value around `between`."""
    predicted = f"predicted {predicted_text(head, sample, names)}"
    if head.target == "values":
        truth = f"true {sample.truth:.2f}"
    elif sample.truth == sample.predicted:
        truth = "right"
    else:
        truth = f"true {class_name(int(sample.truth), names)}"
    return f"row {sample.row + 1}: {truth}{between}{predicted}"


def predicted_text(head: HeadInspection, sample: SampleShares, names: Sequence[str]) -> str:
    """Return the predicted label or value, with the probability of a class."""
    return prediction_text(head.target, sample.predicted, sample.confidence, names)


def axis_name(head: HeadInspection) -> str:
    """Return the name of the quantity that inputs push."""
    if head.target == "values":
        return "value"
    return "logit of class 1" if head.target == "binary" else "logit of the predicted class"


# Gates, attention and learned weights


def readout_title(readout: Readout) -> str:
    """Return the part of the model, the kind of the readout and its layer."""
    layer = readout.layer.removeprefix(f"{readout.part}_")
    return humanize(f"{readout.part}: {TITLES[readout.kind]} ({layer})")


def readout_chart(
    readout: Readout, head: str, names: Sequence[str], sample: int | None, theme: Theme
) -> Option:
    """Return the means by true class of a head, and a sample's values as diamonds.

    `sample` is the index of a sample in the inspection; `None` draws no sample.
    """
    sizes, by_class = {"barMaxWidth": 60, "barCategoryGap": "30%"}, readout.by_class.get(head, {})
    if not by_class or len(by_class) > MOST_CLASSES:
        series: list[Option] = [
            _bars("mean", "mean of all samples", readout.mean, theme.trunk.solid, **sizes)
        ]
    else:
        series = [
            _bars(
                f"class.{label}",
                f"mean of class {class_name(label, names)}",
                means,
                charts.line_color(number, theme),
                **sizes,
            )
            for number, (label, means) in enumerate(sorted(by_class.items()))
        ]
    if sample is not None and readout.samples:
        series.append(_diamonds("sample", "the sample", readout.samples[sample], theme, 14))
    return {
        **charts.frame(readout_title(readout), theme),
        "grid": {"left": 48, "right": 16, "top": 62, "bottom": 32},
        "legend": _legend(theme),
        "tooltip": BY_ROW,
        "xAxis": {
            "type": "category",
            "data": [humanize(column) for column in readout.columns],
            **charts.axis(theme, lines=False),
            "axisTick": {"show": False},
        },
        "yAxis": {"type": "value", **charts.axis(theme)},
        "series": series,
    }


# Noisy or removed inputs


def unplug_chart(
    unplug: Unplug, name: str, head: HeadInspection, steps: Sequence[int], theme: Theme
) -> Option:
    """Return one line per input over its steps, with the other inputs at their current steps.

    Diamonds mark the current steps.
    """
    unplugged = unplug.heads[name]

    def along(number: int) -> list[float]:
        """Return the quality at each step of one input, with the others at their current steps."""
        every = ([*steps[:number], step, *steps[number + 1 :]] for step in range(unplug.steps))
        return [unplugged.quality[unplug.combination(one)] for one in every]

    lines = [along(number) for number in range(len(steps))]
    levels = [
        LevelLine("chance", head.nothing),
        LevelLine(WHOLE, unplugged.quality[0]),
        LevelLine("now", unplugged.quality[unplug.combination(steps)]),
    ]
    axis = quality_axis([*(v for line in lines for v in line), *(one.value for one in levels)])
    marks = charts.level_lines(levels, theme, apart=0.07 * (axis["max"] - axis["min"]))
    drawn = [
        _line(input, values, step, tones.solid, theme)
        for input, values, step, tones in zip(
            head.inputs, lines, steps, cycle(theme.branches), strict=False
        )
    ]
    across = (
        "noise in standard deviations",
        [WHOLE, *(f"{level:g}" for level in unplug.levels[1:]), REMOVED],
    )
    return _quality_lines("one more input is changed", head, across, axis, [*drawn, marks], theme)


def missing_chart(
    lines: Mapping[str, Sequence[Interval]], head: HeadInspection, theme: Theme
) -> Option:
    """Return one line per training rate of missing inputs, over the rates in use.

    `lines` has the text of each training rate. A line that is the mean of several runs has a band
    for its interval, cut at the ends of the axis.
    """
    tones = dict(zip(lines, cycle(tone.solid for tone in theme.branches), strict=False))
    banded_lines = [
        BandedLine(
            name,
            f"{name} in training",
            [one.mean for one in at],
            [one.low for one in at],
            [one.high for one in at],
        )
        for name, at in lines.items()
    ]
    axis = quality_axis(one.mean for at in lines.values() for one in at)
    drawn = [part for line in banded_lines for part in banded(line, tones, 1.0, True)]
    across = ("rate in use", [f"{rate:.0%}" for rate in RATES])
    return _quality_lines("inputs are missing in use", head, across, axis, drawn, theme)


def _quality_lines(
    change: str,
    head: HeadInspection,
    across: tuple[str, Sequence[str]],
    axis: Mapping[str, Any],
    series: Sequence[Option],
    theme: Theme,
) -> Option:
    """Return a line chart of a head's quality after a `change` to the model's inputs.

    `across` is the name of the horizontal axis and its columns, `axis` the vertical axis.
    """
    name, columns = across
    return {
        **charts.frame(f"{head.quality_name.capitalize()} if {change}", theme),
        "grid": {"left": 48, "right": 36, "top": 62, "bottom": 52},
        "legend": charts.legend(theme),
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3f"},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": columns,
            **charts.x_axis(name, theme),
        },
        "yAxis": {**axis, **charts.axis(theme)},
        "series": series,
    }


def _line(name: str, values: Sequence[float], at: int, color: str, theme: Theme) -> dict[str, Any]:
    data: list[dict[str, Any]] = [{"value": value} for value in values]
    border = {"borderColor": theme.page, "borderWidth": 1}
    data[at] |= {"symbol": "diamond", "symbolSize": 16, "itemStyle": {"color": color, **border}}
    line = curves.line(f"unplugged.{name}", short_name(name), data, color, 2)
    return {**line, "symbol": "circle", "showSymbol": True}
