from __future__ import annotations

import pytest

from components.core.errors import SpecError
from components.merges import MERGES
from components.model.builder import build
from components.model.spec import Architecture, parse
from components.race import candidates
from components.race.candidates import (
    candidate,
    downstream,
    eligible,
    layers_after,
    only_adds,
    size,
)
from components.race.entries import parse_entry
from sample_data import presets
from tests.race.support import two_vectors

VECTOR = [kind for kind, concept in MERGES.items() if 1 in concept.contract.ranks_of(0)]
TAKES_VECTORS = [
    kind
    for kind in VECTOR
    if all(1 in MERGES[kind].contract.ranks_of(place) for place in (0, 1))
    and kind != "time_concatenate"
]


@pytest.mark.parametrize("kind", TAKES_VECTORS)
def test_every_strategy_of_vectors_takes_part(kind: str) -> None:
    found = candidate(two_vectors(), parse_entry(kind))
    assert found.why is None
    assert found.architecture is not None
    assert found.architecture.merges[-1].kind == kind  # type: ignore[attr-defined]
    assert parse(found.architecture.data()) == found.architecture
    build(found.architecture)


def test_there_are_strategies_of_vectors() -> None:
    assert len(TAKES_VECTORS) > 25


def test_those_that_do_not_fit_say_why() -> None:
    found = eligible(two_vectors())
    refused = {kind: one.why for kind, one in found.items() if one.architecture is None}
    assert set(refused) == set(MERGES) - set(TAKES_VECTORS) - {"attention"}
    for error in refused.values():
        assert error is not None
        assert error.rule
        assert error.received
        assert error.fix


def test_those_of_two_sources_refuse_three() -> None:
    found = eligible(presets.load("sensor_timeseries_anomaly"), ["bilinear", "add"], "sensors")
    assert found["add"].architecture is not None
    assert "exactly two" in str(found["bilinear"].why)


def test_the_strategy_on_screen_stays_as_it_is_built() -> None:
    spec = two_vectors("late_sum")
    assert candidate(spec, parse_entry("late_sum")).architecture == spec


@pytest.mark.parametrize(
    "head", [{"kind": "binary"}, {"kind": "multiclass", "classes": 5}, {"kind": "regression"}]
)
@pytest.mark.parametrize("kind", ["late_sum", "stacking"])
def test_a_late_strategy_gives_the_logits_of_a_lone_head(
    kind: str, head: dict[str, object]
) -> None:
    spec = two_vectors(heads=[{"name": "y", "source": "m", **head}])
    found = candidate(spec, parse_entry(kind)).architecture
    assert found is not None
    (read,) = found.heads
    assert not read.dense
    assert found.merges[-1].outputs == read.width  # type: ignore[attr-defined]


def test_a_late_strategy_of_a_given_width_has_a_dense_layer_behind_it() -> None:
    found = candidate(two_vectors(), parse_entry("late_sum:outputs=3"))
    assert found.architecture is not None
    assert found.architecture.heads[0].dense
    assert found.architecture.merges[-1].outputs == 3  # type: ignore[attr-defined]
    assert "3 numbers" in found.notes[-1]


def test_several_heads_never_share_logits() -> None:
    heads = [{"name": name, "kind": "binary", "source": "m"} for name in ("y", "z")]
    found = candidate(two_vectors(heads=heads), parse_entry("late_sum"))
    assert found.architecture is not None
    assert all(head.dense for head in found.architecture.heads)


def test_other_strategies_are_read_through_a_dense_layer() -> None:
    spec = two_vectors("late_sum").data()
    spec["merges"][0]["outputs"] = 1
    spec["heads"][0]["dense"] = False
    found = candidate(parse(spec), parse_entry("add")).architecture
    assert found is not None
    assert found.heads[0].dense
    assert size(found).parameters == 2 * (8 * 4 + 4) + 5


def test_shared_fields_are_carried_and_own_ones_win() -> None:
    spec = two_vectors("gated").data()
    spec["merges"][0] |= {"units": 7, "source_dropout": 0.25}
    carried = candidate(parse(spec), parse_entry("bilinear")).architecture
    own = candidate(parse(spec), parse_entry("bilinear:units=3")).architecture
    assert carried is not None
    assert own is not None
    assert carried.merges[0].units == 7  # type: ignore[attr-defined]
    assert own.merges[0].units == 3  # type: ignore[attr-defined]
    assert own.merges[0].source_dropout == 0.25


def test_layers_behind_a_strategy_are_its_own() -> None:
    found = candidate(two_vectors(), parse_entry("concatenate:then=dense/units=6")).architecture
    assert found is not None
    assert size(found).parameters == 2 * 36 + (8 * 6 + 6) + 7
    assert candidate(two_vectors(), parse_entry("late_sum:then=dense")).architecture is not None


def test_a_merge_that_is_not_the_last_is_replaced_in_its_place() -> None:
    spec = presets.load("sensor_timeseries_anomaly")
    found = candidate(spec, parse_entry("gated:units=5"), "sensors").architecture
    assert found is not None
    assert [merge.name for merge in found.merges] == ["sensors", "fusion"]
    assert found.merges[0].units == 5  # type: ignore[attr-defined]
    assert found.merges[1] == spec.merges[1]
    assert found.heads == spec.heads


def test_branches_without_a_merge_are_joined() -> None:
    spec = presets.load("independent_predictions")
    found = candidate(spec, parse_entry("gated")).architecture
    assert found is not None
    assert found.merges[0].sources == ("profile", "history")
    assert {head.source for head in found.heads} == {"fusion"}


def test_widths_that_differ_are_fitted_and_it_is_said() -> None:
    spec = two_vectors().data()
    spec["inputs"][1]["encoder"]["units"] = 9
    found = candidate(parse(spec), parse_entry("add"))
    assert found.architecture is not None
    assert found.architecture.merges[0].fit == "smallest"
    assert "smallest is 4" in found.notes[0]


def test_an_unknown_merge_is_refused() -> None:
    with pytest.raises(SpecError, match="Did you mean `m`"):
        candidate(two_vectors(), parse_entry("add"), "mm")
    with pytest.raises(SpecError, match="none to choose"):
        eligible(presets.load("independent_predictions"), merge="fusion")


def test_layers_behind_the_merge_are_told_of() -> None:
    assert layers_after(two_vectors()) == ()
    deep = two_vectors(
        trunk={"depth": 2}, heads=[{"name": "y", "kind": "binary", "source": "trunk"}]
    )
    assert layers_after(deep) == ("a trunk of 2 layers",)
    then = two_vectors().data()
    then["merges"][0]["then"] = {"kind": "dense", "depth": 1}
    assert layers_after(parse(then)) == ("1 Dense layer",)


def test_only_sums_are_called_so() -> None:
    sums = {kind for kind in MERGES if only_adds(kind)}
    assert {"add", "average", "concatenate", "late_sum", "stacking", "weighted_sum"} <= sums
    assert not sums & {"multiply", "bilinear", "gated", "film", "tensor_fusion", "self_attention"}


def staged() -> Architecture:
    return presets.load("sensor_timeseries_anomaly")


def test_what_reads_and_is_read() -> None:
    assert downstream(staged(), "sensors") >= {"sensors", "fusion", "anomaly"}
    assert "sensors" not in downstream(staged(), "series")
    assert candidates.upstream(staged(), "fusion") == {
        "sensors",
        "series",
        "temperature",
        "pressure",
        "vibration",
    }
