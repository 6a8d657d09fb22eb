"""What each input pushed single predictions by, as an ECharts option and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from components.core.markup import to_csv
from components.inspection.results import HeadInspection, SampleShares
from components.render.palette import Theme
from components.ui.inspect.chart_parts import class_name, short_name
from components.ui.kit import charts
from components.ui.kit.charts import Option

SHOWN = 10
"""The worst samples, one a row."""
LEFT = 150


def sample_chart(head: HeadInspection, names: Sequence[str], theme: Theme) -> Option:
    """An ECharts option: for each sample, from 0, the value without any input and all pushes.

    A diamond marks where they add up to. `names` are those of the classes, if they have any.
    """
    samples = head.samples[:SHOWN]
    title = "What pushed the worst predictions"
    bars = {"type": "bar", "stack": "pushes", "barCategoryGap": "34%"}
    inputs = zip(range(len(head.inputs)), head.inputs, cycle(theme.branches), strict=False)
    return {
        **charts.frame(title, theme),
        "grid": {"left": LEFT, "right": 24, "top": 62, "bottom": 48},
        "legend": {**charts.legend(theme), "icon": "rect", "itemWidth": 16, "itemHeight": 8},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.3f"},
        "xAxis": {"type": "value", **charts.x_axis(_axis_name(head), theme), **_grid(theme)},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [sample_title(head, sample, names) for sample in samples],
            "axisTick": {"show": False},
            "axisLabel": {"color": theme.ink, "fontSize": 12},
        },
        "series": [
            {
                **bars,
                "id": "base",
                "name": "no input",
                "data": [sample.base for sample in samples],
                "itemStyle": {"color": theme.trunk.solid},
            },
            *(
                {
                    **bars,
                    "id": f"push.{number}",
                    "name": short_name(share.name),
                    "data": [sample.pushes[number] for sample in samples],
                    "itemStyle": {"color": tones.solid},
                }
                for number, share, tones in inputs
            ),
            {
                "id": "sum",
                "name": "sum",
                "type": "scatter",
                "symbol": "diamond",
                "symbolSize": 12,
                "data": [sample.score for sample in samples],
                "itemStyle": {"color": theme.ink, "borderColor": theme.page, "borderWidth": 1},
            },
        ],
    }


def samples_csv(head: HeadInspection) -> str:
    """All samples, the worst first, with what each input pushed them by."""
    names = [f"push of {share.name}" for share in head.inputs]
    columns = ["row", "true", "predicted", "probability", "without any input", *names, "sum"]
    return to_csv([columns, *map(_cells, head.samples)])


def _cells(sample: SampleShares) -> list[object]:
    sure = "" if sample.confidence is None else sample.confidence
    ends = sample.base, *sample.pushes, sample.score
    return [sample.row, sample.truth, sample.predicted, sure, *ends]


def sample_title(head: HeadInspection, sample: SampleShares, names: Sequence[str]) -> str:
    """Its row, its true and its predicted label or value."""
    predicted = predicted_text(head, sample, names)
    if head.target == "values":
        return f"row {sample.row}: {sample.truth:.2f}, not {predicted}"
    if sample.truth == sample.predicted:
        return f"row {sample.row}: {predicted}, right"
    return f"row {sample.row}: {class_name(int(sample.truth), names)}, not {predicted}"


def predicted_text(head: HeadInspection, sample: SampleShares, names: Sequence[str]) -> str:
    """What is predicted, with the probability of a class."""
    if head.target == "values":
        return f"{sample.predicted:.2f}"
    sure = f" ({sample.confidence:.0%})" if sample.confidence is not None else ""
    return f"{class_name(int(sample.predicted), names)}{sure}"


def explain_samples(head: HeadInspection) -> str:
    """What the chart says, and what it does not say."""
    wrong = sum(sample.truth != sample.predicted for sample in head.samples)
    if head.target == "values":
        first = "The largest errors come first."
    elif wrong:
        first = f"{wrong:,} of {len(head.samples):,} are wrong; the surest come first."
    else:
        first = "No prediction is wrong; the least sure come first."
    return (
        f"{first} A bar shows by how much an input moved the {_axis_name(head)}, on average over "
        "all orders in which inputs can be made known; not which part of the input did it."
    )


def _axis_name(head: HeadInspection) -> str:
    if head.target == "values":
        return "value"
    return "logit of class 1" if head.target == "binary" else "logit of the predicted class"


def _grid(theme: Theme) -> dict[str, object]:
    return {"splitLine": charts.axis(theme)["splitLine"]}
