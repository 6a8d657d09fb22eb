"""The start of a race: its size and button in the sidebar, and links that contain a setup."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.app.pages.compare.state import BET, CompareState, OtherModel, ShownRace
from components.app.parts.data.run_control import machine_pace
from components.app.parts.data.stored_race import plans
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import draft_tab, engine, page_frame
from components.app.parts.frame.network import show_address
from components.app.parts.frame.open_lesson import RACE
from components.app.parts.frame.sharing import page_link
from components.app.parts.widgets import layout
from components.base.errors import LinkError, PlaygroundError
from components.base.markup import escape_markdown, message_markdown
from components.base.text import duration, plural
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import quick
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import parse_entry
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import check
from components.experiments.races.quick import race_seconds
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import StoredRace
from components.experiments.training.pace import TrainingPace
from components.models.language.registry import kind_of
from components.sharing.links.link import PARAMETER, LinkContent, RaceSetup, parse_link, share
from sample_data.loading.synthetic import DataSpec


def other_model(session: CompareState) -> None:
    """Name the model of the race if it is not the draft, and offer the draft."""
    if session.other is None:
        return
    name = escape_markdown(session.other.editor.valid.name.replace("_", " "))
    st.caption(
        f"This race is set up for the model **{name}**. Your model on the Build page stays as it "
        "is.",
    )
    st.button(
        "Race my model",
        key="race_mine",
        icon=":material/undo:",
        width="stretch",
        on_click=lambda: setattr(session, "other", None),
    )


def start(race: Race | None, train: TrainState, session: CompareState, runs: VisitorRuns) -> None:
    """Show the start button and the number of trainings.

    For a long race, first offer a quick race of the same model. If a quick race could show no
    differences, offer the small model of two vectors.
    """
    sweeps = runs.sweeps(limit=5)
    running = next((sweep for sweep in sweeps if sweep.state == "running"), None)
    pace = machine_pace(race.architecture, runs, race) if race is not None else TrainingPace()
    long = running is None and race is not None and race_seconds(race, pace) > quick.SECONDS
    wanted = None
    with st.container(key="start_box", gap="xsmall"):
        if long and race is not None:
            wanted = _offer_shorter_race(race, pace, session, train)
        pressed = page_frame.pressed(
            "Start race",
            type="secondary" if long else "primary",
            icon=":material/flag:",
            key="start_race",
            width="stretch",
            disabled=race is None or running is not None,
        )
        with st.container():
            layout.show_error(session.error)
        if running is not None:
            st.caption("Another race is running. Wait for its end, or pause or stop it.")
            if session.shown != running.id:
                st.button(
                    "Show that race",
                    key="show_running",
                    type="tertiary",
                    on_click=lambda: session.show(running.id),
                )
        elif race is not None:
            st.caption(_size_text(race, pace, runs))
    if race is not None and (pressed or wanted is not None):
        with st.spinner("Preparing …"), page_frame.keeping_error(session):
            submit(wanted or race, session, runs, race if wanted is not None else None)
        st.rerun()


def _offer_shorter_race(
    race: Race, pace: TrainingPace, session: CompareState, train: TrainState
) -> Race | None:
    """Offer a race of about two minutes. Return the quick race when its button is pressed.

    If it would show nothing, offer the model of two vectors and return `None`.
    """
    smaller = quick.quick_race(race, pace)
    if smaller is None:
        st.button(
            "Race two vectors instead",
            key="race_small",
            icon=":material/bolt:",
            type="primary",
            width="stretch",
            help="Race the small model of the atlas, which takes seconds. Your model on the "
            "Build page stays as it is.",
            on_click=lambda: _race_two_vectors(session, train),
        )
        st.caption(quick.nothing_shown(race, pace))
        return None
    pressed = page_frame.pressed(
        "In two minutes",
        key="race_quick",
        icon=":material/bolt:",
        type="primary",
        width="stretch",
        help="Race the same strategies in your model with fewer samples, epochs and seeds. The "
        "full race can follow.",
    )
    st.caption(
        f"{quick.size_words(smaller.race)}, about {duration(smaller.seconds)}. Would show "
        f"differences from {smaller.words}."
    )
    return smaller.race if pressed else None


def _race_two_vectors(session: CompareState, train: TrainState) -> None:
    """Set up the race for the small model of the atlas, on relations, which fit any model."""
    own = TrainState()
    own.restore({**train.form(), "source": "relation"})
    session.other = OtherModel(ModelEditor.of(two_vectors().architecture), own)


def _size_text(race: Race, pace: TrainingPace, runs: VisitorRuns) -> str:
    """Return the number of trainings of a race, and the number of those already in the store."""
    strategies = plural(len(race.entries), "strategy", "strategies")
    text = (
        f"{strategies} × {plural(len(race.data), 'dataset')} × {plural(race.seeds, 'seed')}: "
        f"**{plural(race.total, 'training')}**"
    )
    if (seconds := race_seconds(race, pace)) > quick.SECONDS:
        text += f", about {duration(seconds)}"
    try:
        plan = plans.get(race)
    except PlaygroundError:  # The start of the race shows the reason.
        return text
    if plan is None:
        return text + (", fitting widths …" if race.matched else " …")
    known = sum(run.status == "finished" for run in runs.latest(plan.digests).values())
    if known == race.total:
        return f"{text}, all already trained"
    return text + (f", {known:,} already trained" if known else "")


def pending(race: Race | None) -> bool:
    """Return `True` while the race is being planned."""
    try:
        return race is not None and plans.get(race) is None
    except PlaygroundError:
        return False


def submit(race: Race, session: CompareState, runs: VisitorRuns, full: Race | None = None) -> None:
    """Queue a race and show it. `full` is the full race that can follow a quick one.

    The start locks the chosen bet.
    """
    plan = plans.wait(race)
    check(race)
    chosen = session.bet or st.session_state.get(BET)
    bet = chosen if chosen in {entry.text for entry in race.entries} else ""
    session.show(runs.submit_sweep(StoredRace(plan, bet, full).order()))


def full_race(shown: ShownRace) -> None:
    """Compare the size of a quick race with that of the full race, and offer the full race."""
    full, session = shown.stored.full, shown.session
    if full is None:
        return
    with layout.row("race_full"):
        if shown.mine and shown.result.complete:
            page_frame.action(
                session.in_page,
                "Then the full race",
                "flag",
                partial(submit, full, session, shown.runs),
                key="full_race",
            )
        st.caption(
            f"This race has {quick.size_words(shown.race)}; the full one has "
            f"{quick.size_words(full)}.",
            width="content",
        )


def show_setup(race: Race, session: CompareState, train: TrainState | None) -> None:
    """Copy the setup of a race to the widgets, except models that are not strategies.

    Data and settings go to `train`; without it they stay unchanged.
    """
    if not race.against_first:
        session.chosen = tuple(entry.text for entry in race.entries)
        session.merge, session.head = race.merge, race.head
    session.seeds, session.matched = race.seeds, race.matched
    relations = [data.relation for data in race.data if isinstance(data, DataSpec)]
    session.relations = tuple(kind_of(type(relation)) for relation in relations) or None
    if train is None:
        return
    for data in reversed(race.data):
        train.use(data)
    train.use_settings(race.settings.model_copy(update={"seed": train.settings["seed"]}))


def show_stored(race: Race, session: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Copy the setup of a stored race to the widgets. The draft keeps its model.

    If the race has another model than the draft, it also gets its own data and settings.
    """
    session.other = None
    if race.architecture != editor.valid:
        train = TrainState()
        session.other = OtherModel(ModelEditor.of(race.architecture), train)
    show_setup(race, session, train)


