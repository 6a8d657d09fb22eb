"""One row of the table, closer: what was done to it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from components.export import script
from components.race.evaluation import DatasetResult, RaceResult, StrategyResult
from components.race.outcomes import Outcome
from components.race.plan import PlannedRun, Race, name_of
from components.ui.compare import scale
from components.ui.compare.page_switch import BUILD, leave_for, open_run
from components.ui.compare.state import CompareState
from components.ui.kit.model_editor import ModelEditor


def row_card(
    race: Race,
    result: RaceResult,
    table: DatasetResult,
    outcomes: Mapping[str, Outcome],
    editor: ModelEditor,
    contest: CompareState,
) -> None:
    """The row that was chosen, or the best one."""
    entries = {row.entry: row for row in table.rows}
    row = entries.get(contest.picked, table.rows[0])
    cells = {
        cell.seed: cell
        for cell in race.cells()
        if cell.entry.text == row.entry and name_of(cell.data) == table.data
    }
    with st.container(border=True, key="race_row"):
        told, acts = st.columns([4, 5], vertical_alignment="center")
        said = "".join(f"<li>{escape(line)}</li>" for line in _lines(row, result))
        told.html(
            f'<p class="subheading"><b>{escape(row.title)}</b></p><ul class="notes">{said}</ul>'
        )
        with acts, st.container(horizontal=True, gap="small", key="race_row_actions"):
            _actions(cells, outcomes, editor, contest, row)


def _lines(row: StrategyResult, result: RaceResult) -> list[str]:
    measure, found = result.measure, []
    if row.mean is not None:
        said = scale.said(row.mean, measure)
        if row.low is not None and row.high is not None:
            low, high = (scale.said(end, measure) for end in (row.low, row.high))
            said += f", 95 % interval {low} to {high}"
        if row.difference and row.p is not None:
            gap = scale.said(abs(row.difference), measure).replace(" %", " points")
            tied = "tied with" if row.tied else "below"
            said += f"; {gap} from the best, p = {row.p:.2g}: {tied} it"
        found.append(f"{said}.")
    if row.failed:
        found.append(f"{row.failed} runs failed: {row.message}")
    if row.matching:
        found.append(row.matching)
    found += row.notes
    return found or ["Nothing has finished yet."]


def _actions(
    cells: Mapping[int, PlannedRun],
    outcomes: Mapping[str, Outcome],
    editor: ModelEditor,
    contest: CompareState,
    row: StrategyResult,
) -> None:
    seed = st.selectbox(
        "Run of seed",
        list(cells),
        format_func=lambda seed: f"Seed {seed}",
        key="race.seed",
        width=100,
        label_visibility="collapsed",
    )
    cell = cells.get(seed) or next(iter(cells.values()))
    run = outcomes.get(cell.digest, Outcome()).run
    if st.button(
        "Open run",
        icon=":material/monitoring:",
        key="race.open_run",
        disabled=not run,
        help="Its curves and report, on the Train page.",
    ):
        open_run(contest, run)
        st.rerun()
    st.download_button(
        "Script",
        lambda: script.script_of(cell.request).text,
        f"{row.kind}_seed_{cell.seed}.py",
        "text/x-python",
        icon=":material/code:",
        key="race.script",
        on_click="ignore",
        help="Plain Keras, with this run's data, settings and seed: it ends in the same figures.",
    )
    used = editor.valid == cell.request.architecture
    if st.button(
        "In use" if used else "Use this",
        icon=":material/check:",
        key="race.use",
        disabled=used,
        help="Put this strategy, as it raced, on the Build page; that can be undone there.",
    ):
        editor.open(cell.request.architecture)
        leave_for(contest, BUILD)
        st.rerun()
