"""Single samples of an inspection, and what gates and attention do, in all and for a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import streamlit as st

from components.core.markup import to_csv
from components.inspection.basis.results import HeadInspection, Inspection, Readout, SampleShares
from components.render.palette import Theme
from components.ui.inspect.chart_parts import class_name, short_name
from components.ui.inspect.shown_head import ShownHead
from components.ui.kit import charts, forms, layout, page_frame, sample_drawings, sample_view
from components.ui.kit.charts import Option

ROW, AROUND = 30, 116
"""Pixels of a sample's bar, and above and below all bars."""
READOUT = 260
MOST_SAMPLES = 50
"""Samples to choose from: the worst."""
SHOWN = 10
"""The worst samples, one a row."""
LEFT = 150
MOST_CLASSES = 10
"""Classes that are drawn; of more, the mean over all samples."""
TITLES = {"gate": "gate", "attention": "attention", "weights": "learned weights"}
ROUTING = (
    "They show where this model sends its numbers. They do not show influence: an input with a "
    "large weight can be ignored by the layers after it."
)


def show_samples(shown: ShownHead) -> SampleShares:
    """What each input pushed the worst predictions by, and one of them; returns that one."""
    layout.heading("Single samples")
    st.caption(explain_samples(shown.head))
    shown.chart(
        sample_chart(shown.head, shown.classes, shown.theme),
        "samples",
        AROUND + ROW * min(SHOWN, len(shown.head.samples)),
        "What each input pushed the worst predictions by",
    )
    sample = _chosen_sample(shown)
    with page_frame.guarded():
        _drawing(shown, sample)
    return sample


def show_readouts(shown: ShownHead, sample: SampleShares) -> None:
    """Gates, attention and learned weights, if the model has any; for a sample as diamonds."""
    readouts = shown.inspection.readouts
    if not readouts:
        return
    layout.heading("Gates and attention")
    st.caption(f"Means by true class; diamonds are the sample above. {ROUTING}")
    number = sample_number(shown.inspection, sample.row)
    with st.container(key="inspect_readouts"):
        for readout in readouts:
            shown.chart(
                readout_chart(readout, shown.name, shown.classes, number, shown.theme),
                readout.layer,
                READOUT,
                readout_title(readout),
            )


def _chosen_sample(shown: ShownHead) -> SampleShares:
    samples = {one.row: one for one in shown.head.samples[:MOST_SAMPLES]}
    row = st.selectbox(
        "Sample",
        list(samples),
        format_func=lambda row: sample_title(shown.head, samples[row], shown.classes),
        key=f"inspected_sample.{shown.run.id}.{shown.name}",
        width=320,
    )
    return samples[row]


def _drawing(shown: ShownHead, sample: SampleShares) -> None:
    """The inputs and labels of a sample, unless the data is too large to make for that."""
    request = shown.request
    if request is None:
        return
    previews = sample_view.previews(request.architecture, request.data, (sample.row,))
    if previews is not None:
        drawn = [previews[sample.row]]
        predicted = {"predicted": [predicted_text(shown.head, sample, shown.classes)]}
        st.html(sample_drawings.table(request.architecture, drawn, shown.theme, rows=predicted))


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
                    "name": short_name(name),
                    "data": [sample.pushes[number] for sample in samples],
                    "itemStyle": {"color": tones.solid},
                }
                for number, name, tones in inputs
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
    names = [f"push of {name}" for name in head.inputs]
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
