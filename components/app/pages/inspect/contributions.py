"""Charts and measures of an inspected model without a run of this visitor."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.app.parts.charts import chart_download
from components.base.markup import message_markdown
from components.base.text import humanize
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.explanation import measures_table
from components.experiments.inspection.head_charts import charts_of
from components.experiments.inspection.verdict import chance_of, verdict
from components.models.drawing.palette import Theme
from sample_data.ceilings import Ceilings

CHART = 330
"""Height of a chart in pixels."""


def contributions(
    inspection: Inspection,
    name: str,
    theme: Theme,
    ceilings: Mapping[str, Ceilings] | None = None,
    measures: bool = True,
) -> None:
    """Draw the verdict, the charts and the table of measures of each head.

    `name` is part of the keys of the charts and of the names of their files.
    """
    for head_name, head in inspection.heads.items():
        kind = "held-out" if inspection.validated else "given"
        limits = (ceilings or {}).get(head_name)
        sentence = verdict(head, chance_of(head, limits), inspection.samples, kind)
        st.markdown(f"**{message_markdown(sentence)}**")
        title = f"{humanize(head_name)}: shares of {head.quality_name}"
        with st.container(key=f"{name}.{head_name}.charts"):
            for chart, option, height, words in charts_of(head, limits, theme, title, CHART):
                key, file = f"{name}.{head_name}.{chart}", f"{name} {head_name} {chart}"
                chart_download.chart(
                    option, file.replace("_", " "), theme, key=key, height=height, alt=words
                )
        if measures:
            st.html(measures_table(head))
