"""Start of the races of plans by the server, once each, whoever looks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from components.base.errors import PlaygroundError, RunError, StoreError
from components.experiments.queue.action_thread import ActionThread
from components.experiments.queue.run_service import Service
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import parse_entry
from components.experiments.races.fitted import fit_entry
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import check, plan_race
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import StoredRace, race_name
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.teaching.rooms.content import ClassRace, RoomContent
from components.teaching.rooms.store import room_store
from sample_data.loading.synthetic import DataSpec, parse_data
from sample_data.relations.base import Relation

LOOK_SECONDS = 1.0
"""Seconds between two looks at all rooms."""
NOT_STARTED = "The race could not be started. Press Try again; the server's log says more."
_log = logging.getLogger(__name__)


class PlanRaces:
    """Thread that starts the races due in class rooms, and resumes them.

    A race of a plan has its id in the store from the moment at which its item begins, so a server
    that ends in between, or another one, does not start it twice. Nothing is done until models can
    be built.
    """

    def __init__(self, service: Callable[[], Service], can_build: Callable[[], bool]) -> None:
        self._service, self._can_build = service, can_build
        self._thread = ActionThread("plan-races", (self._look,), lambda: None)
        self._last_look = -LOOK_SECONDS
        self.start, self.close = self._thread.start, self._thread.close

    def start_due(self) -> None:
        """Start every due race, and resume those of present items whose server has ended.

        Errors of a race are shown in its room. Raises `StoreError`.
        """
        if not self._can_build():
            return
        service = self._service()
        raced = room_store(service.store.database).raced()
        for code, content in raced:
            for race in content.races:
                if race.due:
                    self._start(service, code, content, race)
        present = [one.sweep for _, content in raced if (one := content.item_race)]
        for sweep, (state, _) in service.store.sweeps.states(present).items() if present else ():
            if state == "paused":
                service.take_over(sweep)

    def _look(self) -> None:
        if time.monotonic() - self._last_look >= LOOK_SECONDS:
            self.start_due()
            self._last_look = time.monotonic()

    def _start(self, service: Service, code: str, content: RoomContent, race: ClassRace) -> None:
        try:
            nicknames, problem = _submitted(service, code, content, race), ""
        except StoreError:
            raise
        except PlaygroundError as error:
            nicknames, problem = race.nicknames, str(error)
        except Exception:
            _log.exception("A race of a plan could not be started.")
            nicknames, problem = race.nicknames, NOT_STARTED
        if problem and self._thread.closed:
            return  # The build workers end with this server: the next one starts the race.
        done = {"due": False, "nicknames": nicknames, "problem": problem}
        with suppress(RunError):  # The room may have been closed meanwhile.
            room_store(service.store.database).change(
                code, lambda present: present.with_race(race.sweep, **done)
            )


def _submitted(
    service: Service, code: str, content: RoomContent, due: ClassRace
) -> dict[str, tuple[str, ...]]:
    """Queue the race of an item unless it is stored; return who submitted which of its entries."""
    owner = content.plan.teacher if content.plan else ""
    race, nicknames = class_race(small_model(), due.nicknames, parse_data(due.data), due.seeds)
    store = service.store
    if store.sweeps.find(due.sweep) is None:
        order = StoredRace(plan_race(race)).order(title(code, race), id=due.sweep)
        service.submit_sweep(order, owner)
    store.sweeps.share(due.sweep)
    return nicknames


def small_model() -> tuple[Architecture, Settings, int]:
    """Return the model of two small vectors, its settings, and its number of samples."""
    part = two_vectors()
    return part.architecture, part.settings, part.samples


def class_race(
    base: tuple[Architecture, Settings, int],
    brought: Mapping[str, tuple[str, ...]],
    relation: Relation,
    seeds: int,
) -> tuple[Race, dict[str, tuple[str, ...]]]:
    """Return a race of all fitting strategies, and who submitted each. Raises `PlaygroundError`."""
    architecture, settings, samples = base
    fitting = {
        entry: names
        for entry, names in ((parse_entry(text), names) for text, names in brought.items())
        if fit_entry(architecture, entry).architecture is not None
    }
    if not fitting:
        raise RunError(
            "A class race needs a merge that fits its model.",
            "",
            "Ask learners to submit one, or choose another model.",
        )
    race = make_race(
        architecture=architecture,
        entries=tuple(fitting),
        data=(DataSpec(relation=relation, samples=samples),),
        settings=settings,
        seeds=seeds,
    )
    check(race)
    return race, {entry.text: names for entry, names in fitting.items()}


def title(code: str, race: Race) -> str:
    """Return the name of a class race in the list of races."""
    return f"Class race {code}: {race_name(race)}"
