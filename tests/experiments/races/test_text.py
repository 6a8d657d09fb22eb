from __future__ import annotations

from typing import Any

import pytest

from components.experiments.races.evaluation import evaluate
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import Race
from components.experiments.races.text import (
    explain,
    how_to_read,
    judge_bet,
    notes,
    strategy_notes,
    teaches,
    verdict,
    weakness,
)
from components.models.architecture.architecture import parse
from components.models.merges import MERGES
from sample_data.relations import RELATIONS
from tests.experiments.races.support import by_kind, outcome, result_of, small_race, two_vectors

XOR = by_kind(add=0.49, late_sum=0.497, multiply=0.97)
TRUNK = two_vectors(trunk={"depth": 2}, heads=[{"name": "y", "kind": "binary", "source": "trunk"}])


def explained(race: Race, reached: object) -> str:
    found = result_of(race, reached)  # type: ignore[arg-type]
    return " ".join(line.text for line in explain(found, found.tables[0]))


def test_products_win_on_xor() -> None:
    found = result_of(small_race("add,late_sum,multiply"), XOR)
    takes, best, rest = explain(found, found.tables[0])
    assert takes.text == (
        "The inputs must interact: a trained additive model reaches 50.0 %, the Bayes optimum is "
        "100.0 %."
    )
    assert best.text.startswith("Multiply reaches 97.1 %, 2.9 points below the Bayes optimum.")
    assert MERGES["multiply"].good_for in best.text
    assert rest.text == (
        "Purely additive strategies (Late sum of logits and Add) reach at most 49.8 %."
    )
    assert RELATIONS["xor"].teaches in teaches(found, found.tables[0])
    assert verdict(found, found.tables[0]).startswith("Multiply is best")


@pytest.mark.parametrize(
    ("entry", "more", "weak"),
    [
        ("concatenate", {}, "it only adds"),
        ("concatenate:then=dense", {}, ""),
        ("concatenate:then=dense/activation=linear", {}, "it only adds"),
        ("concatenate", {"architecture": TRUNK}, ""),
    ],
)
def test_an_entry_is_weak_at_what_its_own_model_is_weak_at(
    entry: str, more: dict[str, Any], weak: str
) -> None:
    found = result_of(small_race(f"multiply,{entry}", **more), lambda *_: 0.9)
    found_weak = weakness(found.tables[0].row(entry), found)
    assert found_weak.endswith(weak) if weak else not found_weak


def test_leaders_with_as_many_parameters_are_named_without_their_number() -> None:
    race = small_race("add,average,multiply", seeds=4)
    found = result_of(race, lambda kind, *_: 0.5 if kind == "multiply" else 0.9)
    assert verdict(found, found.tables[0]).startswith("Add and Average share the lead. Add is")


def test_the_last_strategy_is_explained_unless_all_are_tied() -> None:
    race = small_race("add,multiply", "redundant")
    last = explained(race, by_kind(add=0.91, multiply=0.8))
    weak = (
        f"the lowest mean, 11.0 points below the best. It is weak at {MERGES['multiply'].weak_at}"
    )
    assert f"Multiply has {weak}" in last
    tie = explained(race, lambda k, r, seed: 0.91 + 0.003 * seed)
    assert "a sum is enough" in tie
    assert "weak at" not in tie
    assert "is good for" not in tie
    unique = explained(small_race("add,multiply", "unique"), by_kind(add=0.97, multiply=0.9))
    assert "One input is enough: alone it reaches 97.7 %" in unique
    better = explained(small_race("add,multiply"), by_kind(add=0.7, multiply=0.97))
    assert "Purely additive" not in better


def test_only_scores_that_are_sums_are_called_additive() -> None:
    """Exclude a linear head on products of the inputs, and a merge whose branches meet earlier."""
    kinds = "concatenate,concatenate_product,bilinear,low_rank_fusion,tensor_fusion,gated_residual"
    found = result_of(small_race(kinds), lambda kind, relation, seed: 0.5 + 0.001 * seed)
    additive = {row.kind for row in found.tables[0].rows if row.additive}
    assert additive == {"concatenate", "gated_residual"}
    rest = explain(found, found.tables[0])[-1].text
    assert "(Concatenate and Gated residual) reach at most 50.1 %" in rest.replace(
        "Gated residual and Concatenate", "Concatenate and Gated residual"
    )


def test_layers_after_the_merge_excuse_additive_strategies() -> None:
    race = small_race("add,multiply", architecture=TRUNK)
    assert "Purely additive" not in explained(race, by_kind(add=0.49, multiply=0.97))
    assert "a trunk of 2 layers" in notes(result_of(race, XOR))[0]
    base = two_vectors().data()
    base["merges"][0]["then"] = {"kind": "dense", "depth": 1}
    deep = small_race("add", architecture=parse(base))
    assert "1 Dense layer after" in notes(result_of(deep, XOR))[0]
    then = small_race("add:then=dense,late_sum,multiply")
    text = explained(then, XOR)
    assert "Purely additive strategies (Late sum of logits)" in text


def test_nothing_is_explained_before_a_verdict() -> None:
    found = result_of(small_race("add,multiply"), by_kind(add=0.49, multiply=0.97), seeds=[0])
    assert [line.label for line in explain(found, found.tables[0])] == ["What it takes"]


