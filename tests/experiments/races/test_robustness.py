from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import DataError
from components.experiments.races.plan import check
from components.experiments.races.robustness import Factor, factors, robust, values
from components.experiments.races.setup import Race, data_name
from sample_data.loading.sources import parse
from tests.experiments.races.support import small_race


def along(text: str, factor: Factor, **fields: Any) -> Race:
    return robust(small_race(data=(parse(text, **fields),)), factor)


@pytest.mark.parametrize("factor", ["samples", "noise", "difficulty", "label_noise", "absent"])
def test_each_factor_goes_from_low_to_high(factor: Factor) -> None:
    race = along("xor:noise=0.1", factor)
    check(race)
    xs = values(parse("xor:noise=0.1"), factor)
    assert list(xs) == sorted(xs)
    assert len({data_name(one) for one in race.data}) == len(xs) >= 4
    data: list[Any] = [*race.data]
    owners = data if factor in ("samples", "difficulty") else [one.relation for one in data]
    assert [getattr(one, "p" if factor == "absent" else factor) for one in owners] == list(xs)


def test_the_rest_of_the_data_stays() -> None:
    for one in along("xor:noise=0.3,form=signs", "label_noise", samples=400, seed=5).data:
        data: Any = one
        assert (data.seed, data.relation.form, data.relation.noise) == (5, "signs", 0.3)


def test_absent_inputs_are_around_the_relation_itself() -> None:
    once = along("xor:noise=0.3", "absent")
    for race in (once, robust(once, "absent")):
        relation: Any = race.data[1].relation  # type: ignore[union-attr]
        found = (relation.kind, relation.of, relation.p, relation.noise)
        assert found == ("missing", "xor", 0.1, 0.3)


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
    found: list[Any] = [*along("wine", "samples").data]
    assert [data.samples for data in found] == list(values(parse("wine"), "samples"))


@pytest.mark.parametrize(
    ("text", "factor", "fix"),
    [
        ("dot", "absent", "Choose one of"),
        ("some.npz", "samples", "Choose a relation"),
        ("wine", "noise", "`samples`"),
    ],
)
def test_data_without_a_setting_is_refused(text: str, factor: Factor, fix: str) -> None:
    with pytest.raises(DataError) as caught:
        values(parse(text), factor)
    assert fix in caught.value.fix
