"""Unplug: a slider for each input adds noise or removes it; the quality and four samples follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.core.text import plural
from components.inspection.explanation import quality_name
from components.inspection.results import Unplug
from components.ui.inspect.shown_head import ShownHead
from components.ui.inspect.unplug_chart import (
    LIMIT,
    WHOLE,
    explain_unplug,
    prediction_text,
    step_text,
    unplug_chart,
    unplug_csv,
)
from components.ui.inspect.unplug_samples import drawn_samples
from components.ui.kit import layout, page_frame, sample_drawings
from components.ui.kit.announcer import announce
from components.ui.kit.downloads import download

CHART = 330
ABOUT = (
    "Noise is measured in standard deviations of the input; of words and other ids, a share is "
    "replaced by others. A removed input is that of another sample."
)


def show_unplug(shown: ShownHead) -> None:
    """The section. A slider updates this part of the page only."""
    unplug = shown.inspection.unplug
    if unplug is None:
        return
    layout.heading("Unplug")
    st.caption(f"{ABOUT} Measured on {plural(unplug.samples, 'sample')}. {LIMIT}")

    @st.fragment
    @page_frame.guarded()
    def part() -> None:
        _part(shown, unplug)

    part()


def _part(shown: ShownHead, unplug: Unplug) -> None:
    ids, inputs = _ids(shown), shown.inspection.inputs
    keys = [f"unplug.{shown.run.id}.{number}" for number in range(len(inputs))]
    with st.container(key="unplug_sliders"):
        steps = [
            _slider(unplug, name, key, name in ids) for name, key in zip(inputs, keys, strict=True)
        ]
    text = explain_unplug(unplug, shown.name, shown.head, steps, ids)
    with layout.row("unplug_row", spread=True):
        st.markdown(f"**{text}**", width="content")
        with layout.row("unplug_buttons", width="content"):
            _buttons(shown, unplug, keys, ids, any(steps))
    announce(text, "unplug_news")
    with st.container(key="unplug_shown"):
        shown.chart(
            unplug_chart(unplug, shown.name, shown.head, steps, shown.theme),
            "unplug",
            CHART,
            f"{quality_name(shown.head)} if inputs get noise or are removed. {text}",
        )
        _samples(shown, unplug, steps)


def _slider(unplug: Unplug, name: str, key: str, ids: bool) -> int:
    step: int = st.select_slider(
        name,
        range(unplug.steps),
        format_func=lambda step: step_text(unplug, step, ids),
        key=key,
    )
    return step


def _buttons(
    shown: ShownHead, unplug: Unplug, keys: Sequence[str], ids: frozenset[str], changed: bool
) -> None:
    st.button(
        "Plug all in",
        key="unplug_reset",
        type="tertiary",
        icon=":material/restart_alt:",
        disabled=not changed,
        on_click=lambda: st.session_state.update(dict.fromkeys(keys, 0)),
    )
    download(
        "All steps as CSV",
        partial(unplug_csv, unplug, shown.name, shown.head, ids),
        f"{shown.run.name} {shown.name} unplug.csv",
        key="unplug_csv",
        kind="tertiary",
    )


def _samples(shown: ShownHead, unplug: Unplug, steps: Sequence[int]) -> None:
    """Four samples as the model gets them, with its predictions before and now."""
    request, of = shown.request, unplug.heads[shown.name]
    if request is None:
        return
    samples = drawn_samples(request, shown.inspection.sample_rows, unplug, shown.name)
    if samples is None:
        return
    texts = {
        title: [
            prediction_text(of, shown.head.target, number, combination, shown.classes)
            for number in range(len(of.rows))
        ]
        for title, combination in ((WHOLE, 0), ("now", unplug.combination(steps)))
    }
    drawn = samples.drawn(unplug, steps)
    st.html(sample_drawings.table(request.architecture, drawn, shown.theme, rows=texts))


def _ids(shown: ShownHead) -> frozenset[str]:
    """The inputs of ids."""
    if shown.request is None:
        return frozenset()
    branches = shown.request.architecture.data_inputs
    return frozenset(branch.name for branch in branches if branch.cardinality)
