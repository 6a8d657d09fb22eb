from __future__ import annotations

from itertools import product

import pytest

from components.model.spec import Architecture, parse
from components.race.strategies import MOST_BUILDS, TOLERANCE, Matched, matched, size
from sample_data import presets
from tests.matrix import cases
from tests.race.support import two_vectors
from tests.race.test_candidates import STAGED, fitted


def fit(kind: str, target: int) -> Matched:
    return matched(fitted(kind, two_vectors(units=16)), "m", target)


def within(spec: Architecture, target: int) -> bool:
    return abs(size(spec).parameters - target) <= TOLERANCE * target


KINDS = ("add", "multiply", "gated", "bilinear", "tensor_fusion", "tucker", "film", "perceiver")
EACH = list(product(KINDS, (3000, 20_000)))


@pytest.mark.parametrize(("kind", "target"), cases(EACH, EACH[::4] + EACH[3::4]))
def test_counts_are_within_two_percent_and_encoders_of_one_width_keep_one(
    kind: str, target: int
) -> None:
    spec = fit(kind, target).architecture
    assert within(spec, target)
    assert parse(spec.data()) == spec
    assert len({given.encoder.units for given in spec.inputs}) == 1  # type: ignore[attr-defined]


def test_a_count_that_is_as_wanted_is_left_alone() -> None:
    spec = two_vectors()
    assert matched(spec, "m", size(spec).parameters).architecture == spec


def test_a_target_out_of_reach_gives_the_nearest_and_says_so() -> None:
    found = fit("film", 297 + 24)
    assert (within(found.architecture, 297 + 24), found.limit) == (False, "")
    narrow = fit("gated", 5)
    assert narrow.limit == "narrowest"
    assert {given.encoder.units for given in narrow.architecture.inputs} == {1}  # type: ignore[attr-defined]
    found = matched(STAGED, "sensors", 10 * size(STAGED).parameters)
    assert (found.architecture, found.limit) == (STAGED, "no width")


def test_fields_that_an_entry_sets_are_kept() -> None:
    spec = matched(fitted("gated:units=8"), "m", 3000, frozenset({"units"})).architecture
    assert spec.merges[0].units == 8  # type: ignore[attr-defined]
    assert within(spec, 3000)


def test_branches_that_the_merge_does_not_read_are_left_alone() -> None:
    result = matched(fitted("gated", STAGED, "sensors"), "sensors", size(STAGED).parameters)
    assert result.architecture.inputs == STAGED.inputs


def test_wide_image_models_are_fitted_without_weights() -> None:
    spec = presets.load("image_text_relevance")
    target = size(spec).parameters
    assert within(matched(fitted("bilinear", spec), "fusion", target).architecture, target)


def test_the_search_is_bounded_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def counted(architecture: object) -> object:
        built.append(architecture)
        return size(architecture)

    monkeypatch.setattr("components.race.strategies.size", counted)
    spec = fitted("tucker")
    first = matched.__wrapped__(spec, "m", 311)
    assert len(built) <= MOST_BUILDS
    assert matched.__wrapped__(spec, "m", 311) == first
