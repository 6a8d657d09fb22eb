from __future__ import annotations

import pytest

from components.merges import MERGES
from components.race.bets import Bet, answer
from components.race.setup import Race
from components.race.text import (
    TIED,
    explain,
    how_to_read,
    notes,
    strategy_notes,
    teaches,
    verdict,
)
from sample_data.relations import RELATIONS
from tests.race.support import by_kind, result_of, small_race, two_vectors

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
    assert verdict(found.tables[0]).startswith("Multiply is best")


def test_the_last_is_named_where_sums_are_enough() -> None:
    text = explained(small_race("add,multiply", "redundant"), by_kind(add=0.91, multiply=0.8))
    assert (
        f"Multiply has the lowest mean, 11.0 points below the best. It is weak at "
        f"{MERGES['multiply'].weak_at}" in text
    )


def test_a_tie_of_all_names_no_winner() -> None:
    text = explained(
        small_race("add,multiply", "redundant"), lambda k, r, seed: 0.91 + 0.003 * seed
    )
    assert "a sum is enough" in text
    assert "weak at" not in text
    assert "is good for" not in text


def test_one_input_alone_is_enough_for_what_is_unique() -> None:
    text = explained(small_race("add,multiply", "unique"), by_kind(add=0.97, multiply=0.9))
    assert "One input is enough: alone it reaches 97.7 %" in text


def test_only_scores_that_are_sums_are_called_additive() -> None:
    """A linear head on products of the inputs is not, nor is a merge whose branches meet before."""
    kinds = "concatenate,concatenate_product,bilinear,low_rank_fusion,tensor_fusion,gated_residual"
    found = result_of(small_race(kinds), lambda kind, relation, seed: 0.5 + 0.001 * seed)
    additive = {row.kind for row in found.tables[0].rows if row.additive}
    assert additive == {"concatenate", "gated_residual"}
    rest = explain(found, found.tables[0])[-1].text
    assert "(Concatenate and Gated residual) reach at most 50.1 %" in rest.replace(
        "Gated residual and Concatenate", "Concatenate and Gated residual"
    )


def test_layers_behind_the_merge_excuse_what_only_adds() -> None:
    race = small_race("add,multiply", architecture=TRUNK)
    assert "Purely additive" not in explained(race, by_kind(add=0.49, multiply=0.97))
    assert "a trunk of 2 layers" in notes(result_of(race, XOR))[0]
    then = small_race("add:then=dense,late_sum,multiply")
    text = explained(then, XOR)
    assert "Purely additive strategies (Late sum of logits)" in text


def test_nothing_is_claimed_where_sums_do_better_than_their_ceiling() -> None:
    text = explained(small_race("add,multiply"), by_kind(add=0.7, multiply=0.97))
    assert "Purely additive" not in text


def test_nothing_is_explained_before_a_verdict() -> None:
    race = small_race("add,multiply")
    found = result_of(race, by_kind(add=0.49, multiply=0.97), seeds=[0])
    assert [line.label for line in explain(found, found.tables[0])] == ["What it takes"]
    assert "Multiply has the best mean so far. A verdict needs at least 2 strategies" in verdict(
        found.tables[0]
    )


def answered(bet: Bet, seeds: int = 3) -> tuple[bool | None, bool | None, str]:
    def reached(kind: str, relation: str, seed: int) -> float:
        noise = {"add": (0, 1, 2), "late_sum": (2, 0, 1), "multiply": (0, 2, 1)}[kind][seed]
        return {"add": 0.49, "late_sum": 0.5, "multiply": 0.97}[kind] + 0.004 * noise

    race = small_race("add,late_sum,multiply")
    found = result_of(race, reached, range(seeds))
    reply = answer(bet, found, found.tables[0])
    return reply.right, reply.close, reply.text


def test_a_bet_on_the_winner_is_right_and_its_margin_is_judged() -> None:
    right, close, text = answered(Bet("multiply", 47.0))
    assert (right, close) == (True, True)
    assert "You bet on Multiply by 47.0 points. It is the best, with 97.4 %." in text
    assert "Its lead over Late sum of logits is 47.0 points (95 % interval" in text
    assert "): your margin is inside." in text
    assert answered(Bet("multiply", 10.0))[:2] == (True, False)


def test_a_bet_on_another_is_wrong_and_says_who_won() -> None:
    right, close, text = answered(Bet("add", 5.0))
    assert (right, close) == (False, None) or (right, close) == (False, False)
    assert "Multiply has the best mean; Add is 48.0 points below it (rank 3 of 3)." in text


def test_a_bet_waits_for_the_verdict() -> None:
    right, close, text = answered(Bet("multiply", 5.0), seeds=1)
    assert (right, close) == (None, None)
    assert "A verdict needs at least 2 strategies" in text


def test_a_bet_on_one_of_a_tie_is_right_and_the_answer_names_the_tie() -> None:
    race = small_race("add,multiply")
    found = result_of(race, lambda kind, r, seed: 0.9 + (0.001 if kind == "add" else 0.002) * seed)
    reply = answer(Bet("add", 0.0), found, found.tables[0])
    assert reply.right
    assert (
        "With 90.1 % it is tied with Multiply, which has the best mean. Its lead over Multiply is "
        "-0.1 points" in reply.text
    )
    top = answer(Bet("multiply", 0.0), found, found.tables[0])
    assert "It has the best mean, 90.2 %, and is tied with 1 more. Its lead over Add" in top.text


def test_the_bet_of_another_is_not_called_yours() -> None:
    found = result_of(small_race("add,multiply"), by_kind(add=0.49, multiply=0.97))
    for bet in (Bet("multiply", 48.0), Bet("add", 48.0)):
        reply = answer(bet, found, found.tables[0], mine=False)
        assert reply.text.startswith(f"The bet was on {bet.entry.capitalize()} by 48.0 points.")
        assert "you" not in reply.text.lower()


def test_a_verdict_says_what_it_waits_for() -> None:
    def of(**seeds: int) -> str:
        race = small_race(",".join(seeds))
        found = result_of(race, lambda k, _, seed: 0.9 + 0.01 * seed if seed < seeds[k] else None)
        return verdict(found.tables[0])

    assert of(add=0, multiply=0) == "Every run on Xor failed."
    assert of(add=2, multiply=0).startswith("Only Add has finished runs. A verdict needs at least")
    assert of(add=1, multiply=1).startswith("Add and Multiply have the same mean. A verdict needs")
    assert of(add=3, multiply=3, dot=1) == (
        "Add and Multiply have the same mean. A verdict needs 2 seeds of each strategy; "
        "Dot product has 1."
    )


def test_a_tie_with_a_small_p_says_why() -> None:
    scores = {"add": (0.91, 0.92, 0.93), "multiply": (0.90, 0.91, 0.92), "dot": (0.99, 0.85, 0.86)}
    found = result_of(small_race("add,multiply,dot"), lambda kind, _, seed: scores[kind][seed])
    table = found.tables[0]
    notes = {row.kind: strategy_notes(row, found)[0] for row in table.rows}
    assert all(row.tied for row in table.rows)
    assert "(p = 0): tied with it all the same, because its mean is at least" in notes["multiply"]
    assert notes["dot"].endswith(": not shown to be below it.")
    assert TIED in how_to_read(found)


def test_who_does_not_race_cannot_be_bet_on() -> None:
    with pytest.raises(KeyError):
        answered(Bet("gated", 1.0))
