from __future__ import annotations

from itertools import product

import pytest

from components.base.errors import SpecError
from components.experiments.races.entries import parse_entry
from components.experiments.races.fitted import eligible, fit_entry, with_suggestion
from components.experiments.races.widths import MOST_BUILDS, TOLERANCE, matched, total_cost
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.verdicts.cases.base import Suggestion
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from components.models.language.registry import kind_of
from components.models.merges import MERGES
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.experiments.races.support import two_vectors
from tests.matrix import cases

STAGED = presets.load("sensor_timeseries_anomaly")
TAKES_VECTORS = [
    kind
    for kind, merge in MERGES.items()
    if all(1 in merge.contract.ranks_of(index) for index in (0, 1)) and kind != "time_concatenate"
]


def built(text: str, spec: Architecture | None = None, merge: str = "") -> Architecture:
    """Return the architecture with an entry in place of a merge."""
    architecture = fit_entry(spec or two_vectors(), parse_entry(text), merge).architecture
    assert architecture is not None
    return architecture


def field(architecture: Architecture, name: str) -> object:
    """Return the value of a field of the first merge."""
    return getattr(architecture.merges[0], name)


@pytest.mark.parametrize("kind", TAKES_VECTORS)
def test_every_strategy_of_vectors_takes_part(kind: str) -> None:
    architecture = built(kind)
    assert kind_of(type(architecture.merges[-1])) == kind
    assert parse(architecture.data()) == architecture
    build(architecture)


def test_a_suggested_change_is_the_only_change_of_a_request() -> None:
    data = DataSpec(relation=RELATIONS["xor"](), samples=400)
    request = RunRequest(architecture=two_vectors(), data=data, settings=Settings(epochs=3))
    product = with_suggestion(request, Suggestion("Try Multiply", strategy="multiply"))
    assert product.architecture == built("multiply")
    assert (product.data, product.settings) == (data, request.settings)
    more = with_suggestion(request, Suggestion("Try more", settings={"epochs": 9}, samples=1600))
    assert more.architecture == request.architecture
    assert (more.settings, more.data) == (
        Settings(epochs=9),
        data.model_copy(update={"samples": 1600}),
    )
    with pytest.raises(SpecError):
        with_suggestion(request, Suggestion("Try it", strategy="time_concatenate"))


def test_those_that_do_not_fit_say_why() -> None:
    fits = eligible(two_vectors())
    refused = {kind: one.why for kind, one in fits.items() if one.architecture is None}
    assert set(refused) == set(MERGES) - set(TAKES_VECTORS) - {"attention"}
    assert all(why and why.rule and why.received and why.fix for why in refused.values())
    three = eligible(STAGED, "sensors")
    assert three["add"].architecture is not None
    assert "exactly two" in str(three["bilinear"].why)


def test_the_strategy_on_screen_stays_as_it_is_built() -> None:
    architecture = two_vectors("late_sum")
    assert built("late_sum", architecture) == architecture


@pytest.mark.parametrize(
    "head", [{"kind": "binary"}, {"kind": "multiclass", "classes": 5}, {"kind": "regression"}]
)
@pytest.mark.parametrize("kind", ["late_sum", "stacking"])
def test_a_late_strategy_gives_the_logits_of_a_lone_head(
    kind: str, head: dict[str, object]
) -> None:
    architecture = built(kind, two_vectors(heads=[{"name": "y", "source": "m", **head}]))
    assert not architecture.heads[0].dense
    assert field(architecture, "outputs") == architecture.heads[0].width


def test_other_strategies_are_read_through_a_dense_layer() -> None:
    heads = [{"name": name, "kind": "binary", "source": "m"} for name in ("y", "z")]
    assert all(head.dense for head in built("late_sum", two_vectors(heads=heads)).heads)
    given = fit_entry(two_vectors(), parse_entry("late_sum:outputs=3"))
    assert given.architecture is not None
    assert given.architecture.heads[0].dense
    assert "3 numbers" in given.notes[-1]
    spec = two_vectors("late_sum").data()
    spec["merges"][0]["outputs"] = 1
    spec["heads"][0]["dense"] = False
    added = built("add", parse(spec))
    assert added.heads[0].dense
    assert total_cost(added).parameters == 2 * (8 * 4 + 4) + 5


def test_shared_fields_are_carried_and_own_ones_win() -> None:
    spec = two_vectors("gated").data()
    spec["merges"][0] |= {"units": 7, "source_dropout": 0.25}
    assert field(built("bilinear", parse(spec)), "units") == 7
    own = built("bilinear:units=3", parse(spec))
    assert (field(own, "units"), field(own, "source_dropout")) == (3, 0.25)


