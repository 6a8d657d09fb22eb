"""X-ray on the Train page: one sample in all layers, epoch after epoch while the model learns."""

from __future__ import annotations

import streamlit as st

from components.core.markup import escape_markdown
from components.core.pages import page_file
from components.inspection.basis.xray_results import parse_xray
from components.inspection.xray_diagram import ModelXray, xray_svg
from components.render.palette import Theme
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.data.run_request import run_request
from components.ui.widgets.viewer import viewer

HEIGHT = 520


def xray_panel(run: Run, runs: VisitorRuns, theme: Theme) -> None:
    """The latest X-ray of a run. It is read and drawn only while the panel is open."""
    panel = st.expander("X-ray", icon=":material/visibility:", key="xray_panel", on_change="rerun")
    if not panel.open:
        return
    with panel:
        request, xray = run_request(run), parse_xray(runs.result(run, "xray"))
        if request is None or xray is None:
            st.caption("There is no X-ray of this run yet. Inspect makes one of a kept model.")
            return
        shown = ModelXray(request.architecture, xray)
        words = f"{shown.title()}. {shown.explain()}"
        viewer(xray_svg(shown, theme), words, None, lambda _: None, key="train_xray", height=HEIGHT)
        st.caption(escape_markdown(words))
        query = {"run": run.id, "view": "xray"}
        st.page_link(page_file("Inspect"), label="More on Inspect", query_params=query)
