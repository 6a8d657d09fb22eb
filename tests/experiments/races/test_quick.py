"""A race in two minutes: what it leaves out, its seconds, and the difference that it can show."""

from __future__ import annotations

from dataclasses import replace
from statistics import variance
from typing import Any

import pytest

from components.experiments.races.atlas.values import load
from components.experiments.races.plan import plan_race
from components.experiments.races.quick import (
    APART,
    LARGEST,
    RUN_STARTS,
    SECONDS,
    difference_words,
    nothing_shown,
    quick_race,
    race_seconds,
    size_words,
)
from components.experiments.races.setup import Race
from components.experiments.races.statistics import FIRST_SEEDS
from components.experiments.races.stored_race import StoredRace, read_stored_race
from components.experiments.training.pace import TUNING_STARTS, TrainingPace
from components.experiments.training.requests import Settings
from sample_data.loading.sources import parse as parse_data
from tests.experiments.races.support import small_race, two_vectors

SIX = "add,multiply,concatenate,average,maximum,bilinear"


def a_race(merges: str = SIX, samples: int = 4000, **more: Any) -> Race:
    data = (parse_data("xor", samples=samples),)
    return small_race(merges, data, settings=Settings(epochs=20), **{"seeds": 5, **more})


@pytest.mark.parametrize("slowness", [1.0, 10.0, 25.0, 50.0, 100.0])
def test_a_quick_race_takes_at_most_two_minutes_with_what_a_first_verdict_needs(
    slowness: float,
) -> None:
    race, pace = a_race(), TrainingPace(slowness)
    quick = quick_race(race, pace)
    assert quick is not None
    assert quick.seconds == race_seconds(quick.race, pace) <= SECONDS
    assert quick.race.seeds == FIRST_SEEDS
    assert race.settings.epochs / 2 <= quick.race.settings.epochs <= race.settings.epochs
    assert quick.race.data[0].samples <= 4000  # type: ignore[union-attr,operator]
    assert (quick.race.architecture, quick.race.entries) == (race.architecture, race.entries)
    assert quick.difference < LARGEST


def test_a_slower_machine_races_less_and_shows_larger_differences() -> None:
    paces = [TrainingPace(slowness) for slowness in (1.0, 25.0, 100.0)]
    quick = [one for pace in paces if (one := quick_race(a_race(), pace)) is not None]
    differences = [one.difference for one in quick]
    assert len(quick) == len(paces)
    assert differences == sorted(set(differences))
    assert size_words(quick[0].race) == "4,000 samples, 20 epochs, 4 seeds"


def test_the_seconds_of_a_race_that_tunes_count_its_passes_and_its_compiling() -> None:
    entries = "concatenate,alone:input=a,alone:input=b"
    tuned, plain = a_race(entries), a_race("concatenate,add,average")
    passes = plain.model_copy(update={"settings": Settings(epochs=23)})
    for pace in (TrainingPace(), TrainingPace(5.0, 1.0)):
        more = race_seconds(tuned, pace) - race_seconds(passes, pace)
        assert more == pytest.approx(6 * TUNING_STARTS * pace.start_seconds)


@pytest.mark.parametrize(("at_a_time", "turns"), [(2, 6), (5, 3), (100, 1)])
def test_processes_start_side_by_side_and_epochs_share_the_cores(
    at_a_time: int, turns: int
) -> None:
    race, pace = a_race(), TrainingPace(2.0, 4.0)
    alone, quicker = (
        race_seconds(race, pace),
        race_seconds(race, replace(pace, at_a_time=at_a_time)),
    )
    beside_epochs = (12 + race.total * RUN_STARTS) * pace.start_seconds
    assert alone - quicker == pytest.approx((1 - turns / 12) * beside_epochs)


def test_a_race_of_fewer_seeds_than_a_verdict_needs_gets_them() -> None:
    quick = quick_race(a_race(seeds=1), TrainingPace())
    assert quick is not None
    assert quick.race.seeds == FIRST_SEEDS


def test_where_no_race_would_show_anything_two_strategies_may() -> None:
    race, pace = a_race(samples=400), TrainingPace(start_seconds=25.0)
    assert quick_race(race, pace) is None
    answer = nothing_shown(race, pace)
    begins = "Two minutes detect only gaps above 20 points among 6 strategies, and above "
    assert answer.startswith(begins)
    assert answer.endswith(" between two.")
    assert "between two" not in nothing_shown(race, TrainingPace(start_seconds=200.0))


def test_a_difference_of_values_has_no_points() -> None:
    values = small_race(
        architecture=two_vectors(heads=[{"name": "y", "kind": "regression", "source": "m"}])
    )
    assert difference_words(values, 0.0567) == "0.06"
    assert difference_words(a_race(), 0.0567) == "6 points"
    assert difference_words(a_race(), 0.012) == "1 point"


def test_a_file_of_ones_own_keeps_its_rows() -> None:
    race = a_race().model_copy(update={"data": ("own.npz",)})
    quick = quick_race(race, TrainingPace(20.0))
    assert quick is not None
    assert quick.race.data == ("own.npz",)
    assert size_words(quick.race) == f"{quick.race.settings.epochs} epochs, 4 seeds"
    assert quick_race(race, TrainingPace(1000.0)) is None


def test_a_quick_race_is_stored_with_its_full_race() -> None:
    race = small_race()
    stored = StoredRace(plan_race(race), "add", a_race())
    assert read_stored_race(stored.text()) == stored
    assert read_stored_race(StoredRace(plan_race(race)).text()).full is None


def test_most_pairs_of_the_atlas_scatter_less_than_a_quick_race_expects() -> None:
    """Use the spread on 1,000 held-out samples with every seed."""
    atlas, variances = load(), list[float]()
    assert atlas is not None
    for section in atlas.sections:
        for data in section.fields:
            best, *others = sorted(section.on(data.name).values(), key=lambda cell: -cell.mean)
            for other in others:
                pairs = zip(best.scores, other.scores, strict=True)
                variances.append(1000 * variance(one - two for one, two in pairs))
    below = sum(value < APART for value in variances) / len(variances)
    assert len(variances) == 422
    assert round(below, 2) == 0.73
