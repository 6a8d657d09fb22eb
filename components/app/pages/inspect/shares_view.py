"""Shares of the inputs of an inspected model: the verdict and the charts, with a run or without."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from components.app.parts.charts import chart_download
from components.base.markup import message_markdown
from components.base.text import humanize
from components.experiments.inspection.basis.results import HeadInspection, Inspection
from components.experiments.inspection.explanation import explain_head, measures_table
from components.experiments.inspection.head_charts import HeadChart, ceiling_lines, charts_of
from components.experiments.inspection.verdict import chance_of, verdict
from components.models.drawing.palette import Theme
from sample_data.ceilings import Ceilings

CHART = 330
"""Height of a chart in pixels."""


def verdict_and_shares(
    inspection: Inspection,
    name: str,
    ceilings: Ceilings | None,
    theme: Theme,
    key: str,
    draw: Callable[[HeadChart], None],
) -> None:
    """Write what happened in one sentence. Then draw the waterfall and the chart of coalitions.

    `key` is that of the container of the charts.
    """
    head, kind = inspection.heads[name], "held-out" if inspection.validated else "training"
    sentence = verdict(head, chance_of(head, ceilings), inspection.samples, kind)
    st.markdown(f"**{message_markdown(sentence)}**")
    with st.container(key=key):
        title = f"{humanize(name)}: shares of {head.quality_name}"
        for chart in charts_of(head, ceilings, theme, title, CHART):
            draw(chart)
    # The ceilings in one line for narrow windows, whose charts have no room for them.
    levels = [f"{line.text} {line.value:.2f}" for line in ceiling_lines(ceilings)]
    text = f"Dashed: {', '.join(levels)}." if levels else ""
    st.html(f'<p class="inspect-levels">{escape(text)}</p>')


def shares_without_run(
    inspection: Inspection, name: str, ceilings: Ceilings | None, theme: Theme, key: str
) -> None:
    """Draw the shares of a head of a model that has no run here.

    `key` is part of the keys of the charts and of the names of their files.
    """

    def draw(chart: HeadChart) -> None:
        chart_download.chart(
            chart.option,
            f"{key} {name} {chart.kind}".replace("_", " "),
            theme,
            key=f"{key}.{name}.{chart.kind}",
            height=chart.height,
            alt=chart.words,
        )

    verdict_and_shares(inspection, name, ceilings, theme, f"inspect_charts.{key}.{name}", draw)


def measures_section(head: HeadInspection) -> None:
    """Draw the measures of a head, with what they do not say behind a button."""
    st.html(measures_table(head, limits=False))
    with st.popover("What they do not say", icon=":material/help:", type="tertiary"):
        for one in explain_head(head):
            st.markdown(f"**{one.title}**: {message_markdown(one.limit)}")
