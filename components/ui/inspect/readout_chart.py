"""What gates, attention and learned weights do, as ECharts options: by class, and for a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from components.inspection.results import Inspection, Readout
from components.render.palette import Theme
from components.ui.inspect.chart_parts import class_name
from components.ui.kit import charts, forms
from components.ui.kit.charts import Option

MOST_CLASSES = 10
"""Classes that are drawn; of more, the mean over all samples."""
TITLES = {"gate": "gate", "attention": "attention", "weights": "learned weights"}
LIMIT = (
    "They show where this model sends its numbers. They do not show influence: an input with a "
    "large weight can be ignored by the layers after it."
)


def readout_title(readout: Readout) -> str:
    """Its part, and what it is."""
    layer = readout.layer.removeprefix(f"{readout.part}_")
    return forms.humanize(f"{readout.part}: {TITLES[readout.kind]} ({layer})")


def readout_chart(
    readout: Readout, head: str, names: Sequence[str], sample: int | None, theme: Theme
) -> Option:
    """An ECharts option: the means by true class of a head, and a sample's values as diamonds.

    `sample` is the number of a sample in the inspection; `None` draws none.
    """
    series = list(_means(readout, head, names, theme))
    if sample is not None and readout.samples:
        series.append(
            {
                "id": "sample",
                "name": "the sample",
                "type": "scatter",
                "symbol": "diamond",
                "symbolSize": 14,
                "data": list(readout.samples[sample]),
                "itemStyle": {"color": theme.ink, "borderColor": theme.page, "borderWidth": 1},
            }
        )
    return {
        **charts.frame(readout_title(readout), theme),
        "grid": {"left": 48, "right": 16, "top": 62, "bottom": 32},
        "legend": {**charts.legend(theme), "icon": "rect", "itemWidth": 16, "itemHeight": 8},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.3f"},
        "xAxis": {
            "type": "category",
            "data": [forms.humanize(column) for column in readout.columns],
            **charts.axis(theme, lines=False),
            "axisTick": {"show": False},
        },
        "yAxis": {"type": "value", **charts.axis(theme)},
        "series": series,
    }


def sample_number(inspection: Inspection, row: int) -> int | None:
    """The number of the sample with this row of the dataset."""
    rows = inspection.sample_rows
    return rows.index(row) if row in rows else None


def _means(
    readout: Readout, head: str, names: Sequence[str], theme: Theme
) -> Iterator[dict[str, Any]]:
    by_class = readout.by_class.get(head, {})
    if not by_class or len(by_class) > MOST_CLASSES:
        yield _bars("mean", "mean of all samples", readout.mean, theme.trunk.solid)
        return
    for number, (label, means) in enumerate(sorted(by_class.items())):
        color = charts.line_color(number, theme)
        yield _bars(f"class.{label}", f"mean of class {class_name(label, names)}", means, color)


def _bars(id: str, name: str, values: Sequence[float], color: str) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "type": "bar",
        "data": list(values),
        "itemStyle": {"color": color},
        "barMaxWidth": 60,
        "barCategoryGap": "30%",
    }
