"""Unplug: a slider for each input adds noise or removes it; the quality and four samples follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import streamlit as st

from components.core.text import plural
from components.inspection.basis.results import Unplug
from components.inspection.unplug import InputNoise, absent_samples, input_noises
from components.training.data_split import split_data
from components.training.requests import RunRequest
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
from components.ui.kit import layout, page_frame, sample_drawings, sample_view
from components.ui.kit.announcer import announce
from components.ui.kit.downloads import download
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.preview import Preview

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
            f"{shown.head.quality_name} if inputs get noise or are removed. {text}",
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


@dataclass(frozen=True)
class DrawnSamples:
    """The samples of a head that are shown, and those whose inputs may take their places."""

    request: RunRequest
    rows: tuple[int, ...]
    samples: Dataset
    """The rows of the shown samples."""
    others: dict[str, Array]
    """By input, what comes in its place if it is removed."""
    noises: tuple[InputNoise, ...]
    absent: Array | None

    def drawn(self, unplug: Unplug, steps: Sequence[int]) -> list[Preview]:
        """The samples with each input at its step."""
        inputs = {
            noise.branch.name: self._at(unplug, number, step, noise)
            for number, (step, noise) in enumerate(zip(steps, self.noises, strict=True))
        }
        dataset = Dataset(inputs, self.samples.targets, self.samples.causes, self.samples.absent)
        architecture, data = self.request.architecture, self.request.data
        return list(sample_view.draw(architecture, data, dataset, range(len(self.rows))))

    def _at(self, unplug: Unplug, number: int, step: int, noise: InputNoise) -> Array:
        name = noise.branch.name
        if step == len(unplug.levels):
            return self.others[name]
        absent = None if self.absent is None else self.absent[:, number]
        rows = np.asarray(self.rows)
        return noise.add(self.samples.inputs[name], rows, unplug.levels[step], absent)


def drawn_samples(
    request: RunRequest, sample_rows: tuple[int, ...], unplug: Unplug, head: str
) -> DrawnSamples | None:
    """The samples of a head, or `None` if the data is too large to make for that.

    `sample_rows` are the rows of all samples of the inspection.
    """
    rows = unplug.heads[head].rows
    return _drawn(
        request, sample_rows, rows, tuple(unplug.others[row] for row in rows), unplug.seed
    )


@lru_cache(maxsize=16)
def _drawn(
    request: RunRequest,
    sample_rows: tuple[int, ...],
    rows: tuple[int, ...],
    others: tuple[tuple[int, ...], ...],
    seed: int,
) -> DrawnSamples | None:
    whole = sample_view.whole(request.data_architecture, request.data)
    if whole is None:
        return None
    data, at = split_data(request, whole)[1], np.asarray(rows)
    inspected = {name: array[np.asarray(sample_rows)] for name, array in data.inputs.items()}
    samples = Dataset(
        {name: array[at] for name, array in data.inputs.items()},
        {name: array[at] for name, array in data.targets.items()},
        {name: array[at] for name, array in data.causes.items()},
        None if data.absent is None else data.absent[at],
    )
    names = [branch.name for branch in request.architecture.data_inputs]
    replaced = {
        name: data.inputs[name][[sources[number] for sources in others]]
        for number, name in enumerate(names)
    }
    noises = input_noises(request.architecture, inspected, seed)
    return DrawnSamples(request, rows, samples, replaced, noises, absent_samples(data, at))
