from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from components.experiments.queue.store import Store
from components.experiments.races import train_race as command
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import race_name
from components.experiments.races.train_race import stopped_note, train_outcomes, train_race
from tests.experiments.races.support import FakeTrainer, by_kind, small_race, trains
from tests.experiments.training.support import request
from tests.waiting import wait_until

LEVELS = by_kind(add=0.5, multiply=0.9)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def trained(
    race: Race,
    store: Store,
    trainer: FakeTrainer,
    output: io.StringIO | None = None,
    together: bool = False,
) -> RaceResult:
    with pytest.MonkeyPatch.context() as patch:
        trains(patch, trainer)
        output = output or io.StringIO()
        return evaluate(*train_race(race, store, output=output, together=together))


def finished(store: Store) -> set[str]:
    """Return the digests of the finished runs."""
    return {run.digest for run in store.list(statuses=("finished",), sweeps=True)}


def test_all_runs_are_trained_kept_and_shown(store: Store) -> None:
    race, output = small_race("add,multiply"), io.StringIO()
    result = trained(race, store, FakeTrainer(LEVELS), output)
    assert result.complete
    assert result.tables[0].best == ("multiply",)
    assert finished(store) == set(plan_race(race).digests)
    (sweep,) = store.sweeps.list()
    assert (sweep.state, sweep.shared, sweep.name) == ("finished", True, race_name(race))
    assert {run.sweep for run in store.list(sweeps=True)} == {sweep.id}
    assert not store.services.alive()
    lines = output.getvalue().splitlines()
    assert "add on xor, seed 0: finished" in {line.partition("  ")[2] for line in lines}
    assert lines[-1].startswith("6/6")


def test_what_the_store_has_is_not_trained_again(store: Store) -> None:
    first, second, third = (FakeTrainer(LEVELS) for _ in range(3))
    trained(small_race("add", seeds=2), store, first)
    trained(small_race("add,multiply"), store, second)
    assert len(second.trained) == 4
    assert not set(first.trained) & set(second.trained)
    assert trained(small_race("add,multiply"), store, third).complete
    assert third.trained == []


@contextmanager
def interrupting(*until: Callable[[], object]) -> Iterator[None]:
    """Press Ctrl-C during the block, once for each condition when it becomes true.

    A process that a shell starts in the background ignores it; here it interrupts.
    """

    def press() -> None:
        for condition in until:
            wait_until(condition)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press, daemon=True)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_keeps_finished_runs_and_the_same_call_continues(store: Store) -> None:
    race = small_race("add,multiply")
    with interrupting(lambda: len(finished(store)) == 2):
        stopped = trained(race, store, FakeTrainer(LEVELS, most=2))
    assert not stopped.complete
    assert stopped.done == len(finished(store)) == 2
    assert [sweep.state for sweep in store.sweeps.list()] == ["stopped"]
    assert stopped_note(stopped) == (
        "stopped: 2 of 6 runs are kept; run the same command to continue"
    )
    rest = FakeTrainer(LEVELS)
    whole = trained(race, store, rest)
    assert (whole.complete, len(rest.trained)) == (True, 4)


def test_a_second_ctrl_c_interrupts_at_once(store: Store) -> None:
    trainer, ending, released = FakeTrainer(LEVELS, most=1), threading.Event(), threading.Event()

    def close() -> None:
        ending.set()
        released.wait()

    trainer.close = close  # type: ignore[method-assign]
    twice = interrupting(lambda: finished(store), ending.is_set)
    with twice, pytest.raises(KeyboardInterrupt):
        trained(small_race("add"), store, trainer)
    assert [sweep.state for sweep in store.sweeps.list()] == ["stopped"]
    assert store.services.alive(), "it did not wait for what is ending"
    released.set()
    wait_until(lambda: not store.services.alive())


def test_what_failed_is_shown_and_tried_again_next_time(store: Store) -> None:
    race = small_race("add,multiply")
    result = trained(race, store, FakeTrainer(lambda kind, r, s: None if kind == "add" else 0.9))
    assert result.failed == 3
    assert result.tables[0].row("add").message.startswith("It must not fail")
    assert len(finished(store)) == 3
    fixed = FakeTrainer(LEVELS)
    assert trained(race, store, fixed).complete
    assert len(fixed.trained) == 3


def test_a_terminal_has_a_bar_and_what_ended_last(store: Store) -> None:
    terminal = Terminal()
    trained(small_race("add"), store, FakeTrainer(LEVELS), terminal)
    text = terminal.getvalue()
    last = text.rstrip("\n").rpartition("\r")[2]
    assert "█" * 30 + " 3/3" in last
    assert "add on xor, seed" in last
    assert "░" in text
    assert text.endswith("\n")
    assert max(map(len, text.split("\r"))) < 130


@pytest.mark.parametrize(("together", "groups"), [(False, [3, 3, 3, 3]), (True, [6, 6])])
def test_one_process_trains_a_strategy_on_one_dataset_or_on_all(
    store: Store, together: bool, groups: list[int]
) -> None:
    race = small_race("add,multiply", "xor|additive")
    assert trained(race, store, FakeTrainer(LEVELS), together=together).complete
    (sweep,) = store.sweeps.list()
    assert [len(group) for group in sweep.groups] == groups


def test_runs_in_no_race_have_no_outcomes_once_they_are_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "train_sweep", lambda *_: False)
    assert train_outcomes([]) == {}
    with pytest.raises(KeyboardInterrupt):
        train_outcomes([request()])
