"""The setup of a race in the sidebar: of the race that is shown, or of a link that holds one."""

from __future__ import annotations

import streamlit as st

from components.core.errors import LinkError, PlaygroundError
from components.core.markup import message_markdown
from components.core.registry import kind_of
from components.export.link import PARAMETER, LinkContent, RaceSetup, parse_link, share
from components.race.entries import parse_entry
from components.race.setup import Race, make_race
from components.ui.compare.state import CompareState
from components.ui.kit import draft_tab, engine
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.network import show_address
from components.ui.kit.open_lesson import RACE
from components.ui.kit.sharing import page_link
from components.ui.kit.train_state import TrainState
from sample_data.synthetic import DataSpec


def show_setup(
    race: Race, session: CompareState, editor: ModelEditor | None, train: TrainState
) -> None:
    """Put the setup of a race into the widgets: of one without inputs, all but its models.

    Undo on the Build page brings the model back.
    Without `editor`, the model, its data and settings stay as they are.
    """
    if not race.reduces:
        session.chosen = tuple(entry.text for entry in race.entries)
        session.merge, session.head = race.merge, race.head
    session.seeds, session.matched = race.seeds, race.matched
    relations = [data.relation for data in race.data if isinstance(data, DataSpec)]
    session.relations = tuple(kind_of(type(relation)) for relation in relations) or None
    if editor is None:
        return
    for data in reversed(race.data):
        train.use(data)
    train.use_settings(race.settings.model_copy(update={"seed": train.settings["seed"]}))
    if editor.valid != race.architecture:
        editor.open(race.architecture)
        editor.check(engine.builder())


def open_link(session: CompareState, editor: ModelEditor, train: TrainState) -> None:
    """Open the setup in the address, once a session; without one, only the model.

    A tab that has been here before keeps its model, as it was changed since.
    """
    token, tab = st.query_params.get(PARAMETER), draft_tab.of_session()
    if not token or session.link == token:
        return
    session.link = token
    try:
        content = parse_link(token)
        race = race_of(content)
    except PlaygroundError as error:
        session.error = str(error)
        return
    fresh = tab.link != token
    tab.link = token
    if race is not None:
        show_setup(race, session, editor if fresh else None, train)
    elif fresh:
        editor.open(content.architecture)
        editor.check(engine.builder())


def open_lesson_race(session: CompareState, train: TrainState) -> None:
    """Put the race of a lesson's start into the sidebar, once; the model stays as it is."""
    content = st.session_state.pop(RACE, None)
    if content is None:
        return
    try:
        race = race_of(content)
    except PlaygroundError as error:
        session.error = str(error)
        return
    if race is not None:
        session.show(None)
        show_setup(race, session, None, train)


def race_of(content: LinkContent) -> Race | None:
    """The race that a link sets up, if it does. Raises `PlaygroundError` for a wrong part."""
    setup = content.race
    if setup is None:
        return None
    parts = {} if content.settings is None else {"settings": content.settings}
    return make_race(
        architecture=content.architecture,
        merge=setup.merge,
        entries=tuple(map(parse_entry, setup.entries)),
        data=setup.data,
        seeds=setup.seeds,
        matched=setup.matched,
        head=setup.head,
        **parts,
    )


def token_of(race: Race) -> str:
    """The token of a link to the setup. Raises `LinkError` for data in a file or too much of it."""
    data = tuple(one for one in race.data if not isinstance(one, str))
    if len(data) < len(race.data):
        raise LinkError(
            "A link can't contain a file: it may contain a relation or a collection.",
            "a race on a file of your own",
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
    """A popover with the link to the setup."""
    popover = st.popover("Setup link", icon=":material/link:", key="race_link", on_change="rerun")
    if not popover.open:
        return
    with popover:
        try:
            link = page_link("Compare", f"{PARAMETER}={token_of(race)}")
        except PlaygroundError as error:
            st.warning(message_markdown(str(error)), icon=":material/link_off:")
            return
        show_address(link)
        st.caption(
            "Whoever opens the link has this setup in the sidebar: model, strategies, data, seeds "
            "and settings. Nothing is trained until they start."
        )
