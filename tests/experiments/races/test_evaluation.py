from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

import pytest

from components.experiments.queue.run import Run
from components.experiments.queue.store import Store
from components.experiments.races import text
from components.experiments.races.evaluation import (
    epochs_to,
    evaluate,
    mean_curve,
    near_best,
)
from components.experiments.races.plan import look_up, plan_race, requests
from components.experiments.races.results import MeanCurve
from components.experiments.races.tables import CsvKind, csv_of, json_of, readable_rows, text_of
from components.experiments.training.events import Epoch, Outcome
from sample_data.ceilings import ceilings
from tests.experiments.races.support import (
    by_kind,
    events,
    outcome,
    report,
    result_of,
    small_race,
    two_vectors,
)


def reached(kind: str, relation: str, seed: int) -> float:
    """Return the same level for all strategies, except for Add on xor; the rest is seed
    variation.
    """
    level = 0.5 if (kind, relation) == ("add", "xor") else 0.96
    return level + 0.003 * ((seed * 7 + len(kind)) % 5)


def test_rows_are_sorted_and_judged_against_the_best() -> None:
    def tie(kind: str, relation: str, seed: int) -> float:
        noise = {"multiply": (0, 2, 1), "bilinear": (1, 0, 2), "add": (0, 1, 2)}[kind][seed]
        return {"add": 0.5, "multiply": 0.97, "bilinear": 0.9701}[kind] + 0.002 * noise

    result = result_of(small_race("add,multiply,bilinear"), tie)
    (table,) = result.tables
    assert [row.entry for row in table.rows] == ["bilinear", "multiply", "add"]
    assert [row.rank for row in table.rows] == [1, 1, 3]
    assert [row.tied for row in table.rows] == [True, True, False]
    assert table.best == ("bilinear", "multiply")
    assert text.verdict(result, table) == (
        "Bilinear and Multiply share the lead; Multiply has the fewest parameters (77). Bilinear "
        "is ahead of Add by more than seed-to-seed variation. Three seeds would detect a "
        "gap of about 1.3 points in 8 of 10 races."
    )


def test_of_equal_means_the_first_row_is_the_one_that_the_verdict_names() -> None:
    def reached(kind: str, relation: str, seed: int) -> float:
        spread = {"add": 0.01, "concatenate": 0.001, "multiply": 0.001}[kind]
        return {"multiply": 0.5}.get(kind, 0.915) + spread * (-1, 0, 1, 0)[seed]

    result = result_of(small_race("add,concatenate,multiply", seeds=4), reached)
    (table,) = result.tables
    assert [row.entry for row in table.rows] == ["concatenate", "add", "multiply"]
    assert table.rows[0].mean == table.rows[1].mean
    assert text.verdict(result, table).startswith(
        "Concatenate and Add share the lead; Add has the fewest parameters (77). Concatenate is "
        "ahead of Multiply"
    )
    _, best, _ = text.explain(result, table)
    assert (best.label, best.text.split()[0]) == ("Highest mean", "Concatenate")


def test_strategies_without_a_shown_difference_share_a_rank_below_the_best_too() -> None:
    """Give two strategies at chance, 50.5 and 49.3 %, one shared rank instead of third and
    fourth.
    """

    def at_chance(kind: str, relation: str, seed: int) -> float:
        noise = 0.01 * ((seed * 7 + len(kind)) % 5 - 2)
        level = {"multiply": 0.97, "bilinear": 0.8, "add": 0.505, "average": 0.493}[kind]
        return level + (noise if level < 0.6 else 0.1 * noise)

    result = result_of(small_race("add,multiply,bilinear,average", seeds=5), at_chance)
    (table,) = result.tables
    ranks = [(row.entry, row.rank) for row in table.rows]
    assert ranks == [("multiply", 1), ("bilinear", 2), ("add", 3), ("average", 3)]
    assert [cells[0] for cells in readable_rows(result, table)] == ["", "1", "2", "3=", "3="]


def test_nothing_done_and_no_difference_are_standings_too() -> None:
    result = result_of(small_race("add,multiply"), lambda *_: 1.0)
    (table,) = result.tables
    assert text.verdict(result, table) == "No difference is shown between Add and Multiply."
    assert [row.rank for row in table.rows] == [1, 1]
    nothing = evaluate(plan_race(small_race("add,multiply")), {})
    assert (nothing.done, nothing.wins) == (0, {"add": 0, "multiply": 0})
    assert csv_of(nothing, "curves").count("\n") == 1


def test_a_row_has_its_figures() -> None:
    (table,) = result_of(small_race("add,multiply"), by_kind(add=0.5, multiply=0.9)).tables
    row = table.row("multiply")
    half = 4.30265 * 0.001 / 3**0.5
    assert (row.low, row.mean, row.high) == pytest.approx((0.901 - half, 0.901, 0.901 + half))
    assert row.scores == pytest.approx({0: 0.9, 1: 0.901, 2: 0.902})
    assert row.parameters == 2 * 36 + 5
    assert row.flops > 0
    assert row.step_ms == pytest.approx(94 / 47)
    assert table.row("add").difference == pytest.approx(-0.4)


