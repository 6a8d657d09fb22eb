"""X-ray on the Inspect page: a sample in all layers, two models side by side, and the spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from components.app.pages.inspect.reader_chart import line_of, reader_chart, reader_text
from components.app.pages.inspect.state import XRAYS, KeptModel, missing
from components.app.parts.charts import chart_download
from components.app.parts.data.run_request import is_readable, run_request, started_titles
from components.app.parts.frame import page_frame
from components.app.parts.widgets import inline_component, layout
from components.app.parts.widgets.downloads import download
from components.app.parts.widgets.viewer import viewer
from components.base.markup import escape_markdown, message_markdown
from components.base.text import humanize
from components.experiments.inspection.basis.xray_results import Xray, parse_xray
from components.experiments.inspection.xray_diagram import (
    ModelXray,
    about_layer,
    layer_svg,
    xray_svg,
)
from components.experiments.inspection.xray_spaces import spaces_svg
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.requests import RunRequest
from components.models.analysis.model_view import model_view
from components.models.drawing.charts import line_color
from components.models.drawing.palette import Theme
from components.models.drawing.raster import png

KEY = "xray_state"
HEIGHT, CHART = 640, 330
PLAY_SECONDS = 0.8
"""Seconds per epoch while epochs are played."""
ABOUT = (
    "One sample in all layers. Orange is above 0, blue below; each layer has a scale of its own. "
    "Click a layer to see it large. Swap an input: a dashed violet frame marks what changes."
)
SPACES = (
    "Each point is a sample, coloured by its label; the ring is the sample above. A **linear "
    "reader** (ridge regression on other samples) shows whether a straight line separates the "
    "labels there. It does not show what a model with more layers could make of it."
)
_HTML = '<div class="spaces" tabindex="0" role="region" aria-label="Drawing"></div>'
_component = inline_component.component("spaces", _HTML, Path(__file__).parent)


@dataclass
class XrayState:
    """A session's view of an X-ray: the sample, the swap and the enlarged layer."""

    run: str = ""
    sample: int = 0
    swapped: tuple[int, int] | None = None
    layer: str = ""
    playing: bool = False

    def change(self, **values: Any) -> None:
        vars(self).update(values)

    def swap(self, input: int, nexts: int) -> None:
        """Take the input from the next sample; on a repeat, from the one after."""
        again = self.swapped is not None and self.swapped[0] == input
        choice = self.swapped[1] + 1 if self.swapped and again else 0
        self.swapped = (input, choice % nexts)


def show_xray(runs: VisitorRuns, run: Run, xray: Xray, listed: Sequence[Run]) -> None:
    """Draw the X-ray of a run, with a second one beside it if chosen."""
    request = run_request(run)
    sampling, graph = _sampling(request), model_view(request.architecture).graph
    same = {
        one.id: one
        for one in listed
        if one.id != run.id and is_readable(one) and _sampling(run_request(one)) == sampling
    }
    page_frame.polled(
        partial(_of_session, run),
        lambda state: state.playing,
        lambda state: _part(state, runs, run, ModelXray(graph, xray), same),
        PLAY_SECONDS,
    )


def _of_session(run: Run) -> XrayState:
    state: XrayState = st.session_state.setdefault(KEY, XrayState())
    if state.run != run.id:
        state = st.session_state[KEY] = XrayState(run.id)
    return state


def _part(
    state: XrayState, runs: VisitorRuns, run: Run, model: ModelXray, same: Mapping[str, Run]
) -> None:
    theme = page_frame.theme()
    st.caption(ABOUT)
    with layout.row("xray_controls", vertical_alignment="bottom", gap="small"):
        _controls(state, model.xray)
        epoch, other = _epoch(state, model.xray), _other(state, same)
    chosen = [(run, replace(model, at=epoch)), *_beside(other, runs)]
    samples = min(len(one.xray.rows) for _, one in chosen)
    models = [
        (owner, replace(one, sample=state.sample % samples, swapped=state.swapped))
        for owner, one in chosen
    ]
    if len(models) == 1 and models[0][1].epoch.spaces:
        left, right = st.columns(2)
        with left:
            _diagram(state, *models[0], theme, named=False)
        with right:
            _spaces(models, theme)
        return
    for column, (one, shown) in zip(st.columns(len(models)), models, strict=True):
        with column:
            _diagram(state, one, shown, theme, named=len(models) > 1)
    _spaces(models, theme)


def _controls(state: XrayState, xray: Xray) -> None:
    """Draw buttons for another sample, and to swap or blank one input."""
    names = {name: name for name in xray.inputs}

    def button(label: str, key: str, press: Callable[[], None], icon: str, **more: Any) -> None:
        icon = f":material/{icon}:"
        st.button(label, icon=icon, key=f"xray_{key}", on_click=press, **more)

    following = (state.sample + 1) % len(xray.rows)
    show_next = partial(state.change, sample=following, swapped=None)
    button("Another sample", "sample", show_next, "shuffle")
    input = xray.inputs.index(layout.switch("Input", names, f"xray_input.{state.run}"))
    button(
        "Swap",
        "swap",
        partial(state.swap, input, xray.nexts),
        "swap_horiz",
        disabled=not xray.nexts,
        help="Takes this input from another sample. Press again for yet another one.",
    )
    blank = partial(state.change, swapped=(input, xray.nexts))
    zeros = "Puts zeros in the place of this input, or the filling of one that may be missing."
    button("Blank", "blank", blank, "exposure_zero", help=zeros)
    restore = partial(state.change, swapped=None)
    button("Restore", "restore", restore, "undo", disabled=state.swapped is None)


