from __future__ import annotations

import pytest

from components.model.spec import parse
from components.race.candidates import size
from components.race.matching import MOST_BUILDS, TOLERANCE, Matched, matched
from sample_data import presets
from tests.race.support import two_vectors
from tests.race.test_candidates import STAGED, fitted


def fit(kind: str, target: int) -> Matched:
    return matched(fitted(kind, two_vectors(units=16)), "m", target)


@pytest.mark.parametrize(
    "kind", ["add", "multiply", "gated", "bilinear", "tensor_fusion", "tucker", "film", "perceiver"]
)
@pytest.mark.parametrize("target", [3000, 20_000])
def test_counts_are_within_two_percent(kind: str, target: int) -> None:
    found = fit(kind, target)
    assert found.within
    assert abs(found.deviation) <= TOLERANCE
    assert found.parameters == size(found.architecture).parameters
    assert found.deviation == pytest.approx((found.parameters - target) / target)
    assert parse(found.architecture.data()) == found.architecture


def test_encoders_of_one_width_keep_one_width() -> None:
    found = fit("add", 3000)
    assert len({given.encoder.units for given in found.architecture.inputs}) == 1  # type: ignore[attr-defined]


def test_a_count_that_is_as_wanted_is_left_alone() -> None:
    spec = two_vectors()
    found = matched(spec, "m", size(spec).parameters)
    assert found.architecture == spec
    assert found.deviation == 0


def test_a_target_out_of_reach_gives_the_nearest_and_says_so() -> None:
    found = fit("film", 297 + 24)
    assert not found.within
    assert found.limit == ""


def test_too_few_parameters_are_the_narrowest_layers() -> None:
    found = fit("gated", 5)
    assert not found.within
    assert found.limit == "narrowest"
    assert {given.encoder.units for given in found.architecture.inputs} == {1}  # type: ignore[attr-defined]


def test_what_has_no_width_says_so() -> None:
    found = matched(STAGED, "sensors", 10 * size(STAGED).parameters)
    assert (found.within, found.architecture, found.limit) == (False, STAGED, "no width")


def test_fields_that_an_entry_sets_are_kept() -> None:
    result = matched(fitted("gated:units=8"), "m", 3000, frozenset({"units"}))
    assert result.architecture.merges[0].units == 8  # type: ignore[attr-defined]
    assert result.within


def test_branches_that_the_merge_does_not_read_are_left_alone() -> None:
    result = matched(fitted("gated", STAGED, "sensors"), "sensors", size(STAGED).parameters)
    assert result.architecture.inputs == STAGED.inputs


def test_wide_image_models_are_fitted_without_weights() -> None:
    spec = presets.load("image_text_relevance")
    assert matched(fitted("bilinear", spec), "fusion", size(spec).parameters).within


def test_the_search_is_bounded_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def counted(architecture: object) -> object:
        built.append(architecture)
        return size(architecture)

    monkeypatch.setattr("components.race.matching.size", counted)
    spec = fitted("tucker")
    first = matched.__wrapped__(spec, "m", 311)
    assert len(built) <= MOST_BUILDS
    assert matched.__wrapped__(spec, "m", 311) == first
