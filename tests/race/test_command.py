from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable

import pytest

from components.race.command import RaceOutcome, stopped_note, train_race
from components.race.plan import plan_race
from components.race.setup import Race
from components.runs.store import Store
from tests.race.support import FakeTrainer, by_kind, small_race

LEVELS = by_kind(add=0.5, multiply=0.9)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def trained(race: Race, store: Store, trainer: FakeTrainer) -> RaceOutcome:
    return train_race(race, store, trainer, io.StringIO())


def test_all_runs_are_trained_kept_and_shown(store: Store) -> None:
    race, output = small_race("add,multiply"), io.StringIO()
    outcome = train_race(race, store, FakeTrainer(LEVELS), output)
    assert outcome.result.complete
    assert outcome.result.tables[0].best == ("multiply",)
    runs = store.list(sweeps=True)
    assert {run.digest for run in runs} == set(plan_race(race).digests)
    assert {run.sweep for run in runs} == {race.digest}
    assert not store.services.alive()
    lines = output.getvalue().splitlines()
    assert lines[0] == "1/6  add on xor, seed 0: finished"
    assert lines[-1].startswith("6/6")


def test_what_the_store_has_is_not_trained_again(store: Store) -> None:
    first, second, third = (FakeTrainer(LEVELS) for _ in range(3))
    trained(small_race("add", seeds=2), store, first)
    trained(small_race("add,multiply"), store, second)
    assert len(second.trained) == 4
    assert not set(first.trained) & set(second.trained)
    assert trained(small_race("add,multiply"), store, third).result.complete
    assert third.trained == []


def interrupt(run: int, times: int = 1) -> Callable[[int], None]:
    """Presses Ctrl-C once that many runs have begun."""

    def behind(count: int) -> None:
        for _ in range(times if count == run else 0):
            os.kill(os.getpid(), signal.SIGINT)

    return behind


def test_ctrl_c_keeps_what_finished_and_the_same_call_goes_on(store: Store) -> None:
    race, before = small_race("add,multiply"), signal.getsignal(signal.SIGINT)
    stopped = trained(race, store, FakeTrainer(LEVELS, behind=interrupt(2)))
    assert stopped.stopped
    assert stopped.result.done == len(store.list(sweeps=True)) == 2
    assert stopped_note(stopped) == (
        "stopped: 2 of 6 runs are kept; run the same command to continue"
    )
    assert signal.getsignal(signal.SIGINT) is before
    rest = FakeTrainer(LEVELS)
    whole = trained(race, store, rest)
    assert (whole.stopped, whole.result.complete, len(rest.trained)) == (False, True, 4)


def test_a_second_ctrl_c_interrupts_at_once(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        trained(small_race("add"), store, FakeTrainer(LEVELS, behind=interrupt(1, times=2)))
    assert not store.services.alive()


def test_what_failed_is_shown_and_tried_again_next_time(store: Store) -> None:
    race = small_race("add,multiply")
    result = trained(
        race, store, FakeTrainer(lambda kind, r, s: None if kind == "add" else 0.9)
    ).result
    assert result.failed == 3
    assert result.tables[0].row("add").message.startswith("It must not fail")
    assert len(store.list(sweeps=True)) == 3
    fixed = FakeTrainer(LEVELS)
    assert trained(race, store, fixed).result.complete
    assert len(fixed.trained) == 3


def test_a_terminal_has_a_bar_with_the_time_left(store: Store) -> None:
    terminal = Terminal()
    train_race(small_race("add"), store, FakeTrainer(LEVELS), terminal)
    text = terminal.getvalue()
    last = text.rstrip("\n").rpartition("\r")[2]
    assert last.startswith("█" * 30 + " 3/3")
    assert "0:00 left" in last
    assert "░" in text
    assert text.endswith("\n")
    assert max(map(len, text.split("\r"))) < 130
