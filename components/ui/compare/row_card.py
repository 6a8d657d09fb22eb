"""One row of the table in detail: what was changed in the model, and what one can do with it."""

from __future__ import annotations

from html import escape

import streamlit as st

from components.export import script
from components.merges import MERGES
from components.race import text
from components.race.data_names import data_name
from components.race.outcomes import Outcome
from components.race.plan import PlannedRun, RacePlan, requests
from components.race.result import DatasetResult, StrategyResult
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest
from components.ui.compare.page_switch import BUILD, leave_for, open_run
from components.ui.compare.state import CompareState
from components.ui.kit.downloads import download
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.stored_race import EvaluatedRace


def row_card(
    race: EvaluatedRace,
    table: DatasetResult,
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
) -> None:
    """The chosen row, or the best one."""
    rows = {row.entry: row for row in table.rows}
    row = rows.get(session.picked, table.rows[0])
    by_seed = {
        run.seed: run
        for run in race.plan.runs
        if run.entry.text == row.entry and data_name(run.data) == table.data
    }
    with st.container(border=True, key="race_row"):
        notes, actions = st.columns([4, 5], vertical_alignment="center")
        lines = text.strategy_notes(row, race.result)
        if row.kind in MERGES:
            merge = MERGES[row.kind]
            lines += [merge.plain, f"Good for: {merge.good_for}.", f"Weak at: {merge.weak_at}."]
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        title = f'<h3 class="subheading">{escape(row.title)}</h3>'
        notes.html(f'{title}<ul class="notes">{items}</ul>')
        if not by_seed:
            return
        with actions, st.container(horizontal=True, gap="small", key="race_row_actions"):
            seed = st.selectbox(
                "Run of seed",
                list(by_seed),
                format_func=lambda seed: f"Seed {seed}",
                key="race.seed",
                width=100,
                label_visibility="collapsed",
            )
            run = by_seed.get(seed) or next(iter(by_seed.values()))
            _actions(run, race, row, editor, session, runs)


def _actions(
    run: PlannedRun,
    race: EvaluatedRace,
    row: StrategyResult,
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
) -> None:
    run_id = race.outcomes.get(run.digest, Outcome()).run
    if st.button(
        "Open run",
        icon=":material/monitoring:",
        key="race.open_run",
        disabled=not run_id,
        help="Show its curves and report on the Train page.",
    ):
        open_run(session, run_id)
        st.rerun()
    download(
        "Script",
        lambda: script.script_of(_request(run, race.plan)).text,
        f"{row.kind}_seed_{run.seed}.py",
        key="race.script",
        help="Plain Keras with the data, settings and seed of this run. It gives the same figures.",
        icon="code",
        width="content",
    )
    used = bool(run_id) and runs.run(run_id).request.architecture == editor.valid
    if st.button(
        "In use" if used else "Use this",
        icon=":material/check:",
        key="race.use",
        disabled=used,
        help="Open this model on the Build page. Undo there brings yours back.",
    ):
        editor.open(_request(run, race.plan).architecture)
        leave_for(session, BUILD)
        st.rerun()


def _request(run: PlannedRun, plan: RacePlan) -> RunRequest:
    return requests(plan.race)[plan.runs.index(run)]
