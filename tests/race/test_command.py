from __future__ import annotations

import io
import os
import signal

import pytest

from components.race.command import stopped_note, train_race
from components.race.plan import plan_race
from components.race.setup import Race
from tests.race.support import FakeTrainer, Memory, by_kind, small_race

LEVELS = by_kind(add=0.5, multiply=0.9)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_all_runs_are_trained_kept_and_told() -> None:
    race, memory, tell = small_race("add,multiply"), Memory(), io.StringIO()
    ran = train_race(race, memory, FakeTrainer(LEVELS), tell)
    assert ran.result.complete
    assert ran.result.tables[0].best == ("multiply",)
    assert {found.digest for found in memory.runs.values()} == set(plan_race(race).digests)
    assert {found.sweep for found in memory.runs.values()} == {race.digest}
    assert not memory.alive
    lines = tell.getvalue().splitlines()
    assert lines[0] == "1/6  add on xor, seed 0: finished"
    assert lines[-1].startswith("6/6")


def test_what_the_store_has_is_not_trained_again() -> None:
    memory, first, second = Memory(), FakeTrainer(LEVELS), FakeTrainer(LEVELS)
    train_race(small_race("add", seeds=2), memory, first, io.StringIO())
    ran = train_race(small_race("add,multiply", seeds=3), memory, second, io.StringIO())
    assert ran.known == 2
    assert len(second.trained) == 4
    assert not set(first.trained) & set(second.trained)
    again = FakeTrainer(LEVELS)
    assert train_race(small_race("add,multiply", seeds=3), memory, again, io.StringIO()).known == 6
    assert again.trained == []


def pressed(race: Race, memory: Memory, after: int) -> FakeTrainer:
    """A trainer behind whose run of that number Ctrl-C is pressed."""

    def behind(count: int) -> None:
        if count == after:
            os.kill(os.getpid(), signal.SIGINT)

    return FakeTrainer(LEVELS, behind=behind)


def test_ctrl_c_keeps_what_finished_and_the_same_call_goes_on() -> None:
    race, memory = small_race("add,multiply"), Memory()
    before = signal.getsignal(signal.SIGINT)
    ran = train_race(race, memory, pressed(race, memory, 2), io.StringIO())
    assert ran.stopped
    assert (ran.result.done, len(memory.runs)) == (2, 2)
    assert stopped_note(ran) == ("stopped: 2 of 6 runs are kept; run the same command to continue")
    assert signal.getsignal(signal.SIGINT) is before
    rest = FakeTrainer(LEVELS)
    ran = train_race(race, memory, rest, io.StringIO())
    assert not ran.stopped
    assert ran.result.complete
    assert len(rest.trained) == 4


def test_a_second_ctrl_c_interrupts_at_once() -> None:
    def behind(count: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        train_race(small_race("add"), memory, FakeTrainer(LEVELS, behind=behind), io.StringIO())
    assert not memory.alive


def test_what_failed_is_told_and_tried_again_next_time() -> None:
    race, memory = small_race("add,multiply"), Memory()
    ran = train_race(
        race, memory, FakeTrainer(lambda kind, r, s: None if kind == "add" else 0.9), io.StringIO()
    )
    assert ran.result.failed == 3
    assert ran.result.tables[0].row("add").message.startswith("It must not fail")
    assert len(memory.runs) == 3
    fixed = FakeTrainer(LEVELS)
    assert train_race(race, memory, fixed, io.StringIO()).result.complete
    assert len(fixed.trained) == 3


def test_a_terminal_has_a_bar_with_the_time_left() -> None:
    tell = Terminal()
    train_race(small_race("add"), Memory(), FakeTrainer(LEVELS), tell)
    last = tell.getvalue().rstrip("\n").rpartition("\r")[2]
    assert last.startswith("█" * 30 + " 3/3")
    assert "0:00 left" in last
    assert "░" in tell.getvalue()
    assert tell.getvalue().endswith("\n")
    assert max(map(len, tell.getvalue().split("\r"))) < 130
