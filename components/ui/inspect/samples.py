"""Single samples of an inspection, and what gates and attention do, in all and for a sample."""

from __future__ import annotations

import streamlit as st

from components.inspection.results import SampleShares
from components.ui.inspect.readout_chart import (
    LIMIT,
    readout_chart,
    readout_title,
    sample_number,
)
from components.ui.inspect.sample_chart import (
    SHOWN,
    explain_samples,
    predicted_text,
    sample_chart,
    sample_title,
)
from components.ui.inspect.shown_head import ShownHead
from components.ui.kit import layout, page_frame, sample_drawings, sample_view

ROW, AROUND = 30, 116
"""Pixels of a sample's bar, and above and below all bars."""
READOUT = 260
MOST_SAMPLES = 50
"""Samples to choose from: the worst."""


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
    st.caption(f"Means by true class; diamonds are the sample above. {LIMIT}")
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
