"""A two-minute race of the same model: its smaller parts, and the differences it can show."""

from __future__ import annotations

from math import ceil, sqrt
from typing import NamedTuple

from components.base.text import plural
from components.experiments.races.distributions import detectable
from components.experiments.races.setup import Race
from components.experiments.races.statistics import FIRST_SEEDS, LEVEL, POWER
from components.experiments.races.widths import total_cost
from components.experiments.training.pace import LEAST_SAMPLES, TUNING_STARTS, RunSize, TrainingPace
from components.experiments.training.tuning import FACTORS
from sample_data.loading.sources import Data

SECONDS = 120.0
"""Maximum seconds of a quick race."""
LARGEST = 0.2
"""Largest useful detectable difference: a race that shows only larger ones is not offered."""
EPOCHS_KEPT = 0.5
"""Least share of the epochs in a quick race: with fewer, slow learners look weak."""
APART = 0.25
"""Share of held-out samples on which exactly one of two equally good strategies is right; their
number makes a difference vary (docs/measured.md).
"""
RUN_STARTS = 1 / 6
"""Overhead of a run beside its epochs, as a share of a process start, after the process has trained
the same model.
"""
SAMPLES = 2000
"""Assumed number of samples for data of unknown size."""


class QuickRace(NamedTuple):
    """Smaller race, its duration in seconds, and the smallest difference that it can show."""

    race: Race
    seconds: float
    difference: float

    @property
    def words(self) -> str:
        """Difference in the race's measure, such as `6 points`."""
        return difference_words(self.race, self.difference)


def quick_race(race: Race, pace: TrainingPace) -> QuickRace | None:
    """Return the largest race of this model that takes two minutes, with the seeds of a first
    verdict; `None` if it can show no difference below `LARGEST`.

    Samples are halved until at least `EPOCHS_KEPT` of the epochs fit.
    """
    samples = max(_samples(data) for data in race.data)
    while True:
        smaller = _with_most_epochs(race, samples, pace)
        if smaller is not None:
            return smaller if smaller.difference < LARGEST else None
        if samples // 2 < LEAST_SAMPLES or all(isinstance(data, str) for data in race.data):
            return None
        samples //= 2


def race_seconds(race: Race, pace: TrainingPace) -> float:
    """Estimate the seconds for a whole race.

    As many processes as can train at a time start side by side; epochs share the cores.
    """
    flops, groups = total_cost(race.architecture).flops, 1 + (race.seeds > FIRST_SEEDS)
    passes = race.settings.epochs + (len(FACTORS) if race.tuned else 0)
    settings = race.settings.model_copy(update={"epochs": passes})
    epochs = sum(
        RunSize.of(flops, _samples(data), settings).training_seconds(pace.slowness)
        for data in race.data
    )
    starts = len(race.entries) * len(race.data) * groups
    runs = len(race.entries) * race.seeds
    counted = starts * (1 + TUNING_STARTS * race.tuned) + race.total * RUN_STARTS
    turns = ceil(starts / pace.at_a_time) / starts
    return turns * counted * pace.start_seconds + runs * epochs


def nothing_shown(race: Race, pace: TrainingPace) -> str:
    """Say that two minutes are not enough, and which differences two strategies could show."""
    least = difference_words(race, LARGEST)
    text = f"Two minutes detect only gaps above {least} among {race.counted(len(race.entries))}"
    two = quick_race(race.model_copy(update={"entries": race.entries[:2]}), pace)
    if len(race.entries) > 2 and two is not None:
        text += f", and above {two.words} between two"
    return f"{text}."


def size_words(race: Race) -> str:
    """Return the reduced sizes of a race: `500 samples, 10 epochs, 4 seeds`."""
    drawn = [data for data in race.data if getattr(data, "samples", None)]
    parts = [f"{_samples(drawn[0]):,} samples"] if drawn else []
    return ", ".join([*parts, plural(race.settings.epochs, "epoch"), plural(race.seeds, "seed")])


def difference_words(race: Race, difference: float) -> str:
    """Return a difference in the race's measure, rounded as a forecast allows."""
    if race.measure.share:
        return plural(max(1, round(100 * difference)), "point")
    return f"{difference:.2f}"


def _with_most_epochs(race: Race, samples: int, pace: TrainingPace) -> QuickRace | None:
    """Return the race on `samples` samples with the most epochs that fit; `None` if too few fit."""

    def with_epochs(epochs: int) -> Race:
        return race.model_copy(
            update={
                "data": tuple(_reduced(data, samples) for data in race.data),
                "settings": race.settings.model_copy(update={"epochs": epochs}),
                "seeds": FIRST_SEEDS,
            }
        )

    one, two = (race_seconds(with_epochs(epochs), pace) for epochs in (1, 2))
    epochs = min(race.settings.epochs, 1 + int((SECONDS - one) / (two - one)))
    if epochs < ceil(EPOCHS_KEPT * race.settings.epochs):
        return None
    smaller = with_epochs(epochs)
    return QuickRace(smaller, race_seconds(smaller, pace), _detectable_difference(smaller))


def _detectable_difference(race: Race) -> float:
    """Return the smallest difference that a race can show with a probability of `POWER`.

    Before the race, only the part caused by the held-out samples is known.
    """
    share = race.settings.validation_share or 1.0
    held = share * min(_samples(data) for data in race.data)
    error = sqrt(APART / held / race.seeds)
    return error * detectable(max(2, len(race.entries)), race.seeds - 1, LEVEL, POWER)


def _samples(data: Data) -> int:
    return getattr(data, "samples", None) or SAMPLES


def _reduced(data: Data, samples: int) -> Data:
    """Return the data with at most `samples` samples; a file keeps its rows."""
    if isinstance(data, str) or _samples(data) <= samples:
        return data
    return data.model_copy(update={"samples": samples})
