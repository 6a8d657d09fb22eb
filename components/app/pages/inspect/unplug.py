"""Unplug: sliders add noise to inputs or remove them; the quality and four samples follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product

import numpy as np
import streamlit as st

from components.app.pages.inspect.charts import REMOVED, WHOLE, unplug_chart
from components.app.pages.inspect.state import ShownHead
from components.app.parts.data import sample_drawings, sample_view
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout
from components.app.parts.widgets.announcer import announce
from components.app.parts.widgets.downloads import csv_download
from components.base.markup import to_csv
from components.base.text import join_names, plural
from components.experiments.inspection.basis.results import HeadInspection, Unplug, UnpluggedHead
from components.experiments.inspection.unplug import (
    REPLACED,
    InputNoise,
    absent_samples,
    input_noises,
)
from components.experiments.training.data_split import split_data
from components.experiments.training.requests import RunRequest
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.loading.preview import Preview

CHART = 330
UNPLUG = ("Unplug", "add noise to an input or remove it, and watch predictions", "fold_unplug")
ABOUT = (
    "Noise is measured in standard deviations of the input. Where the input has words or other "
    "ids, noise replaces a share of them by others. A removed input is replaced by that of one "
    "other sample; nothing is averaged, unlike in the bars above."
)
LIMIT = (
    "It does not say what a model trained on such inputs would reach: this one has not seen them."
)


def show_unplug(shown: ShownHead) -> None:
    """Draw the section; a slider updates only this part of the page."""
    unplug = shown.inspection.unplug
    if unplug is None:
        return

    @st.fragment
    @page_frame.guarded()
    def part() -> None:
        st.caption(f"{ABOUT} Measured on {plural(unplug.samples, 'sample')}. {LIMIT}")
        _part(shown, unplug)

    layout.fold(*UNPLUG, part)


def _part(shown: ShownHead, unplug: Unplug) -> None:
    branches = shown.request.architecture.data_inputs
    ids = {branch.name for branch in branches if branch.cardinality}
    keys = {name: f"unplug.{shown.run.id}.{n}" for n, name in enumerate(shown.inspection.inputs)}
    with st.container(key="unplug_sliders"):
        steps = [
            st.select_slider(
                name,
                range(unplug.steps),
                format_func=partial(step_text, unplug, ids=name in ids),
                key=key,
            )
            for name, key in keys.items()
        ]
    text = explain_unplug(unplug, shown.name, shown.head, steps, ids)
    with layout.row("unplug_row", spread=True):
        st.markdown(f"**{text}**", width="content")
        with layout.row("unplug_buttons", width="content"):
            st.button(
                "Reset all inputs",
                key="unplug_reset",
                type="tertiary",
                icon=":material/restart_alt:",
                disabled=not any(steps),
                on_click=lambda: st.session_state.update(dict.fromkeys(keys.values(), 0)),
            )
            make = partial(unplug_csv, unplug, shown.name, shown.head, ids)
            name = f"{shown.run.name} {shown.name} unplug"
            csv_download("All steps as CSV", make, name, "unplug_csv")
    announce(text, "unplug_news")
    with st.container(key="unplug_shown"):
        option = unplug_chart(unplug, shown.name, shown.head, steps, shown.theme)
        alt = f"{shown.head.quality_name} if inputs get noise or are removed. {text}"
        shown.chart(option, "unplug", CHART, alt)
        _samples(shown, unplug, steps)


def _samples(shown: ShownHead, unplug: Unplug, steps: Sequence[int]) -> None:
    """Draw four samples as the model receives them, with its predictions before and now."""
    request, unplugged = shown.request, unplug.heads[shown.name]
    samples = drawn_samples(request, shown.inspection.sample_rows, unplug, shown.name)
    if samples is None:
        return
    texts = {
        title: [
            prediction_text(unplugged, shown.head.target, number, combination, shown.classes)
            for number in range(len(unplugged.rows))
        ]
        for title, combination in ((WHOLE, 0), ("now", unplug.combination(steps)))
    }
    drawn = samples.drawn(unplug, steps)
    st.html(sample_drawings.table(request.architecture, drawn, shown.theme, rows=texts))


def step_text(unplug: Unplug, step: int, ids: bool = False) -> str:
    """Return the name of an input's step: noise in standard deviations, or the share of new ids."""
    if step == 0:
        return WHOLE
    if step == len(unplug.levels):
        return REMOVED
    level = unplug.levels[step]
    return f"{REPLACED[level]:.0%} replaced" if ids else f"{level:g} sd"


