from __future__ import annotations

import json

import pytest

from components.base.errors import DataError, PlaygroundError, RunError, SpecError
from components.experiments.races.entries import parse_entries
from components.experiments.races.kinds import make_race, parse_race
from components.experiments.races.plan import check, plan_race, requests, run_groups, seeded
from components.experiments.races.setup import Race, data_name, data_title
from components.experiments.training.requests import Settings, parse_request
from sample_data.content import presets
from sample_data.loading.sources import parse as parse_data
from sample_data.loading.synthetic import DataSpec
from tests.experiments.races.support import small_race, two_vectors


@pytest.mark.parametrize(
    "made",
    [
        small_race(),
        small_race("gated:units=3,concatenate:then=dense", "xor:noise=0.5|additive", seeds=2),
        small_race(matched=True, target=500, merge="m", head="y"),
    ],
    ids=["plain", "fields", "matched"],
)
def test_a_race_is_read_back_from_its_json(made: Race) -> None:
    back = parse_race(made.json_text())
    assert back == made
    assert back.digest == made.digest
    assert plan_race(back) == plan_race(made)
    assert "\n" not in made.json_text()


def test_a_race_that_inspected_its_models_is_read_as_the_same_race() -> None:
    plain = small_race()
    asked = {**json.loads(plain.json_text()), "version": 2, "inspect": True}
    assert parse_race(json.dumps(asked)) == plain


def test_cells_are_ordinary_requests_by_data_strategy_and_seed() -> None:
    race = small_race("add,multiply", "xor|additive", seeds=2)
    found = plan_race(race).runs
    assert len(found) == race.total == 8
    assert [(c.entry.text, data_name(c.data), c.seed) for c in found[:3]] == [
        ("add", "xor", 0),
        ("add", "xor", 1),
        ("multiply", "xor", 0),
    ]
    for run, request in zip(found, requests(race), strict=True):
        assert request.settings.seed == run.seed
        assert isinstance(request.data, DataSpec)
        assert request.data.seed == run.seed
        assert run.digest == parse_request(request.json_text()).digest
    assert len({cell.digest for cell in found}) == 8


def test_seeds_are_counted_from_those_of_the_data_and_from_0() -> None:
    data = parse_data("xor", seed=2**32 - 1)
    assert [seeded(data, seed).seed for seed in (0, 1)] == [2**32 - 1, 0]  # type: ignore[union-attr]
    for fixed in (parse_data("wine", seed=3), "/data.npz"):
        assert seeded(fixed, 4) == fixed
    assert small_race(settings=Settings(epochs=2, seed=7)) == small_race()


def test_every_strategy_has_four_seeds_before_any_has_more_and_no_run_is_trained_twice() -> None:
    plan = plan_race(small_race("add,gated,gated:units=64", "xor|additive", seeds=5))
    groups = run_groups(plan)
    assert sorted(one for group in groups for one in group) == sorted(set(plan.digests))
    found = [
        [
            (one.data.relation.kind, one.architecture.merges[0].kind, one.settings.seed)  # type: ignore[union-attr,attr-defined]
            for one in group.values()
        ]
        for group in groups
    ]
    assert found == [
        [(data, kind, seed) for seed in seeds]
        for data in ("xor", "additive")
        for seeds in ((0, 1, 2, 3), (4,))
        for kind in ("add", "gated")
    ]


def test_what_is_compared_is_the_first_head_the_merge_reaches() -> None:
    assert small_race().compared.name == "y"
    architecture = presets.load("wide_and_deep")
    parts = {
        "architecture": architecture,
        "entries": parse_entries("add"),
        "data": (parse_data("xor"),),
    }
    assert make_race(**parts).compared.name == "output"
    assert make_race(**parts, head="auxiliary").compared.name == "auxiliary"


