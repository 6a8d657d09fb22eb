"""Board of a class on the projector: runs as dots, wrong answers, or the race beside its bet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from components.app.pages.room import race_view
from components.app.pages.room.tab import action, live
from components.app.pages.room.vote_view import asked, brief
from components.app.parts.charts.chart_download import chart
from components.app.parts.data.data_limits import data_limits, shares_of
from components.app.parts.data.drawn_run import level_lines
from components.app.parts.frame import page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import bets, layout
from components.base.markup import escape_markdown
from components.base.text import plural
from components.experiments.races.setup import data_title
from components.models.drawing import charts
from components.models.drawing.charts import LevelLine, Option
from components.models.drawing.palette import Theme
from components.teaching.lessons.checks import Check, ChoiceCheck, NumberCheck
from components.teaching.rooms import board as class_board
from components.teaching.rooms.board import ClassRuns
from components.teaching.rooms.content import ClassBoard, ClassRace
from components.teaching.rooms.position import right_answer
from components.teaching.rooms.teacher import RoomTeacher
from sample_data.loading.synthetic import DataSpec

HEIGHT = 420
SPREAD = 0.6180339887498949
"""Golden ratio: the fractional parts of its multiples are evenly spread."""
MOVE_MS = 800


def choose(room: RoomTeacher) -> None:
    """Draw buttons that put a board on the projector."""
    content = room.content()
    asking = (one for one in content.checks if isinstance(one, ChoiceCheck | NumberCheck))
    checks = {one.id: one for one in asking}
    with layout.row("room_boards", vertical_alignment="bottom"):
        _put_up(room, "The class's runs", "scatter_plot", "runs", "One dot for each learner.")
        if content.race is not None:
            _put_up(
                room, "The race", "flag", "race", "The race, and beside it the bets of the class."
            )
        if checks:
            check = st.selectbox(
                "Question of the lesson",
                list(checks),
                format_func=lambda id: brief(checks[id].text, 60) if id in checks else "–",
                key="room_question_shown",
                width=280,
            )
            help = "The number of learners for each wrong answer. The right one is not shown."
            _put_up(room, "Its wrong answers", "bar_chart", "answers", help, check)


def _put_up(
    room: RoomTeacher, label: str, icon: str, kind: Any, help: str, check: str = ""
) -> None:
    act = partial(room.put_up, ClassBoard(kind=kind, check=check))
    action(label, icon, act, key=f"room_board_{kind}", help=help)


def draw_board(room: RoomTeacher, board: ClassBoard) -> None:
    """Draw a board, and again each second."""
    with st.container(key=f"room_board_of_{board.kind}"):
        live(_BOARDS[board.kind])(room, board)


def runs_board(room: RoomTeacher) -> None:
    """Draw the class's runs as dots."""
    runs, learners = room.runs(), len(room.room().learners)
    if runs is None:
        st.markdown("Nobody has trained a model yet. Each learner is a dot once they train.")
        return
    name, theme = runs.measure.title, page_frame.theme()
    title = f"{data_title(runs.data)}: {name} of {len(runs.dots)} of {plural(learners, 'learner')}"
    values = sorted(dot.score for dot in runs.dots)
    alt = f"{title}, from {runs.measure.text(values[0])} to {runs.measure.text(values[-1])}"
    option = dots(title, runs, _levels(runs), theme)
    chart(option, "class runs", theme, key="room_dots", height=HEIGHT, alt=alt)


def _levels(runs: ClassRuns) -> Sequence[LevelLine]:
    """Return chance, the Bayes optimum and the levels between them, once they are known."""
    data, architecture = runs.data, runs.architecture
    if isinstance(data, DataSpec):
        limits = data_limits(architecture, data)
    else:
        limits = shares_of(architecture, data)
    return level_lines(limits, f"{runs.head}/{runs.measure.name}")


def dots(title: str, runs: ClassRuns, levels: Sequence[LevelLine], theme: Theme) -> Option:
    """Return a dot per learner at the height of their result, in a fixed horizontal position.

    The position depends neither on names nor on the order in which they joined.
    """
    share = runs.measure.share
    percent = 100.0 if share else 1.0
    values = [*(level.value for level in levels), *(dot.score for dot in runs.dots)]
    low, high = math.floor(10 * min(values) - 0.2) / 10, 1.0 if share else max(values) + 0.05
    ends = {"min": percent * max(0.0, low) if share else low, "max": percent * high}
    option = {
        **charts.frame(title, theme),
        "animation": True,
        "animationDuration": 0,
        "animationDurationUpdate": MOVE_MS,
        "grid": {"left": 52, "right": 24, "top": 64, "bottom": 16},
        "legend": charts.legend(theme),
        "xAxis": {"type": "value", "min": -0.03, "max": 1.03, "show": False},
        "yAxis": {
            **charts.y_axis(ends, theme),
            "axisLine": {"show": False},
            "axisTick": {"show": False},
        },
        "series": [
            {
                "id": name,
                "name": name,
                "type": "scatter",
                "symbolSize": 13,
                "clip": False,
                "itemStyle": {"color": charts.line_color(number, theme)},
                "data": [
                    {
                        "id": dot.number,
                        "value": [dot.number * SPREAD % 1, round(percent * dot.score, 2)],
                    }
                    for dot in runs.dots
                    if dot.trains == trains
                ],
            }
            for number, (name, trains) in enumerate((("training", True), ("trained", False)))
        ],
    }
    return charts.with_levels(option, levels, theme, high - low, percent) if levels else option


def _answers(room: RoomTeacher, board: ClassBoard) -> None:
    checks: dict[str, Check] = {one.id: one for one in room.content().checks}
    check = checks.get(board.check)
    if check is None:
        st.caption("The lesson that you sent last does not have this question.")
        return
    progress = [learner.progress for learner in room.learners()]
    counts = class_board.wrong_answers(check, progress)
    passed = sum(check.id in one.passed for one in progress)
    asked(check, "board")
    st.markdown(f"{passed} of {plural(len(progress), 'learner')} have the right answer now.")
    if not any(counts.values()):
        st.caption("No wrong answer so far.")
        return
    layout.heading("Wrong answers")
    st.html(bets.histogram(counts, len(progress)))


def race_board(room: RoomTeacher, race: ClassRace | None, answers: bool = False) -> None:
    """Draw a class race; once it has ended, or with `answers`, the class's bet beside it."""
    whole, content = room.room(), room.content()
    if race is None:
        st.caption("No class race yet.")
        return
    counts = whole.counts(content.vote) if content.vote else {}
    result = race_view.result_of(race, visitor_runs())
    outcome = class_board.bet_outcome(counts, result.tables[0]) if result else ""
    if verdict := race_view.sentence(result):
        st.html(verdict)
    if outcome and content.vote:
        st.markdown(f"**{escape_markdown(outcome)}**")
    with st.container(key="room_race_board"):
        if result:
            st.html(race_view.bars(result))
        st.html(race_view.board(race, result))
        if content.vote and (outcome or answers):
            asked(content.vote.question, "race", counts, right_answer(content))


_BOARDS: dict[str, Callable[[RoomTeacher, ClassBoard], None]] = {
    "runs": lambda room, _: runs_board(room),
    "answers": _answers,
    "race": lambda room, _: race_board(room, room.content().race),
}