def test_layers_after_a_strategy_are_its_own() -> None:
    architecture = built("concatenate:then=dense/units=6")
    assert total_cost(architecture).parameters == 2 * 36 + (8 * 6 + 6) + 7
    assert built("late_sum:then=dense")
    film = presets.load("film_reasoning")
    assert fit_entry(film, parse_entry("concatenate")).architecture is None
    assert field(built("concatenate:then=dense", film), "fit") == "smallest"


def test_a_merge_that_is_not_the_last_is_replaced_in_its_place() -> None:
    architecture = built("gated:units=5", STAGED, "sensors")
    assert [merge.name for merge in architecture.merges] == ["sensors", "fusion"]
    assert field(architecture, "units") == 5
    assert architecture.merges[1] == STAGED.merges[1]
    assert architecture.heads == STAGED.heads


def test_branches_without_a_merge_are_joined() -> None:
    architecture = built("gated", presets.load("independent_predictions"))
    assert architecture.merges[0].sources == ("profile", "history")
    assert {head.source for head in architecture.heads} == {"fusion"}


def test_widths_that_differ_are_fitted_and_a_note_says_so() -> None:
    spec = two_vectors().data()
    spec["inputs"][1]["encoder"]["units"] = 9
    assert field(built("add", parse(spec)), "fit") == "smallest"
    assert "smallest is 4" in fit_entry(parse(spec), parse_entry("add")).notes[0]


def test_an_unknown_merge_is_refused() -> None:
    with pytest.raises(SpecError, match="Did you mean `m`"):
        fit_entry(two_vectors(), parse_entry("add"), "mm")
    with pytest.raises(SpecError, match="none to choose"):
        eligible(presets.load("independent_predictions"), merge="fusion")


def fit(kind: str, target: int) -> tuple[Architecture, str]:
    return matched(built(kind, two_vectors(units=16)), "m", target)


def within(architecture: Architecture, target: int) -> bool:
    return abs(total_cost(architecture).parameters - target) <= TOLERANCE * target


KINDS = ("add", "multiply", "gated", "bilinear", "tensor_fusion", "tucker", "film", "perceiver")
EACH = list(product(KINDS, (3000, 20_000)))


@pytest.mark.parametrize(("kind", "target"), cases(EACH, EACH[::4] + EACH[3::4]))
def test_counts_are_within_two_percent_and_encoders_of_one_width_keep_one(
    kind: str, target: int
) -> None:
    spec, _ = fit(kind, target)
    assert within(spec, target)
    assert parse(spec.data()) == spec
    assert len({given.encoder.units for given in spec.inputs}) == 1  # type: ignore[attr-defined]


def test_a_count_that_is_as_wanted_is_left_alone() -> None:
    architecture = two_vectors()
    assert matched(architecture, "m", total_cost(architecture).parameters)[0] == architecture


def test_an_unreachable_target_gives_the_nearest_and_a_note() -> None:
    near, limit = fit("film", 297 + 24)
    assert (within(near, 297 + 24), limit) == (False, "")
    narrow, limit = fit("gated", 5)
    assert limit == "narrowest"
    assert {given.encoder.units for given in narrow.inputs} == {1}  # type: ignore[attr-defined]
    assert matched(STAGED, "sensors", 10 * total_cost(STAGED).parameters) == (STAGED, "no width")


def test_fields_that_an_entry_sets_are_kept() -> None:
    architecture = matched(built("gated:units=8"), "m", 3000, frozenset({"units"}))[0]
    assert architecture.merges[0].units == 8  # type: ignore[attr-defined]
    assert within(architecture, 3000)


def test_branches_that_the_merge_does_not_read_are_left_alone() -> None:
    spec, _ = matched(built("gated", STAGED, "sensors"), "sensors", total_cost(STAGED).parameters)
    assert spec.inputs == STAGED.inputs


def test_wide_image_models_are_fitted_without_weights() -> None:
    architecture = presets.load("image_text_relevance")
    target = total_cost(architecture).parameters
    assert within(matched(built("bilinear", architecture), "fusion", target)[0], target)


def test_the_search_is_bounded_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def counted(architecture: object) -> object:
        sizes.append(architecture)
        return total_cost(architecture)

    monkeypatch.setattr("components.experiments.races.widths.total_cost", counted)
    spec = built("tucker")
    first = matched.__wrapped__(spec, "m", 311)
    assert len(sizes) <= MOST_BUILDS
    assert matched.__wrapped__(spec, "m", 311) == first
