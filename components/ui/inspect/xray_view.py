"""X-ray on the Inspect page: a sample in all layers, two models side by side, and the spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.inspection.basis.xray_results import Reading, Xray, parse_xray
from components.inspection.xray_diagram import (
    ModelXray,
    XrayChoice,
    about_layer,
    layer_svg,
    xray_svg,
)
from components.inspection.xray_spaces import read_layers, spaces_svg, spaces_text
from components.render.palette import Theme
from components.render.raster import png
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest
from components.ui.charts import chart_download
from components.ui.charts.charts import (
    LevelLine,
    Option,
    axis,
    frame,
    legend,
    line_color,
    with_levels,
    y_axis,
)
from components.ui.data.run_request import run_request
from components.ui.frame import page_frame
from components.ui.inspect.kept_models import XRAYS, KeptModel, missing
from components.ui.inspect.state import started_titles
from components.ui.widgets import forms, inline_component, layout
from components.ui.widgets.downloads import download
from components.ui.widgets.viewer import viewer

KEY = "xray_state"
HEIGHT, CHART = 640, 330
PLAY_SECONDS = 0.8
"""Time for which an epoch is shown while epochs are played."""
ABOUT = (
    "One sample in all layers. Orange is above 0, blue below; each layer has a scale of its own. "
    "Click a layer to see it large. Swap an input: a dashed violet frame marks what changes."
)
SPACES = (
    "Each point is a sample, coloured by its label; the ring is the sample above. A **linear "
    "reader** (ridge regression on other samples) shows whether a straight line parts the labels "
    "there. It does not show what a model with more layers could make of it."
)
_HTML = '<div class="spaces"></div>'
_component = inline_component.component("spaces", _HTML, Path(__file__).parent)


@dataclass
class XrayState:
    """What a session looks at: the sample, the swap, the epoch, the large layer."""

    run: str = ""
    sample: int = 0
    swapped: tuple[int, int] | None = None
    layer: str = ""
    playing: bool = False

    def next_sample(self, samples: int) -> None:
        """Show another sample, as it is."""
        self.sample, self.swapped = (self.sample + 1) % samples, None

    def swap(self, input: int, nexts: int) -> None:
        """Take the input from the next sample; if it is that already, from the one after."""
        again = self.swapped is not None and self.swapped[0] == input
        choice = self.swapped[1] + 1 if self.swapped and again else 0
        self.swapped = (input, choice % nexts)

    def blank(self, input: int, nexts: int) -> None:
        """Show the sample with zeros in the place of an input."""
        self.swapped = (input, nexts)

    def restore(self) -> None:
        """Show the sample as it is."""
        self.swapped = None

    def select(self, layer: str) -> None:
        """Show a layer large, or none."""
        self.layer = layer

    def play(self) -> None:
        """Start to play the epochs, or stop."""
        self.playing = not self.playing


def show_xray(runs: VisitorRuns, run: Run, xray: Xray, listed: Sequence[Run]) -> None:
    """The X-ray of a run, and of another one beside it if that is chosen."""
    request = run_request(run)
    if request is None:
        return
    same = {one.id: one for one in listed if one.id != run.id and _same_samples(request, one)}
    page_frame.polled(
        partial(_of_session, run),
        lambda state: (state.playing,),
        lambda state: _part(state, runs, run, ModelXray(request.architecture, xray), same),
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
    _controls(state, model.xray)
    beside, epoch = _beside(state, runs, same), _epoch(state, model.xray)
    chosen = [(run, model, epoch), *((other, one, -1) for other, one in beside)]
    samples = min(len(one.xray.rows) for _, one, _ in chosen)
    models = [
        (owner, replace(one, choice=XrayChoice(state.sample % samples, state.swapped, number)))
        for owner, one, number in chosen
    ]
    for column, (one, shown) in zip(st.columns(len(models)), models, strict=True):
        with column:
            _diagram(state, one, shown, theme, named=len(models) > 1)
    _spaces(models, theme)


def _controls(state: XrayState, xray: Xray) -> None:
    """Buttons for another sample, and to swap or blank one input."""
    names = {name: name for name in xray.inputs}
    with layout.row("xray_controls"):
        st.button(
            "Another sample",
            icon=":material/shuffle:",
            key="xray_sample",
            on_click=state.next_sample,
            args=(len(xray.rows),),
        )
        name = layout.switch("Input", names, f"xray_input.{state.run}")
        which = (xray.inputs.index(name), xray.nexts)
        st.button(
            "Swap this input",
            icon=":material/swap_horiz:",
            key="xray_swap",
            on_click=state.swap,
            args=which,
            disabled=not xray.nexts,
            help="Takes this input from another sample. Press again for yet another one.",
        )
        st.button(
            "Blank it",
            key="xray_blank",
            on_click=state.blank,
            args=which,
            help="Puts zeros in the place of this input.",
        )
        st.button(
            "As it was",
            icon=":material/undo:",
            key="xray_restore",
            on_click=state.restore,
            disabled=state.swapped is None,
        )


def _beside(
    state: XrayState, runs: VisitorRuns, same: Mapping[str, Run]
) -> list[tuple[Run, ModelXray]]:
    """Another run on the same samples, if one is chosen."""
    if not same:
        return []
    names = {id: (one.name, one.created) for id, one in same.items()}
    titles = {"": "No other model", **started_titles(names)}
    chosen = st.selectbox(
        "Beside it",
        list(titles),
        format_func=titles.__getitem__,
        key=f"xray_beside.{state.run}",
        width=460,
        help="Another run with the same data, seed, validation share and first head shows the "
        "same samples.",
    )
    if not chosen:
        return []
    other = same[chosen]
    xray, asked = parse_xray(runs.xray(other)), run_request(other)
    if xray is None:
        if reason := missing(runs, other, XRAYS):
            st.warning(message_markdown(reason), icon=":material/search_off:")
            return []
        with st.spinner("The other model is being inspected."):
            XRAYS.wait(KeptModel(other.id, runs))
        xray = parse_xray(runs.xray(other))
    return [] if xray is None or asked is None else [(other, ModelXray(asked.architecture, xray))]


def _same_samples(request: RunRequest, other: Run) -> bool:
    """Whether a run shows the same samples in the same order, as inputs of the same names."""
    asked = run_request(other)
    if asked is None or asked.data != request.data:
        return False
    one, two = request.settings, asked.settings
    split = (one.seed, one.validation_share) == (two.seed, two.validation_share)
    these, those = (
        [
            each.architecture.heads[0].name,
            *((branch.name, branch.shape) for branch in each.architecture.data_inputs),
        ]
        for each in (request, asked)
    )
    return split and these == those


def _epoch(state: XrayState, xray: Xray) -> int:
    """The number of the epoch that is shown; the slider moves with the arrow keys, too."""
    last = len(xray.epochs) - 1
    if not last:
        return -1
    key = f"xray_epoch.{state.run}"
    shown = st.session_state.setdefault(key, last)
    if state.playing:
        shown = st.session_state[key] = 0 if shown >= last else shown + 1
        state.playing = shown < last
    with layout.row("xray_epochs"):
        epoch: int = st.select_slider(
            "After epoch",
            range(last + 1),
            format_func=lambda number: f"{xray.epochs[number].epoch:,}",
            key=key,
            width=420,
        )
        st.button(
            "Stop" if state.playing else "Play",
            icon=":material/pause:" if state.playing else ":material/play_arrow:",
            key="xray_play",
            on_click=state.play,
        )
    return epoch


def _diagram(state: XrayState, run: Run, shown: ModelXray, theme: Theme, named: bool) -> None:
    """The model with the numbers in it, in words below, and the layer that was clicked."""
    if named:
        layout.heading(run.name)
    svg, words = xray_svg(shown, theme), f"{shown.title()}. {shown.explain()}"
    viewer(
        svg,
        words,
        state.layer or None,
        state.select,
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
    """A picture of a run as files."""
    makers: Mapping[str, Callable[[], str | bytes]] = {"svg": draw, "png": lambda: png(draw())}
    with layout.row(f"{what}_files.{run.id}"):
        for form, make in makers.items():
            name, key = f"{run.name} {what}.{form}", f"{what}_{form}.{run.id}"
            download(f"{what} as {form.upper()}", make, name, key=key, kind="tertiary")


def _spaces(models: Sequence[tuple[Run, ModelXray]], theme: Theme) -> None:
    """The points of branches and merges of each model, and what a linear reader reads by layer."""
    shown = [model for model in models if model[1].epoch.spaces]
    if not shown:
        return
    layout.heading("Before and after the merge")
    st.caption(SPACES)
    names = {name: forms.humanize(name) for name in shown[0][1].xray.heads}
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
    option = reader_chart([(run.name, model) for run, model in shown], head, theme)
    chart_download.chart(
        option,
        f"{shown[0][0].name} linear reader",
        chart_download.select_format(),
        theme,
        key=f"xray_reader.{head}",
        height=CHART,
        alt=" ".join(f"{run.name}: {spaces_text(model, head)}" for run, model in shown),
    )


def reader_chart(models: Sequence[tuple[str, ModelXray]], head: str, theme: Theme) -> Option:
    """What a linear reader reads by layer, from the inputs to the head, with its interval.

    Several models are compared where branches and merges end, since their layers differ.
    """
    series, stops = list[Any](), dict[str, None]()
    for number, (name, model) in enumerate(models):
        colour = line_color(number, theme)
        read = [
            (_stop_name(model, id, len(models) > 1), one) for id, one in read_layers(model, head)
        ]
        stops |= {stop: None for stop, _ in read}
        series += _line(name, dict(read), list(stops), colour)
    known = models[0][1].xray.heads[head]
    what = "R²" if known.target == "values" else "accuracy"
    option = {
        **frame(f"What a linear reader reads of {head}, by layer ({what})", theme),
        "legend": {**legend(theme), "data": [name for name, _ in models]},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "category",
            "data": list(stops),
            **axis(theme, lines=False),
            "axisLabel": {"color": theme.quiet, "rotate": 30, "interval": 0},
        },
        "yAxis": y_axis({"max": 1}, theme),
        "series": series,
    }
    option["grid"] = {**option["grid"], "bottom": 96}
    return with_levels(option, [LevelLine("chance", known.chance)], theme, 0.6)


def _stop_name(model: ModelXray, id: str, joint: bool) -> str:
    """The name of a layer on the axis; of several models, the part that it ends."""
    group = model.graph.group(model.graph[id].group)
    if not joint:
        return id
    return {"branch": group.title, "merge": "merge", "trunk": "trunk"}.get(group.role, id)


def _line(name: str, read: Mapping[str, Reading], stops: Sequence[str], colour: str) -> list[Any]:
    """A line of scores, and a band from the lower to the upper ends of their intervals."""
    known = [read.get(stop) for stop in stops]
    band = {"type": "line", "stack": f"{name} band", "symbol": "none", "silent": True,
            "lineStyle": {"opacity": 0}, "tooltip": {"show": False}}  # fmt: skip
    low = [None if one is None else one.low for one in known]
    spread = [None if one is None else one.high - one.low for one in known]
    score = [None if one is None else round(one.score, 3) for one in known]
    return [
        {**band, "data": low},
        {**band, "data": spread, "areaStyle": {"color": colour, "opacity": 0.15}},
        {
            "name": name,
            "type": "line",
            "data": score,
            "symbolSize": 7,
            "color": colour,
            "lineStyle": {"width": 2.5},
        },
    ]