def explain_unplug(
    unplug: Unplug, name: str, head: HeadInspection, steps: Sequence[int], ids: Collection[str]
) -> str:
    """Describe the model's quality with these inputs, whose names are in backticks."""
    unplugged, quality = unplug.heads[name], head.quality_name
    now = unplugged.quality[unplug.combination(steps)]
    changed = []
    for input, step in zip(head.inputs, steps, strict=True):
        text = step_text(unplug, step, input in ids)
        noisy = step < len(unplug.levels) and input not in ids
        if step:
            changed.append(f"`{input}` with {text} of noise" if noisy else f"`{input}` {text}")
    if not changed:
        return f"All inputs are as they are: {quality} {now:.2f}."
    return f"{join_names(changed)}: {quality} {now:.2f}, instead of {unplugged.quality[0]:.2f}."


def prediction_text(
    unplugged: UnpluggedHead, target: str, sample: int, combination: int, names: Sequence[str]
) -> str:
    """Return the prediction for a sample, marked if it is a wrong class."""
    predicted = unplugged.predicted[sample][combination]
    sure = unplugged.confidence[sample][combination] if unplugged.confidence else None
    text = sample_view.prediction_text(target, predicted, sure, names)
    return f"{text}, wrong" if target != "values" and predicted != unplugged.truth[sample] else text


def unplug_csv(unplug: Unplug, name: str, head: HeadInspection, ids: Collection[str]) -> str:
    """Return the quality of all combinations as CSV, one per row."""
    inputs = head.inputs
    rows: list[tuple[object, ...]] = [(*inputs, head.quality_name)]
    every = product(range(unplug.steps), repeat=len(inputs))
    for steps, quality in zip(every, unplug.heads[name].quality, strict=True):
        texts = (step_text(unplug, s, n in ids) for s, n in zip(steps, inputs, strict=True))
        rows.append((*texts, quality))
    return to_csv(rows)


@dataclass(frozen=True)
class DrawnSamples:
    """The shown samples of a head, and the samples that replace their inputs."""

    request: RunRequest
    rows: tuple[int, ...]
    samples: Dataset
    """Data of the shown samples."""
    others: dict[str, Array]
    """Replacement of each input when it is removed."""
    noises: tuple[InputNoise, ...]
    absent: Array | None

    def drawn(self, unplug: Unplug, steps: Sequence[int]) -> list[Preview]:
        """Return the samples with each input at its step."""
        inputs, rows = {}, np.asarray(self.rows)
        for number, (step, noise) in enumerate(zip(steps, self.noises, strict=True)):
            name = noise.branch.name
            if step == len(unplug.levels):
                inputs[name] = self.others[name]
                continue
            absent = None if self.absent is None else self.absent[:, number]
            inputs[name] = noise.add(self.samples.inputs[name], rows, unplug.levels[step], absent)
        dataset = Dataset(inputs, self.samples.targets, self.samples.causes, self.samples.absent)
        architecture, data = self.request.architecture, self.request.data
        return list(sample_view.draw(architecture, data, dataset, range(len(self.rows))))


def drawn_samples(
    request: RunRequest, sample_rows: tuple[int, ...], unplug: Unplug, head: str
) -> DrawnSamples | None:
    """Return the samples of a head, or `None` if the data is too large to generate for this.

    `sample_rows` are the rows of all samples of the inspection.
    """
    rows = unplug.heads[head].rows
    others = tuple(unplug.others[row] for row in rows)
    return _drawn(request, sample_rows, rows, others, unplug.seed)


@lru_cache(maxsize=16)
def _drawn(
    request: RunRequest,
    sample_rows: tuple[int, ...],
    rows: tuple[int, ...],
    others: tuple[tuple[int, ...], ...],
    seed: int,
) -> DrawnSamples | None:
    share = request.settings.validation_share
    whole = sample_view.whole(request.data_architecture, request.data, share)
    if whole is None:
        return None
    data, at = split_data(request, whole)[1], np.asarray(rows)
    inspected = {name: array[np.asarray(sample_rows)] for name, array in data.inputs.items()}
    inputs, targets, causes = (
        {name: array[at] for name, array in part.items()}
        for part in (data.inputs, data.targets, data.causes)
    )
    samples = Dataset(inputs, targets, causes, None if data.absent is None else data.absent[at])
    replaced = {
        branch.name: data.inputs[branch.name][[sources[number] for sources in others]]
        for number, branch in enumerate(request.architecture.data_inputs)
    }
    noises = input_noises(request.architecture, inspected, seed)
    return DrawnSamples(request, rows, samples, replaced, noises, absent_samples(data, at))