@pytest.mark.parametrize(
    ("bet", "seeds", "right", "words"),
    [
        ("multiply", 3, True, "You bet on Multiply. It is the best, with 97.4 %."),
        ("add", 3, False, "Add is 48.0 points below it (shares rank 2 of 3)."),
        ("multiply", 1, None, "The verdict comes after 3 seeds of each strategy."),
    ],
)
def test_a_bet_is_right_or_wrong_or_waits_for_the_verdict(
    bet: str, seeds: int, right: bool | None, words: str
) -> None:
    def reached(kind: str, relation: str, seed: int) -> float:
        noise = {"add": (0, 1, 2), "late_sum": (2, 0, 1), "multiply": (0, 2, 1)}[kind][seed]
        return {"add": 0.49, "late_sum": 0.5, "multiply": 0.97}[kind] + 0.004 * noise

    found = result_of(small_race("add,late_sum,multiply"), reached, range(seeds))
    reply = judge_bet(bet, found, found.tables[0])
    assert reply.right is right
    assert words in reply.text


def test_a_bet_on_one_that_is_not_shown_to_be_below_the_best_is_right() -> None:
    race = small_race("add,multiply")
    found = result_of(race, lambda kind, r, seed: 0.9 + (0.001 if kind == "add" else 0.002) * seed)
    reply = judge_bet("add", found, found.tables[0])
    assert reply.right
    expected = "With 90.1 %, it is not shown to be below Multiply, which has the best mean."
    assert expected in reply.text
    top = judge_bet("multiply", found, found.tables[0])
    assert "It has the best mean, 90.2 %; no difference from 1 strategy is shown." in top.text


def test_the_bet_of_another_is_not_called_yours() -> None:
    found = result_of(small_race("add,multiply"), by_kind(add=0.49, multiply=0.97))
    for bet in ("multiply", "add"):
        reply = judge_bet(bet, found, found.tables[0], mine=False)
        assert reply.text.startswith(f"The bet was on {bet.capitalize()}.")
        assert "you" not in reply.text.lower()


def test_a_verdict_names_what_is_still_missing() -> None:
    def of(planned: int = 5, /, **seeds: int) -> str:
        race = small_race(",".join(seeds), seeds=planned)
        plan = plan_race(race)
        known = {
            run.digest: outcome(0.9 + 0.01 * run.seed + (0.02 if run.entry.kind == "dot" else 0))
            for run in plan.runs
            if run.seed < seeds[run.entry.kind]
        }
        found = evaluate(plan, known)
        return verdict(found, found.tables[0])

    first = "The first verdict comes after 4 seeds of each strategy."
    chance = "can't show whether that is more than chance."
    assert of(add=0, multiply=0) == f"No run has finished yet. {first}"
    assert of(add=2, multiply=0) == f"Only Add has finished runs. {first}"
    assert of(add=1, multiply=1) == f"Add and Multiply have the same mean. {first}"
    assert of(add=2, dot=2) == f"Dot product leads Add by 2.0 points; two seeds {chance} {first}"
    assert of(add=3, dot=3) == f"Dot product leads Add by 2.0 points. {first}"
    assert of(add=2, dot=1) == f"Dot product leads Add by 2.0 points; one seed {chance} {first}"
    assert of(2, add=2, dot=2) == (
        f"Dot product leads Add by 2.0 points; two seeds {chance} A verdict needs at least 3 seeds."
    )
    assert of(add=5) == "Only Add has finished runs. A verdict needs at least 2 strategies."


def test_a_race_with_failed_runs_has_a_verdict_on_what_is_left() -> None:
    def reached(kind: str, relation: str, seed: int) -> float | None:
        failed = seed in {"add": (), "multiply": (0,), "dot": (0, 1, 2)}[kind]
        return None if failed else {"add": 0.5, "multiply": 0.9, "dot": 0.7}[kind] + 0.01 * seed

    found = result_of(small_race("add,multiply,dot", seeds=5), reached)
    assert verdict(found, found.tables[0]) == (
        "Multiply is best, by more than seed-to-seed variation. Left out, with fewer than 3 seeds: "
        "Dot product."
    )
    found = result_of(small_race("add,dot", seeds=5), reached)
    assert verdict(found, found.tables[0]) == (
        "Dot product leads Add by 20.0 points; two seeds can't show whether that is more than "
        "chance. A verdict needs at least 2 strategies with 3 seeds each."
    )


def test_what_is_not_shown_comes_with_what_would_have_been() -> None:
    scores = {"add": (0.91, 0.92, 0.93), "multiply": (0.90, 0.92, 0.91), "dot": (0.99, 0.85, 0.86)}
    found = result_of(small_race("add,multiply,dot"), lambda kind, _, seed: scores[kind][seed])
    on_dataset = found.tables[0]
    assert verdict(found, on_dataset) == (
        "No difference is shown among all 3. Three seeds would detect a gap of about 5.0 to "
        "42.9 points in 8 of 10 races, depending on the strategy."
    )
    notes = {row.kind: strategy_notes(row, found)[0] for row in on_dataset.rows}
    assert notes["dot"].endswith("below the best: no difference from it is shown (p = 0.92).")


def test_how_a_race_is_judged_depends_on_its_seeds() -> None:
    def of(seeds: int) -> str:
        return how_to_read(result_of(small_race("add,multiply", seeds=seeds), lambda *_: 0.9))

    claim = "If all were equal, at most about 5 % of races would call one of them worse"
    assert (
        f"{claim}; with 3 seeds it is up to 20 % where some trainings fail to learn. Choose at "
        "least 4 seeds there." in of(3)
    )
    assert f"{claim}. Where" in of(4)
    assert f"{claim}, 1 % by the first verdict after 4 seeds and the others by the last." in of(5)
    assert "A verdict needs at least 3 seeds." in of(2)
