"""The Compare page in projector mode: the verdict, and the board of the best strategies."""

from __future__ import annotations

from html import escape

import streamlit as st

from components.race import text
from components.race.result import DatasetResult, RaceResult
from components.render.palette import Theme
from components.ui.compare.state import CompareState
from components.ui.compare.verdict_panel import shown_table
from components.ui.kit import intervals, present
from components.ui.kit.clickable import clickable
from components.ui.kit.stored_race import EvaluatedRace


def show_presented(evaluated: EvaluatedRace | None, session: CompareState, theme: Theme) -> None:
    """The results on the chosen dataset, while runs end and afterwards."""
    if evaluated is None:
        present.nothing("Reading the race from the store …")
        return
    result = evaluated.result
    table = shown_table(result, session)
    st.html(f'<h2 class="verdict">{escape(text.verdict(result, table))}</h2>')
    clickable(_board(result, table, theme), key="present_board")


def _board(result: RaceResult, table: DatasetResult, theme: Theme) -> str:
    return (
        f"<p>{escape(title(result, table))}</p>"
        '<div class="scroll board" tabindex="0" role="region" aria-label="Board">'
        f"{intervals.board(result, table, theme)}</div>"
    )


def title(result: RaceResult, table: DatasetResult) -> str:
    """What the board shows: the measure, the dataset, and what it leaves out or waits for."""
    parts = [f"{result.measure.title[0].upper()}{result.measure.title[1:]} on {table.title}"]
    if len(table.rows) > intervals.BOARD_ROWS:
        parts.append(f"the best {intervals.BOARD_ROWS} of {result.setup.counted(len(table.rows))}")
    ended = result.done + result.failed
    if ended < result.total:
        parts.append(f"{ended:,} of {result.total:,} runs done")
    return ", ".join(parts)