def open_link(session: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Open the setup in the address, once a session; a link without a setup opens only the model.

    A tab that has opened the link before keeps its model with later changes.
    """
    token, tab = st.query_params.get(PARAMETER), draft_tab.of_session()
    if not token or session.link == token:
        return
    session.link = token
    with page_frame.keeping_error(session.in_page):
        content = parse_link(token)
        race = race_of_link(content)
        fresh = tab.link != token
        tab.link = token
        if fresh and editor.valid != content.architecture:
            editor.open(content.architecture)
            editor.check(engine.builder())
        if race is not None:
            session.other = None
            show_setup(race, session, train if fresh else None)


def open_lesson_race(session: CompareState) -> None:
    """Copy the race at the start of a lesson to the sidebar, once; the model stays unchanged."""
    content = st.session_state.pop(RACE, None)
    if content is None:
        return
    with page_frame.keeping_error(session.in_page):
        race = race_of_link(content)
        if race is not None:
            session.show(None)
            session.other = None
            show_setup(race, session, None)


def race_of_link(content: LinkContent) -> Race | None:
    """Return the race that a link sets up; `None` if it has none.

    Raises `PlaygroundError` for an invalid part.
    """
    setup = content.race
    if setup is None:
        return None
    parts = {**dict(setup), "entries": tuple(map(parse_entry, setup.entries))}
    if content.settings is not None:
        parts["settings"] = content.settings
    return make_race(architecture=content.architecture, **parts)


def token_of(race: Race) -> str:
    """Return the token of a link to the setup.

    Raises `LinkError` for data in a file, and for a setup that is too long.
    """
    data = tuple(one for one in race.data if not isinstance(one, str))
    if len(data) < len(race.data):
        raise LinkError(
            "A link can't contain your own file.",
            "",
            "Choose a relation or real data.",
        )
    setup = RaceSetup(
        entries=tuple(entry.text for entry in race.entries),
        data=data,
        seeds=race.seeds,
        matched=race.matched,
        merge=race.merge,
        head=race.head,
    )
    return share(race.architecture, settings=race.settings, race=setup)


def share_setup(race: Race) -> None:
    """Draw a popover with the link to the setup."""
    popover = st.popover("Share", icon=":material/share:", key="race_link", on_change="rerun")
    if popover.open:
        with popover:
            setup_link(race)


def setup_link(race: Race) -> None:
    """Show the link to the setup, with a note on its contents."""
    try:
        link = page_link("Compare", f"{PARAMETER}={token_of(race)}")
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/link_off:")
        return
    show_address(link)
    st.caption(
        "Anyone who opens the link finds this setup in the sidebar: model, strategies, data, seeds "
        "and settings. Nothing is trained until they start the race."
    )
