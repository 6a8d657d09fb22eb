"""Single samples of an inspection, and what gates and attention do, in all and for a sample."""

from __future__ import annotations

import streamlit as st

from components.ui.inspect.readout_chart import (
    LIMIT,
    readout_chart,
    readout_title,
    sample_number,
)
from components.ui.inspect.sample_chart import (
    SHOWN,
    explain_samples,
    sample_chart,
    sample_title,
)
from components.ui.inspect.shown_head import ShownHead
from components.ui.kit import layout

ROW, AROUND = 30, 116
"""Pixels of a sample's bar, and above and below all bars."""
READOUT = 260
MOST_SAMPLES = 50
"""Samples to choose from: the worst."""


def show_samples(shown: ShownHead) -> None:
    """What each input pushed the worst predictions by."""
    layout.heading("Single samples")
    st.caption(explain_samples(shown.head))
    shown.chart(
        sample_chart(shown.head, shown.classes, shown.theme),
        "samples",
        AROUND + ROW * min(SHOWN, len(shown.head.samples)),
        "What each input pushed the worst predictions by",
    )


def show_readouts(shown: ShownHead) -> None:
    """Gates, attention and learned weights, if the model has any."""
    readouts = shown.inspection.readouts
    if not readouts:
        return
    layout.heading("Gates and attention")
    st.caption(f"Means by true class. {LIMIT}")
    row = _chosen_sample(shown) if any(readout.samples for readout in readouts) else None
    number = None if row is None else sample_number(shown.inspection, row)
    with st.container(key="inspect_readouts"):
        for readout in readouts:
            shown.chart(
                readout_chart(readout, shown.name, shown.classes, number, shown.theme),
                readout.layer,
                READOUT,
                readout_title(readout),
            )


def _chosen_sample(shown: ShownHead) -> int | None:
    """The row of the sample whose values are marked."""
    samples = shown.head.samples[:MOST_SAMPLES]
    titles = {one.row: sample_title(shown.head, one, shown.classes) for one in samples}
    row: int | None = st.selectbox(
        "Sample, marked by diamonds",
        list(titles),
        format_func=titles.__getitem__,
        key=f"inspected_sample.{shown.run.id}.{shown.name}",
        width=320,
    )
    return row