def _other(state: XrayState, same: Mapping[str, Run]) -> Run | None:
    """Draw the choice of another run on the same samples, and return it."""
    if not same:
        return None
    names = {id: (one.name, one.created) for id, one in same.items()}
    titles = {"": "No other model", **started_titles(names)}
    chosen = st.selectbox(
        "Compare with",
        list(titles),
        format_func=titles.__getitem__,
        key=f"xray_beside.{state.run}",
        width=190,
        help="Another run with the same data, seed, validation share and first head shows the "
        "same samples.",
    )
    return same.get(chosen)


def _beside(other: Run | None, runs: VisitorRuns) -> list[tuple[Run, ModelXray]]:
    """Return the X-ray of the other run. Start it first if there is none."""
    if other is None:
        return []
    xray = parse_xray(runs.result(other, "xray"))
    if xray is None:
        if reason := missing(runs, other, XRAYS):
            st.warning(message_markdown(reason), icon=":material/search_off:")
            return []
        with st.spinner("The other model is being inspected."):
            XRAYS.wait(KeptModel(other.id, runs))
        xray = parse_xray(runs.result(other, "xray"))
    graph = model_view(run_request(other).architecture).graph
    return [(other, ModelXray(graph, xray))] if xray else []


def _sampling(asked: RunRequest) -> object:
    """Return everything that decides which samples are shown, their order and their inputs."""
    architecture, settings = asked.architecture, asked.settings
    inputs = [(branch.name, branch.shape) for branch in architecture.data_inputs]
    split = (settings.seed, settings.validation_share)
    return asked.data, split, architecture.heads[0].name, inputs


def _epoch(state: XrayState, xray: Xray) -> int:
    """Return the index of the shown epoch; the arrow keys also move the slider."""
    last = len(xray.epochs) - 1
    if not last:
        return -1
    key = f"xray_epoch.{state.run}"
    shown = st.session_state.setdefault(key, last)
    if state.playing:
        shown = st.session_state[key] = 0 if shown >= last else shown + 1
        state.playing = shown < last
    epoch: int = st.select_slider(
        "After epoch",
        range(last + 1),
        format_func=lambda number: f"{xray.epochs[number].epoch:,}",
        key=key,
        width=150,
    )
    st.button(
        "Stop" if state.playing else "Play",
        icon=":material/pause:" if state.playing else ":material/play_arrow:",
        key="xray_play",
        on_click=partial(state.change, playing=not state.playing),
    )
    return epoch


def _diagram(state: XrayState, run: Run, shown: ModelXray, theme: Theme, named: bool) -> None:
    """Draw the model with its numbers, a description below, and the clicked layer."""
    if named:
        layout.heading(run.name)
    viewer(
        xray_svg(shown, theme),
        f"{shown.title()}. {shown.explain()}",
        state.layer or None,
        lambda layer: state.change(layer=layer),
        key=f"xray.{run.id}",
        height=HEIGHT,
    )
    st.markdown(f"**{escape_markdown(shown.title())}.** {escape_markdown(shown.explain())}")
    _files("X-ray", run, partial(xray_svg, shown, theme, file=True))
    if state.layer in shown.epoch.layers:
        large = layer_svg(shown, state.layer, theme)
        _component(key=f"xray_layer.{run.id}", data={"svg": large})
        st.caption(about_layer(shown, state.layer, theme))


def _files(what: str, run: Run, draw: Callable[[], str]) -> None:
    """Draw downloads of a run's picture, as SVG and PNG."""
    makers: Mapping[str, Callable[[], str | bytes]] = {"svg": draw, "png": lambda: png(draw())}
    with layout.row(f"{what}_files.{run.id}"):
        for form, make in makers.items():
            name, key = f"{run.name} {what}.{form}", f"{what}_{form}.{run.id}"
            download(f"{what} as {form.upper()}", make, name, key=key, kind="tertiary")


def _spaces(models: Sequence[tuple[Run, ModelXray]], theme: Theme) -> None:
    """Draw the points of each model's branches and merges, and linear readers' scores by layer."""
    shown = [model for model in models if model[1].epoch.spaces]
    if not shown:
        return
    layout.heading("Before and after the merge")
    st.caption(SPACES)
    names = {name: humanize(name) for name in shown[0][1].xray.heads}
    head: str = next(iter(names))
    if len(names) > 1:
        head = layout.switch("Head", names, f"xray_head.{shown[0][0].id}", labelled=True)
    shown = [model for model in shown if head in model[1].xray.heads]
    colours = [line_color(number, theme) for number in (1, 2, 0, 3, 4, 5, 6, 7)]
    for run, model in shown:
        if len(shown) > 1:
            st.markdown(f"**{escape_markdown(run.name)}**")
        svg = spaces_svg(model, head, colours, theme)
        _component(key=f"spaces.{run.id}", data={"svg": svg})
        _files("Points", run, partial(spaces_svg, model, head, colours, theme))
    lines = []
    for run, model in shown:
        layers = {node.id: node.id for node in model.nodes}
        stops = model.xray.parts if len(shown) > 1 else layers
        lines.append((run.name, line_of(model.xray, head, stops, model.at)))
    chart_download.select_format()
    chart_download.chart(
        reader_chart(lines, head, [model.xray for _, model in shown], theme),
        f"{shown[0][0].name} linear reader",
        theme,
        key=f"xray_reader.{head}",
        height=CHART,
        alt=reader_text(lines),
    )
