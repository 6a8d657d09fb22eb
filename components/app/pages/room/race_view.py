"""Class race: everybody submits one merge, one race compares them, and a board shows it."""

from __future__ import annotations

from functools import partial

import streamlit as st
from markupsafe import Markup

from components.app.pages.room.tab import attempt, live
from components.app.parts.data import stored_race
from components.app.parts.data.stored_race import EvaluatedRace
from components.app.parts.editor import train_state
from components.app.parts.frame import page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import bets, html_parts, layout
from components.base.errors import PlaygroundError
from components.base.pages import page_file
from components.base.text import plural
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import text
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import parse_entry
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.setup import data_title
from components.experiments.races.stored_race import StoredRace, stored_race_of
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.models.drawing.html_table import html_table
from components.models.language.registry import kind_of
from components.teaching.rooms import plan_races
from components.teaching.rooms.content import ClassRace
from components.teaching.rooms.teacher import RoomTeacher
from sample_data.relations import RELATIONS

SEEDS, MOST_SEEDS = 4, 10
MODELS = {"small": "Two small vectors, trained in seconds", "mine": "My present model"}
_KNOWN = "class_races"
_GREY = "#8B8B94"


def race_view(room: RoomTeacher) -> None:
    """Draw the class's merges, the race, and the form that starts one."""
    _present(room)
    page_frame.await_engine("the class can race", partial(_form, room))


@live
def _present(room: RoomTeacher) -> None:
    race, brought = room.content().race, room.room().entries
    if race is not None:
        layout.heading("Board")
        result = result_of(race, visitor_runs())
        st.html(sentence(result) + board(race, result))
        st.page_link(
            page_file("Compare"),
            label="Open it on the Compare page",
            icon=":material/flag:",
            query_params={"race": race.sweep},
        )
    layout.heading("From the class")
    if not brought:
        st.caption("Nothing yet. Learners press Submit my merge in their panel.")
        return
    rows = [(parse_entry(entry).title, ", ".join(names)) for entry, names in brought.items()]
    st.html(html_table(rows, ("Strategy", "From"), "fields"))


def _form(room: RoomTeacher) -> None:
    layout.heading("Start a class race")
    with layout.row("room_race_form", vertical_alignment="bottom"):
        model = st.selectbox(
            "Model",
            list(MODELS),
            format_func=MODELS.__getitem__,
            key="room_race_model",
            help="Each strategy takes the place of this model's last merge.",
            width=280,
        )
        kinds = [kind_of(type(data.relation)) for data in two_vectors().data]
        kind = st.selectbox(
            "Dataset",
            list(dict.fromkeys(kinds)) if model == "small" else list(RELATIONS),
            format_func=lambda name: RELATIONS[name].title,
            key="room_race_data",
            width=240,
        )
        seeds = st.number_input("Seeds", 1, MOST_SEEDS, SEEDS, key="room_race_seeds", width=110)
        pressed = page_frame.pressed(
            "Start the race", key="room_race_start", type="primary", icon=":material/flag:"
        )
    if pressed:
        with st.spinner("Preparing …"):
            attempt(lambda: _start(room, model, kind, int(seeds)))
        st.rerun()


def _start(room: RoomTeacher, model: str, kind: str, seeds: int) -> None:
    """Start a race of the submitted merges. Raises `PlaygroundError`."""
    brought = room.room().entries
    race, nicknames = plan_races.class_race(_base(model), brought, RELATIONS[kind](), seeds)
    order = StoredRace(stored_race.plans.wait(race)).order(plan_races.title(room.code, race))
    room.started_race(visitor_runs().submit_sweep(order), nicknames)


def _base(model: str) -> tuple[Architecture, Settings, int]:
    """Return the model, its settings, and the number of samples to train it on."""
    if model == "small":
        return plan_races.small_model()
    train = train_state.of_session()
    train.propose()
    return page_frame.editor().valid, Settings(**train.settings), int(train.data["samples"])


def result_of(race: ClassRace, runs: VisitorRuns) -> RaceResult | None:
    """Return the result of a race so far; `None` if it can't be read."""
    try:
        sweep = runs.sweep(race.sweep)
        plan = stored_race_of(sweep).plan
        known: dict[str, EvaluatedRace] = st.session_state.setdefault(_KNOWN, {})
        return stored_race.evaluated(plan, runs, known).result
    except PlaygroundError:
        return None


def sentence(result: RaceResult | None) -> Markup:
    """Return the verdict of a race; empty before it is complete."""
    if result is None or not result.complete:
        return Markup()
    verdict = text.verdict(result, result.tables[0])
    return Markup("<p><b>{}</b></p>").format(html_parts.coded(verdict))


def bars(result: RaceResult) -> Markup:
    """Return a bar for each strategy of a race so far, and one for chance if it is known."""
    table, measure = result.tables[0], result.measure
    drawn = [
        (row.title, f"{measure.text(row.mean)}, {row.done} of {result.seeds}", row.mean, bets.COLOR)
        for row in table.rows
    ]
    if measure.share and "chance" in table.ceilings:
        chance = table.ceilings["chance"]
        drawn.append(("Chance", measure.text(chance), chance, _GREY))
    longest = max(1e-9, 1.0 if measure.share else max(abs(mean or 0.0) for _, _, mean, _ in drawn))
    rows = (
        html_parts.share_bar(title, numbers, max(0.0, mean or 0.0) / longest, color, len(title))
        for title, numbers, mean, color in drawn
    )
    return html_parts.histogram(rows)


def board(race: ClassRace, result: RaceResult | None) -> Markup:
    """Return the present table of a race, without scores if it can't be read.

    The column of nicknames is left out if the teacher chose the strategies.
    """
    caption, rows = "", [("–", parse_entry(one).title, one, "–", "–") for one in race.nicknames]
    if result is not None:
        left = result.total - result.done - result.failed
        state = f"{plural(left, 'run')} left" if left else "complete" if result.done else "failed"
        title = data_title(result.setup.data[0])
        caption = f"{title}: {state}. {text.failure(result)}".removesuffix(". ")
        rows = [
            (
                str(row.rank or "–"),
                row.title,
                row.entry,
                "–" if row.mean is None else result.measure.text(row.mean),
                f"{row.done} of {result.seeds}",
            )
            for row in result.tables[0].rows
        ]
    named = any(race.nicknames.values())
    head = ["Rank", "Strategy", *(["From"] if named else []), "Mean", "Runs"]
    shown = []
    for rank, title, entry, mean, done in rows:
        names = [", ".join(race.nicknames.get(entry, ()))] if named else []
        shown.append((rank, title, *names, mean, done))
    return Markup(html_table(shown, head, "fields", caption=caption))
