from __future__ import annotations

from typing import Any

import pytest

from components.core.errors import DataError
from components.race.data_names import data_name
from components.race.plan import check
from components.race.robustness import (
    Factor,
    defaults,
    factors,
    lines,
    robust,
    value_of,
    variations,
)
from sample_data.sources import parse
from tests.race.support import result_of, small_race


@pytest.mark.parametrize("factor", ["samples", "noise", "difficulty", "label_noise", "absent"])
def test_each_factor_goes_from_low_to_high(factor: Factor) -> None:
    data = parse("xor:noise=0.1")
    found = variations(data, factor)
    assert [value_of(one, factor) for one in found] == sorted(defaults(data, factor))
    assert len({data_name(one) for one in found}) == len(found) >= 4
    along = robust(small_race("add,multiply", "additive"), factor)
    check(along)
    assert along.total == 2 * 3 * len(along.data)


def test_the_rest_of_the_data_stays() -> None:
    data = parse("xor:noise=0.3,form=signs", samples=400, seed=5)
    for one in variations(data, "label_noise", [0.2, 0.1]):
        assert one.seed == 5  # type: ignore[union-attr]
        assert one.relation.form == "signs"  # type: ignore[union-attr]
        assert one.relation.noise == 0.3  # type: ignore[union-attr]


def test_absent_inputs_are_around_the_relation_itself() -> None:
    (one,) = variations(parse("xor:noise=0.3"), "absent", [0.2])
    relation: Any = one.relation  # type: ignore[union-attr]
    assert (relation.kind, relation.of, relation.p, relation.noise) == ("missing", "xor", 0.2, 0.3)
    (other,) = variations(one, "absent", [0.4])
    assert other.relation.p == 0.4  # type: ignore[union-attr]
    assert other.relation.of == "xor"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("xor", ("samples", "noise", "difficulty", "label_noise", "absent")),
        ("xor:form=signs", ("samples", "noise", "difficulty", "label_noise")),
        ("dot", ("samples", "noise", "difficulty", "label_noise")),
        ("wine", ("samples",)),
        ("some.npz", ()),
    ],
)
def test_data_has_the_factors_that_it_can_vary(text: str, known: tuple[Factor, ...]) -> None:
    assert factors(parse(text)) == known


def test_samples_of_a_collection_are_parts_of_the_whole() -> None:
    values = defaults(parse("wine"), "samples")
    assert list(values) == sorted(values)
    found = variations(parse("wine"), "samples")
    assert [one.samples for one in found] == list(values)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "factor", "values", "fix"),
    [
        ("dot", "absent", None, "Choose one of"),
        ("some.npz", "samples", None, "Choose a relation"),
        ("wine", "noise", None, "`samples`"),
        ("xor", "nois", None, "Did you mean `noise`"),
        ("xor", "noise", [9.0], "Correct"),
        ("xor", "samples", [3], "Correct"),
        ("xor", "absent", [1.5], "Correct"),
    ],
)
def test_refusals_say_rule_received_and_fix(
    text: str, factor: Factor, values: list[float] | None, fix: str
) -> None:
    with pytest.raises(DataError) as caught:
        variations(parse(text), factor, values)
    assert caught.value.rule
    assert caught.value.received
    assert fix in caught.value.fix


def test_lines_follow_each_strategy_along_the_factor() -> None:
    along = robust(small_race("add,multiply", "xor"), "noise", [0.0, 1.0])

    def reached(kind: str, relation: str, seed: int) -> float:
        return (0.5 if kind == "add" else 0.9) + 0.001 * seed

    found = lines(result_of(along, reached), "noise")
    assert [line.entry for line in found] == ["add", "multiply"]
    assert [point.x for point in found[0].points] == [0.0, 1.0]
    assert [point.best for point in found[1].points] == [True, True]
    assert found[0].points[0].mean == pytest.approx(0.501)
    waiting = lines(result_of(along, reached, []), "noise")
    assert waiting[0].points[0].mean is None
    assert waiting[0].points[0].best is None