def test_matched_strategies_have_as_many_parameters() -> None:
    made = small_race("add,gated,bilinear", matched=True, target=2000)
    for planned in plan_race(made).strategies:
        assert planned.target == 2000
        assert abs(planned.parameters - 2000) <= 40
    assert {planned.target for planned in plan_race(small_race()).strategies} == {None}


def test_names_of_data_contain_settings_other_than_the_default() -> None:
    data = parse_data("xor:noise=0.5", samples=500, seed=3)
    assert data_name(data) == "xor:noise=0.5 n=500 seed=3"
    assert data_title(data) == "Xor (noise=0.5, n=500, seed=3)"
    assert (data_name(parse_data("wine")), data_title(parse_data("xor"))) == ("wine", "Xor")
    assert data_name("/some/where/mine.npz") == "mine.npz"
    assert data_title("/some/where/mine.npz") == "mine"


def build(**parts: object) -> Race:
    usual = {
        "architecture": two_vectors(),
        "entries": parse_entries("add"),
        "data": (parse_data("xor"),),
    }
    return make_race(**{**usual, **parts})


REFUSED = [
    ({"entries": ()}, RunError, "`entries` of the race has 0 entries", "at least 1"),
    ({"data": ()}, RunError, "`data` of the race has 0 entries", "at least 1"),
    ({"entries": parse_entries("add,add")}, SpecError, "once", "Leave one"),
    ({"data": (parse_data("xor"),) * 2}, RunError, "once", "Leave one"),
    ({"data": ("/a/x.npz", "/b/x.npz")}, RunError, "only once", "rename a file"),
    ({"seeds": 0}, RunError, "`seeds` of the race can't be 0", "1 or more"),
    ({"seeds": 51}, RunError, "can't be 51", "50 or less"),
    ({"target": -1}, RunError, "can't be -1", "0 or more"),
    ({"merge": "fusion"}, SpecError, "has no merge of this name", "`m`"),
    ({"head": "z"}, RunError, "no head of this name", "`y`"),
    ({"speed": 3}, RunError, "The race has no field `speed`", "`seeds`"),
    (
        {
            "entries": parse_entries("all"),
            "data": tuple(parse_data("xor", seed=seed) for seed in range(4)),
            "seeds": 50,
        },
        RunError,
        "more than 5,000 runs",
        "fewer",
    ),
]


@pytest.mark.parametrize(
    ("parts", "kind", "rule", "fix"), REFUSED, ids=[f"case{n}" for n in range(len(REFUSED))]
)
def test_refusals_say_rule_received_and_fix(
    parts: dict[str, object], kind: type[PlaygroundError], rule: str, fix: str
) -> None:
    with pytest.raises(kind) as caught:
        build(**parts)
    assert rule in caught.value.rule
    assert caught.value.received
    assert fix in caught.value.fix


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"architecture": 3}', "{"])
def test_what_is_no_race_is_refused(text: str) -> None:
    with pytest.raises((RunError, SpecError)):
        parse_race(text)


def test_entries_that_do_not_fit_are_refused_with_their_reason() -> None:
    with pytest.raises(SpecError, match="at least one sequence"):
        check(build(entries=parse_entries("add,time_concatenate")))


def test_data_that_does_not_fit_is_refused() -> None:
    check(build())
    with pytest.raises(DataError):
        check(build(data=(parse_data("wine"),)))
    with pytest.raises(DataError):
        check(build(data=("/no/such.npz",)))
    with pytest.raises(DataError):
        check(build(data=(parse_data("recall"),)))


def test_the_server_may_allow_fewer_runs_than_a_race_has(monkeypatch: pytest.MonkeyPatch) -> None:
    race = small_race()
    monkeypatch.setenv("FUSION_RACE_RUNS", str(race.total))
    check(race)
    monkeypatch.setenv("FUSION_RACE_RUNS", str(race.total - 1))
    with pytest.raises(RunError, match=r"a race may have .* here.*FUSION_RACE_RUNS sets"):
        check(race)