def test_marks_are_the_ceilings_of_the_relation() -> None:
    race = small_race("add", "xor|redundant")
    found = result_of(race, by_kind(add=0.5))
    levels = ceilings(race.architecture, race.data[1])["y"]  # type: ignore[arg-type]
    kinds = [mark.kind for mark in found.tables[1].marks]
    assert kinds == ["chance", "single", "additive", "bayes"]
    assert found.tables[1].marks[3].value == levels.bayes.value
    assert [mark.value for mark in found.tables[0].marks] == [0.5, 0.5, 0.5, 1.0]


def test_a_race_half_done_has_no_verdict_or_one_so_far() -> None:
    found = result_of(small_race("add,multiply"), by_kind(add=0.5, multiply=0.9), seeds=[0])
    (table,) = found.tables
    assert (found.done, found.total, found.complete) == (2, 6, False)
    assert not table.judged
    assert table.best == ()
    assert text.verdict(found, table) == (
        "Multiply leads Add by 40.0 points; one seed can't show whether that is more than chance. "
        "The verdict comes after 3 seeds of each strategy."
    )
    assert [row.rank for row in table.rows] == [None, None]
    assert table.rows[0].low is None
    race = small_race("add,multiply", seeds=5)
    for seeds in ([0, 1, 2], [0, 1, 2, 4]):
        found = result_of(race, by_kind(add=0.5, multiply=0.9), seeds)
        assert not found.tables[0].judged
    found = result_of(race, by_kind(add=0.5, multiply=0.9), [0, 1, 2, 3])
    (table,) = found.tables
    assert not table.complete
    assert text.verdict(found, table) == (
        "So far (4 of 5 seeds), Multiply is best, by more than seed-to-seed variation."
    )


def test_failures_are_counted_and_shown() -> None:
    def fails(kind: str, relation: str, seed: int) -> float | None:
        return None if kind == "add" else 0.9 + 0.001 * seed

    found = result_of(small_race("add,multiply"), fails)
    (table,) = found.tables
    assert (found.failed, found.complete) == (3, True)
    assert table.rows[-1].message.startswith("It must not fail")
    assert table.rows[-1].mean is None
    assert table.best == ()
    assert "add: 3 runs failed" in text_of(found)
    assert text.failure(found).startswith("Most frequent reason: It must not fail")


def test_the_most_frequent_reason_is_named_and_a_race_without_a_run_failed() -> None:
    race = small_race("add,multiply")
    plan = plan_race(race)
    reasons = ["The disk is full.", "No memory was left.", "No memory was left."] * 2
    outcomes = {
        run.digest: Outcome("failed", message=reason)
        for run, reason in zip(plan.runs, reasons, strict=True)
    }
    found = evaluate(plan, outcomes)
    assert text.failure(found) == "Most frequent reason: No memory was left."
    assert {row.message for row in found.tables[0].rows} == {"No memory was left."}
    assert text.verdict(found, found.tables[0]) == "Every run on Xor failed."
    assert "Every run on Xor failed." in text_of(found)
    del outcomes[plan.runs[0].digest]
    waiting = evaluate(plan, outcomes)
    assert text.verdict(waiting, waiting.tables[0]).startswith("No run has finished yet.")


def test_a_race_whose_measure_is_not_defined_says_why_it_has_no_values() -> None:
    head = {"name": "y", "kind": "regression", "source": "m"}
    plan = plan_race(small_race(architecture=two_vectors(heads=[head])))
    without_r2 = {run.digest: outcome(0.9) for run in plan.runs}
    found = evaluate(plan, without_r2)
    missing = (
        "R² is not defined on these validation samples: an output has the same true value in all "
        "of them."
    )
    on_dataset = found.tables[0]
    assert text.verdict(found, on_dataset) == missing
    assert text.strategy_notes(on_dataset.rows[0], found) == [missing]


def test_csv_and_json_hold_everything() -> None:
    result = result_of(small_race("add,multiply,bilinear", "xor|additive", seeds=5), reached)
    assert (result.wins["multiply"], result.wins["add"]) == (2, 1)
    assert ["add" in on_dataset.best for on_dataset in result.tables] == [False, True]
    data = json.loads(json.dumps(json_of(result)))
    assert data["complete"] is True
    assert data["tables"][0]["verdict"] == text.verdict(result, result.tables[0])
    assert data["wins"] == result.wins
    sizes: dict[CsvKind, int] = {"table": 6, "curves": 12, "winners": 3}
    for what, rows in sizes.items():
        lines = list(csv.reader(io.StringIO(csv_of(result, what))))
        assert len(lines) == rows + 1
        assert {len(line) for line in lines} == {len(set(lines[0]))}
    first = next(csv.DictReader(io.StringIO(csv_of(result))))
    row = result.tables[0].rows[0]
    assert (first["dataset"], first["strategy"], first["rank"]) == ("xor", row.entry, "1")
    tied = first["not shown to be below the best"]
    assert (float(first["mean"]), first["Bayes optimum"], tied) == (row.mean, "1.0", "true")
    assert float(first["seed 2"]) == row.scores[2]


