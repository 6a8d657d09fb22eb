"""Training beside the picture: the Train button and one curve of the run.

It starts, reads and stops the same run as the Train page, which shows the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import streamlit as st

from components.app.pages.build.redraw import PICTURE
from components.app.parts.charts import curves
from components.app.parts.data import drawn_run, run_control
from components.app.parts.data.drawn_run import DrawnRun
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState, of_session
from components.app.parts.frame import page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import layout
from components.app.parts.widgets.announcer import announce
from components.base.markup import escape_markdown, message_markdown
from components.base.pages import page_file
from components.experiments.queue.run import Run
from components.models.drawing.palette import Theme

HEIGHT = 120
"""Height of the chart in pixels."""
POLL_SECONDS = 0.3


class _ShownRun(NamedTuple):
    run: Run
    drawn: DrawnRun
    status: str
    mine: bool
    """`True` if the visitor may stop the run."""


@dataclass
class _TrainStrip:
    """State of the strip in one session."""

    looked: bool = False
    """`True` after the search for a run in the address, or for one that is still active."""
    pressed: Draft | None = None
    """Draft at the last click on Train or Go on. Its error is shown until the draft changes."""
    ended: _ShownRun | None = None
    """The last run that ended. It is kept so that changes of the model don't read it again."""

    def known(self, train: TrainState) -> _ShownRun | None:
        """Return the run on display if it has ended and was read, otherwise `None`."""
        return self.ended if self.ended is not None and self.ended.run.id == train.run else None


def train_strip(editor: ModelEditor, theme: Theme) -> None:
    """Show the strip for the model on the page. Without a run, it reads nothing from the store."""
    strip: _TrainStrip = st.session_state.setdefault("train_strip", _TrainStrip())
    # A session has no data and settings until the visitor opens or sets them.
    train: TrainState = st.session_state.get("train_state") or TrainState()
    with st.container(key="train_strip", gap="xsmall"), page_frame.guarded():
        if not strip.looked or (train.run and strip.known(train) is None):
            run_control.find_run(train, visitor_runs())
            strip.looked = True
        if train.run is None:
            _draw(editor, train, strip, theme, None)
            return
        st.session_state["train_state"] = train
        page_frame.polled(
            partial(_read, train, strip),
            _awaited,
            partial(_draw, editor, train, strip, theme),
            POLL_SECONDS,
        )


def _read(train: TrainState, strip: _TrainStrip) -> _ShownRun:
    if known := strip.known(train):
        return known
    runs = visitor_runs()
    run = runs.run(str(train.run))
    points, hidden = runs.points(run), runs.hides_data(run)
    drawn = drawn_run.drawn(run, run.name, points, train, hidden)
    shown = _ShownRun(run, drawn, run_control.status(run, points, runs), runs.owns(run))
    if run.ended and not drawn.pending:
        strip.ended = shown
    return shown


def _awaited(shown: _ShownRun) -> set[str]:
    """Return what the page waits for: the end of the run, then its ceilings."""
    if not shown.run.ended:
        return {"run"}
    return {"ceilings"} if shown.drawn.pending else set()


def _draw(
    editor: ModelEditor,
    train: TrainState,
    strip: _TrainStrip,
    theme: Theme,
    shown: _ShownRun | None,
) -> None:
    with layout.row("train_strip_row", gap="xsmall"):
        if shown is not None and not shown.run.ended:
            if shown.run.status == "paused":
                st.button(
                    "Resume",
                    icon=":material/resume:",
                    key="strip.go_on",
                    disabled=not shown.mine,
                    help=None if shown.mine else run_control.NOT_MINE,
                    on_click=partial(_go_on, editor, train, strip, shown.run.id),
                )
            st.button(
                "Stop",
                icon=":material/stop:",
                key="strip.stop",
                disabled=shown.run.stopping or not shown.mine,
                help=None if shown.mine else run_control.NOT_MINE,
                on_click=partial(page_frame.attempt, train, visitor_runs().stop, shown.run.id),
            )
        else:
            st.button(
                "Train",
                type="primary",
                icon=":material/play_arrow:",
                key="strip.train",
                disabled=editor.error is not None,
                on_click=partial(_start, editor, strip),
            )
        st.page_link(
            page_file("Train"),
            label=f"Data: {escape_markdown(train.data_title)}",
            help="Change the data and the settings, and see all curves, on the Train page.",
        )
    if train.error and strip.pressed is editor.draft:
        st.caption(f":red[:material/error: {message_markdown(train.error)}]")
    if shown is not None:
        _curve(editor, theme, shown)


def _curve(editor: ModelEditor, theme: Theme, shown: _ShownRun) -> None:
    """Show one measure of the run over its epochs, and a line with its status."""
    run, drawn, status, _ = shown
    keys = curves.measures([drawn.curve])
    key = next((key for key in keys if not key.endswith("loss")), keys[0])
    failed = run.message and run.status in ("failed", "interrupted")
    if run.message and not run.ended:
        status = f"{status} · {message_markdown(run.message)}"
    text = f":red[:material/error: {message_markdown(run.message)}]" if failed else status
    name = key.rpartition("/")[2] if len(keys) < 3 else curves.title(key)
    value = curves.latest(key, drawn.curve)
    if value is not None:
        text = f"**{name} {value:.3f}** · {text}"
    if run.ended and drawn.architecture != editor.valid:
        text = f":orange-badge[:material/history: before the last change] {text}"
    st.caption(text)
    st.echarts_chart(
        curves.strip(key, drawn.curve, theme, drawn_run.levels([drawn], key)),
        key="strip.chart",
        height=HEIGHT,
        theme=None,
        alt=curves.alt(key, [drawn.curve]),
    )
    done = run_control.epochs_done(run, drawn.curve.points)
    announce(run_control.news(run, drawn.curve.points, done), "strip_news")


def _start(editor: ModelEditor, strip: _TrainStrip) -> None:
    run_control.start_run(editor, of_session(), visitor_runs())
    strip.pressed = editor.draft
    page_frame.redraw(PICTURE)


def _go_on(editor: ModelEditor, train: TrainState, strip: _TrainStrip, run_id: str) -> None:
    page_frame.attempt(train, visitor_runs().pause_after, run_id, None)
    strip.pressed = editor.draft
