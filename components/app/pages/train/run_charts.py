"""Charts of a run: curves, overlaid runs, the decision surface and numbers by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any

import streamlit as st

from components.app.parts.charts import chart_download, curves
from components.app.parts.data import sample_view
from components.app.parts.data.drawn_run import DrawnRun, levels
from components.app.parts.widgets import layout
from components.base.errors import PlaygroundError
from components.base.text import humanize
from components.experiments.training.epoch_numbers import EPOCH_NUMBERS
from components.experiments.training.epoch_numbers.base import EpochNumber
from components.experiments.training.events import Epoch, Plane, Surface
from components.experiments.training.surfaces import axis_range, is_plane
from components.models.architecture.architecture import Architecture
from components.models.drawing import charts
from components.models.drawing.charts import Option
from components.models.drawing.palette import Theme
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec

CHART, NUMBERS, SURFACE = 225, 215, 280
"""Heights in pixels: two charts of curves and the report fit on a screen of 720."""
LOW, HIGH = "#2563EB", "#EA580C"
"""Colors of the classes 0 and 1, and of the lowest and the highest value."""
CLASSES = ("#2563EB", "#EA580C", "#059669", "#BE185D", "#CA8A04", "#7C3AED", "#0E7490", "#475569")


def draw_run(
    drawn_runs: Sequence[DrawnRun],
    surface: Surface | None,
    theme: Theme,
    verdict: Callable[[], object] = lambda: None,
) -> None:
    """Draw the first metric of the first run large, its verdict, then its surface and the others.

    The curves of the other runs lie over those of the first one.
    """
    first, lines = drawn_runs[0], [one.curve for one in drawn_runs]
    surface = surface or before_training(first)
    keys = sorted(curves.measures(lines), key=lambda key: key.endswith("loss"))
    lined = {key: levels(drawn_runs, key) for key in keys}

    def draw(key: str, small: bool) -> None:
        chart_download.chart(
            curves.option(key, lines, theme, lined[key], small, any(lined.values())),
            f"{first.curve.name} {curves.title(key)}".strip(),
            theme,
            key=f"chart.{key}",
            height=CHART,
            alt=curves.alt(key, lines),
        )

    with st.container(key="chart_first"):
        draw(keys[0], small=False)
    with st.container():  # Keeps its index while empty, so a verdict that comes remounts no chart.
        verdict()
    many = len(keys) > 2
    with st.container(key="charts_many" if many else "charts"):
        if surface is not None:
            _show_surface(first.architecture, first.data, surface, theme)
        for key in keys[1:]:
            draw(key, small=many)


def show_numbers(drawn: DrawnRun, theme: Theme) -> None:
    """Draw a chart and its explanation for each registered number in the epochs of a run."""
    points = drawn.curve.points
    for kind, number in EPOCH_NUMBERS.items():
        names = number.names(drawn.architecture)
        if not any(number.key(name) in point.logs for point in points for name in names):
            continue
        layout.heading(number.title)
        with st.container(key=f"epoch_number_{kind}"):
            chart_download.chart(
                numbers_option(number, names, points, drawn.curve.epochs, theme),
                f"{drawn.curve.name} {number.title}".strip(),
                theme,
                key=f"chart.{kind}",
                height=NUMBERS,
                alt=_numbers_text(number, names, points),
            )
            st.caption(number.help)


def numbers_option(
    number: type[EpochNumber],
    names: Sequence[str],
    points: Sequence[Epoch],
    epochs: int,
    theme: Theme,
) -> Option:
    """Return an ECharts option with a line per name, in the colour of the branch at its index."""
    lines = []
    for name, tones in zip(names, cycle(theme.branches), strict=False):
        key = number.key(name)
        values = [[one.epoch, one.logs[key]] for one in curves.thinned(points) if key in one.logs]
        if values:
            lines.append(curves.line(name, name, values, tones.title))
    return curves.over_epochs(number.title, lines, epochs, {"min": 0.0}, theme)


def _numbers_text(number: type[EpochNumber], names: Sequence[str], points: Sequence[Epoch]) -> str:
    logs = points[-1].logs
    parts = [f"{name} {logs[key]:.3f}" for name in names if (key := number.key(name)) in logs]
    return f"{number.title} by epoch; last: {', '.join(parts)}"


def foot(drawn_runs: Sequence[DrawnRun]) -> None:
    """Draw the line below the curves: how to read them, and the file type for saving charts."""
    with layout.row("charts_foot", spread=True):
        text = "Thick lines: validation. Thin lines: training." if len(drawn_runs) > 1 else ""
        if of_different_data(drawn_runs):
            text += " These runs have different data: their values can't be compared."
        st.caption(text, width="content")
        chart_download.select_format()


def of_different_data(drawn_runs: Sequence[DrawnRun]) -> bool:
    """Return `True` if runs were trained on data that differs in more than its seed."""
    every = [one.data for one in drawn_runs if one.curve.run]
    specs = [
        one.model_copy(update={"seed": 0}) if isinstance(one, DataSpec) else one for one in every
    ]
    return any(spec != specs[0] for spec in specs)


# The decision surface


def before_training(drawn: DrawnRun) -> Surface | None:
    """Return a surface without predictions; `None` if the model has no plane or the data no
    samples.

    A run with points but no surface gets none: its model was trained without an input.
    """
    architecture, data = drawn.architecture, drawn.data
    if drawn.curve.points or data is None or not is_plane(architecture):
        return None
    (x, y), head = [input.name for input in architecture.data_inputs], architecture.heads[0]
    samples = _samples(architecture, data, x, y, head.name)
    if not samples:
        return None
    across, up, labels = zip(*samples, strict=True)
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


def _show_surface(
    architecture: Architecture, data: Data | None, surface: Surface, theme: Theme
) -> None:
    """Draw the surface of the first head, with the samples if there are any."""
    head = next(iter(surface.heads))
    samples = _samples(architecture, data, surface.x, surface.y, head) if data else ()
    chart_download.chart(
        surface_option(head, surface, samples, theme),
        f"{head} surface",
        theme,
        key="surface",
        height=SURFACE,
        alt=f"Predicted {head} over {surface.x} and {surface.y}",
    )


def _samples(
    architecture: Architecture, data: Data, x: str, y: str, head: str
) -> Sequence[tuple[float, float, float]]:
    """Return samples as points; none if the data does not fit the model."""
    try:
        return sample_view.points(architecture, data, x, y, head)
    except PlaygroundError:
        return ()


def surface_option(
    head: str,
    surface: Surface,
    points: Sequence[tuple[float, float, float]],
    theme: Theme,
) -> Mapping[str, Any]:
    """Return an ECharts option: background cells colored by prediction, samples by true label."""
    plane = surface.heads[head]
    values = plane.values()
    size = len(values)
    cells = [
        [column, row, round(float(values[row, column]), 3)]
        for row in range(size)
        for column in range(size)
    ]

    def axis(name: str, position: str, ends: tuple[float, float], gap: int) -> dict[str, Any]:
        return {
            **{"type": "value", "min": ends[0], "max": ends[1]},
            **{"name": name, "nameLocation": "middle", "nameGap": gap, "position": position},
            "nameTextStyle": {"color": theme.quiet},
            "axisLabel": {"color": theme.quiet, "showMinLabel": False, "showMaxLabel": False},
            **{part: {"show": False} for part in ("splitLine", "axisLine", "axisTick")},
        }

    hidden = {"type": "category", "data": list(range(size)), "show": False}
    return {
        **charts.frame(
            f"{humanize(head)} over {surface.x} and {surface.y}",
            theme,
            subtitle=_subtitle(surface, plane),
        ),
        "grid": {"left": 56, "right": 74, "top": 56, "bottom": 46},
        "tooltip": {"show": False},
        "xAxis": [hidden, axis(surface.x, "bottom", surface.x_range, 24)],
        "yAxis": [hidden, axis(surface.y, "left", surface.y_range, 34)],
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