def test_the_text_gives_equal_ranks_without_a_shown_difference() -> None:
    found = result_of(small_race("add,multiply,bilinear", seeds=5), reached)
    lines = text_of(found).splitlines()
    assert lines[0] == "Xor"
    assert "Bayes optimum 100.0 %" in lines[1]
    assert [line.split()[0] for line in lines[3:6]] == ["1=", "1=", "3"]
    assert "is ahead of Add by more than seed-to-seed variation. Five seeds" in lines[6]
    assert len({len(line) for line in lines[3:6]}) == 1


def test_matched_rows_contain_their_distance() -> None:
    race = small_race("add,gated", matched=True, target=100)
    found = result_of(race, by_kind(add=0.5, gated=0.9))
    (table,) = found.tables
    assert all(row.deviation is not None for row in table.rows)
    far = [row for row in table.rows if not row.matched]
    assert far
    assert all(text.matching(row) in text_of(found) for row in far)


def test_regressions_are_compared_by_r2() -> None:
    race = small_race(
        architecture=two_vectors(heads=[{"name": "y", "kind": "regression", "source": "m"}])
    )
    assert (race.measure.name, race.measure.share) == ("r2_score", False)
    plan = plan_race(race)
    found = {
        cell.digest: Outcome("finished", (), report(0.5 + cell.seed / 10, "r2_score"))
        for cell in plan.runs
    }
    (table,) = evaluate(plan, found).tables
    assert table.rows[0].mean == pytest.approx(0.6)


def test_without_held_back_samples_a_note_says_so() -> None:
    race = small_race(settings={"epochs": 2, "validation_share": 0})
    assert not race.measure.validated
    assert "training samples" in text_of(evaluate(plan_race(race), {}))


ACCURACY = small_race().measure


def history(*values: float, key: str = "val_y/accuracy") -> tuple[Epoch, ...]:
    return tuple(Epoch(epoch=n, logs={key: v}, seconds=1) for n, v in enumerate(values, 1))


def test_a_curve_is_the_mean_with_its_band() -> None:
    found = mean_curve([history(0.5, 0.7), history(0.7, 0.9), history(0.6)], "y", ACCURACY)
    assert (found.key, found.epochs, found.higher) == ("val_y/accuracy", (1, 2), True)
    assert found.mean == pytest.approx((0.6, 0.8))
    assert found.low[0] < 0.6 < found.high[0]
    alone = mean_curve([history(0.5, 0.7)], "y", ACCURACY)
    assert alone.low == alone.mean == alone.high
    assert mean_curve([], "y", ACCURACY) == MeanCurve()
    wide = mean_curve([history(0.9), history(0.99)], "y", ACCURACY)
    assert wide.high == (1.0,)
    losses = [history(0.5, key="val_loss"), history(3.0, key="val_loss")]
    loss = mean_curve(losses, "y", ACCURACY)
    assert (loss.key, loss.higher, loss.high[0] > 3) == ("val_loss", False, True)


def test_epochs_are_counted_to_near_the_best_of_all() -> None:
    slow = [history(*start, 0.96) for start in ((0.5, 0.6, 0.8), (0.5, 0.6, 0.96), (0.4, 0.5, 0.9))]
    never = [history(0.5, 0.5, 0.5, 0.5)] * 3
    best, rest = (mean_curve(one, "y", ACCURACY) for one in (slow, never))
    wanted = near_best([best, rest])
    assert wanted == pytest.approx(0.95 * 0.96)
    assert epochs_to(slow, best, wanted) == 4
    assert epochs_to(never, rest, wanted) is None
    loss = [history(1.0, 0.5, 0.2, key="val_loss")]
    falling = mean_curve(loss, "y", ACCURACY)
    assert epochs_to(loss, falling, near_best([falling])) == 3
    assert near_best([MeanCurve()]) is None


def test_what_finished_is_not_looked_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    race, latest, asked = small_race("add,multiply"), store.latest, []

    def counted(digests: Sequence[str]) -> Mapping[str, Run]:
        asked.append(len(digests))
        return latest(digests)

    monkeypatch.setattr(store, "latest", counted)
    plan = plan_race(race)
    first = look_up(plan.digests, store)
    assert {outcome.status for outcome in first.values()} == {"waiting"}
    done = requests(race)[0]
    run = store.create(done)
    store.append(run, *events(0.5))
    second = look_up(plan.digests, store, first)
    assert look_up(plan.digests, store, second) == second
    assert (second[done.digest].status, second[done.digest].run) == ("finished", run)
    assert asked == [6, 6, 5]
