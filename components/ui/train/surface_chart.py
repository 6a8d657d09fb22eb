"""The decision surface over two numbers, updated while a model trains, with samples on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.core.errors import PlaygroundError
from components.model.spec import Architecture
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.events import Plane, Surface
from components.training.surfaces import axis_range, is_plane
from components.ui.charts import chart_download, charts
from components.ui.data import sample_view
from components.ui.widgets import forms
from sample_data.sources import Data

HEIGHT = 280

LOW, HIGH = "#2563EB", "#EA580C"
"""The colors of 0 and 1, and of the lowest and the highest value."""
CLASSES = ("#2563EB", "#EA580C", "#059669", "#BE185D", "#CA8A04", "#7C3AED", "#0E7490", "#475569")


def before_training(architecture: Architecture | None, data: Data | None) -> Surface | None:
    """A surface without predictions; `None` if the model has no plane, or the data no samples."""
    if architecture is None or data is None or not is_plane(architecture):
        return None
    samples, head = _samples(architecture, data), architecture.heads[0]
    if not samples:
        return None
    (x, y), (across, up, labels) = (
        [input.name for input in architecture.data_inputs],
        zip(*samples, strict=True),
    )
    low, high = (0.0, 1.0) if head.target == "binary" else (min(labels), max(labels))
    empty = Plane(target=head.target, low=low, high=high, cells="")
    return Surface(
        epoch=0,
        x=x,
        y=y,
        x_range=axis_range(across),
        y_range=axis_range(up),
        heads={head.name: empty},
    )


def show(
    architecture: Architecture | None,
    data: Data | None,
    surface: Surface,
    theme: Theme,
    form: ImageFormat,
) -> None:
    """Show the surface of the first head, with the samples if there are any."""
    head = next(iter(surface.heads))
    samples = _samples(architecture, data) if architecture and data else ()
    chart_download.chart(
        option(head, surface, samples, theme),
        f"{head} surface",
        form,
        theme,
        key="surface",
        height=HEIGHT,
        alt=f"Predicted {head} over {surface.x} and {surface.y}",
    )


def _samples(architecture: Architecture, data: Data) -> Sequence[tuple[float, float, float]]:
    """Samples as points; none where the data does not fit the model."""
    try:
        return sample_view.points(architecture, data)
    except PlaygroundError:
        return ()


def option(
    head: str,
    surface: Surface,
    points: Sequence[tuple[float, float, float]],
    theme: Theme,
) -> Mapping[str, Any]:
    """An ECharts option: background cells colored by prediction, samples by true label."""
    plane = surface.heads[head]
    values = plane.values()
    size = len(values)
    cells = [
        [column, row, round(float(values[row, column]), 3)]
        for row in range(size)
        for column in range(size)
    ]
    axis = {
        "nameLocation": "middle",
        "nameTextStyle": {"color": theme.quiet},
        "axisLabel": {"color": theme.quiet, "showMinLabel": False, "showMaxLabel": False},
        "splitLine": {"show": False},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
    }
    hidden = {"type": "category", "data": list(range(size)), "show": False}
    return {
        **charts.frame(
            f"{forms.humanize(head)} over {surface.x} and {surface.y}",
            theme,
            subtitle=_subtitle(surface, plane),
        ),
        "grid": {"left": 56, "right": 74, "top": 56, "bottom": 46},
        "tooltip": {"show": False},
        "xAxis": [
            hidden,
            {
                **_ends(surface.x_range),
                **axis,
                "position": "bottom",
                "name": surface.x,
                "nameGap": 24,
            },
        ],
        "yAxis": [
            hidden,
            {
                **_ends(surface.y_range),
                **axis,
                "position": "left",
                "name": surface.y,
                "nameGap": 34,
            },
        ],
        "visualMap": _colors(plane, points, theme),
        "series": [
            {"id": "ground", "type": "heatmap", "data": cells, "progressive": 0, "silent": True},
            {
                "id": "samples",
                "type": "scatter",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "symbolSize": 5,
                "data": [list(point) for point in points],
                "itemStyle": {"borderColor": theme.page, "borderWidth": 1},
                "silent": True,
            },
        ],
    }


def _ends(ends: tuple[float, float]) -> dict[str, Any]:
    return {"type": "value", "min": ends[0], "max": ends[1]}


def _subtitle(surface: Surface, plane: Plane) -> str:
    if not plane.cells:
        return "before training · points: samples"
    return f"epoch {surface.epoch:g} · background: prediction"


def _colors(
    plane: Plane, points: Sequence[tuple[float, float, float]], theme: Theme
) -> dict[str, Any]:
    common = {
        "dimension": 2,
        "right": 4,
        "top": "middle",
        "textStyle": {"color": theme.quiet},
        "seriesIndex": [0, 1],
    }
    if plane.target == "classes":
        labels = [*plane.values().flat, *(label for _, _, label in points)]
        classes = range(int(max(labels)) + 1)
        return {
            **common,
            "type": "piecewise",
            "pieces": [
                {"value": label, "label": str(label), "color": CLASSES[label % len(CLASSES)]}
                for label in classes
            ],
        }
    return {
        **common,
        "type": "continuous",
        "min": plane.low,
        "max": plane.high,
        "calculable": False,
        "itemHeight": 110,
        "itemWidth": 10,
        "precision": 1,
        "text": [f"{plane.high:.2g}", f"{plane.low:.2g}"],
        "inRange": {"color": [LOW, theme.page, HIGH]},
    }
